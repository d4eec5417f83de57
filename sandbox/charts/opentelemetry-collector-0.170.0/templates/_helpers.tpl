{{- define "collector.name" -}}
{{ if contains .Chart.Name .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end }}
{{- end -}}

{{- define "collector.component" -}}
{{ dict "daemonset" "agent" "statefulset" "statefulset" | dig .Values.mode "standalone" }}-collector
{{- end -}}

{{/* The DaemonSet has a suffix, too. */}}
{{- define "collector.workload" -}}
{{ include "collector.name" . }}{{ if eq .Values.mode "daemonset" }}-agent{{ end }}
{{- end -}}

{{- define "collector.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
component: {{ include "collector.component" . }}
{{- end -}}

{{- define "collector.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: {{ include "collector.component" . }}
{{- end -}}

{{/* The ConfigMap of the collector's configuration; of a StatefulSet another than of a Deployment. */}}
{{- define "collector.configMap" -}}
{{ include "collector.workload" . }}{{ if eq .Values.mode "statefulset" }}-statefulset{{ end }}
{{- end -}}

{{/* The configuration, run through `tpl` as in the real chart. */}}
{{- define "collector.config" -}}
{{ tpl (toYaml (.Values.alternateConfig | default .Values.config)) . }}
{{- end -}}

{{/* 80 % of a memory limit given in Mi or Gi, for Go's garbage collector. */}}
{{- define "collector.goMemoryLimit" -}}
{{- $limit := toString . -}}
{{- if hasSuffix "Gi" $limit -}}
{{ mulf (trimSuffix "Gi" $limit | float64) 1024 0.8 | floor | int }}MiB
{{- else if hasSuffix "Mi" $limit -}}
{{ mulf (trimSuffix "Mi" $limit | float64) 0.8 | floor | int }}MiB
{{- else -}}
{{ fail (printf "resources.limits.memory is %q: the stand-in reads Mi and Gi only" $limit) }}
{{- end -}}
{{- end -}}

{{/* Refuses what the real chart refuses. */}}
{{- define "collector.check" -}}
{{- if not .Values.image.repository -}}
{{- fail "[ERROR] 'image.repository' must be set" -}}
{{- end -}}
{{- if not .Values.mode -}}
{{- fail "[ERROR] 'mode' must be set to daemonset, deployment or statefulset" -}}
{{- end -}}
{{- if not (has "health_check" (dig "service" "extensions" list .Values.config)) -}}
{{- fail "[ERROR] health_check must stay in config.service.extensions: the pod's probes ask it" -}}
{{- end -}}
{{- end -}}
