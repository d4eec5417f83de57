{{- define "grafana.name" -}}
{{ contains "grafana" .Release.Name | ternary .Release.Name (printf "%s-grafana" .Release.Name) }}
{{- end -}}

{{- define "grafana.metadata" -}}
name: {{ include "grafana.name" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "grafana.selector" . | nindent 2 }}
{{- end -}}

{{- define "grafana.selector" -}}
app.kubernetes.io/name: grafana
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Settings, datasources and dashboard providers, as data of the ConfigMap. */}}
{{- define "grafana.files" -}}
grafana.ini: |
{{- range $section, $keys := index .Values "grafana.ini" }}
  [{{ $section }}]
{{- range $key, $value := $keys }}
  {{ $key }} = {{ $value }}
{{- end }}
{{- end }}
{{- range $file, $content := merge (dict) .Values.datasources .Values.dashboardProviders }}
{{ $file }}: |
{{ tpl (toYaml $content) $ | indent 2 }}
{{- end }}
{{- end -}}
