{{/* Names that the program's values, which run through tpl, may refer to. */}}
{{- define "loki.name" -}}
loki
{{- end -}}

{{- define "loki.fullname" -}}
{{ .Release.Name }}
{{- end -}}

{{/* host:port of a component that has a process of its own; empty where all are one. Arguments: root, service, port. */}}
{{- define "store.lokiAddress" -}}
{{- if eq .root.Values.deploymentMode "Distributed" -}}
{{ .root.Release.Name }}-{{ .service }}.{{ .root.Release.Namespace }}.svc.{{ .root.Values.global.clusterDomain }}:{{ .port }}
{{- end -}}
{{- end -}}
