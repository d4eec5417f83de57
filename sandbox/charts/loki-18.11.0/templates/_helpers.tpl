{{/* The data of this chart, with what the values say filled in. */}}
{{- define "store.objects" -}}
{{ tpl (.Files.Get "objects.yaml") . }}
{{- end -}}

{{/* Labels that pick a component's pods; those of all components without one. Arguments: root, app, component. */}}
{{- define "store.selector" -}}
app.kubernetes.io/name: {{ .app }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{/* `registry/repository:tag`, with `@digest` in place of the tag where there is one. Arguments: registry, image. */}}
{{- define "store.image" -}}
{{ with .registry }}{{ . }}/{{ end }}{{ .image.repository }}{{ with .image.digest }}@{{ . }}{{ else }}:{{ .image.tag }}{{ end }}
{{- end -}}

{{/* Cores of a quantity such as 250m, as a number. */}}
{{- define "store.cores" -}}
{{ hasSuffix "m" (toString .) | ternary (divf (trimSuffix "m" (toString .) | float64) 1000) (float64 .) }}
{{- end -}}

{{/* MiB of a quantity in Mi or Gi, as a number. */}}
{{- define "store.mebibytes" -}}
{{- if hasSuffix "Gi" . -}}
{{ trimSuffix "Gi" . | float64 | mulf 1024 }}
{{- else if hasSuffix "Mi" . -}}
{{ trimSuffix "Mi" . }}
{{- else -}}
{{ fail (printf "%q is no quantity of memory that the stand-in reads: give it in Mi or Gi" .) }}
{{- end -}}
{{- end -}}

{{/* The store's configuration: configs/, with structuredConfig merged over it. Both run through tpl. */}}
{{- define "store.config" -}}
{{- $base := tpl (.Files.Get "configs/config.yaml") . | fromYaml -}}
{{- with $base.Error }}{{ fail . }}{{ end -}}
{{ tpl (mergeOverwrite $base ((index .Values (trimSuffix "-distributed" .Chart.Name)).structuredConfig | deepCopy) | toYaml) . }}
{{- end -}}

{{/* A component's entry, merged over the base of all; enabled unless they or its values say otherwise. Arguments: root, base, own. */}}
{{- define "store.workload" -}}
{{- $base := .own.alone | default false | ternary dict .base -}}
{{- $all := mergeOverwrite (dict "enabled" true) (deepCopy $base) (deepCopy .own) -}}
{{- $all = set $all "enabled" (and $all.enabled (ne (toString (index .root.Values .own.values).enabled) "false")) -}}
{{- range list "args" "env" "ports" "volumes" "mounts" -}}
{{- $all = set $all . (concat (get $base . | default list) (get $.own . | default list)) -}}
{{- end -}}
{{ toJson $all }}
{{- end -}}

{{/*
What a component's entry and, after it, values say about its pods: {args, env, envFrom, volumes, mounts, labels,
annotations} as JSON. Arguments: work (the entry), sources (values, those of the store first).
*/}}
{{- define "store.extras" -}}
{{- $names := dict "extraArgs" "args" "extraEnv" "env" "env" "env" "extraEnvFrom" "envFrom" "extraVolumes" "volumes" "extraVolumeMounts" "mounts" "podLabels" "labels" "podAnnotations" "annotations" -}}
{{- $all := dict "labels" (.work.labels | default dict) "annotations" dict -}}
{{- range list "args" "env" "envFrom" "volumes" "mounts" -}}
{{- $all = set $all . (get $.work . | default list) -}}
{{- end -}}
{{- range $values := .sources -}}
{{- range $key, $name := $names -}}
{{- $given := get $values $key -}}
{{- if not $given -}}
{{- else if eq $key "podLabels" "podAnnotations" -}}
{{- $all = set $all $name (merge (deepCopy $given) (get $all $name)) -}}
{{- else if kindIs "map" $given -}}
{{- range $flag, $value := $given -}}
{{- $all = set $all $name (append (get $all $name) (printf "-%s=%v" $flag $value)) -}}
{{- end -}}
{{- else -}}
{{- $all = set $all $name (concat (get $all $name) $given) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{ toJson $all }}
{{- end -}}

{{/* A component's claims as a JSON list of {name, size, storageClass, accessModes}; none where it keeps nothing. Arguments: claim, values, storageClass. */}}
{{- define "store.claims" -}}
{{- $claims := list -}}
{{- with .claim -}}
{{- $given := get $.values .values -}}
{{- if $given.enabled -}}
{{- range $given.claims | default (list $given) -}}
{{- $claims = append $claims (merge (dict "name" (.name | default $.claim.name) "storageClass" (.storageClass | default $.storageClass)) .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{ toJson $claims }}
{{- end -}}
