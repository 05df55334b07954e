{{- /* The labels of everything. All names are fixed: a namespace has one operator, as it has one lease. */}}
{{- define "genkitd.labels" -}}
app.kubernetes.io/name: genkitd-operator
app.kubernetes.io/part-of: genkitd
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- /* What the operator's pods are found by, as in the overlays. */}}
{{- define "genkitd.selector" -}}
app.kubernetes.io/name: genkitd-operator
{{- end }}

{{- define "genkitd.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end }}

{{- /* "true", or nothing. */}}
{{- define "genkitd.watchSecrets" -}}
{{- if kindIs "bool" .Values.watchSecrets }}{{ if .Values.watchSecrets }}true{{ end }}
{{- else if .Values.namespaced }}true{{ end }}
{{- end }}

{{- define "genkitd.legacyLease" -}}
{{- if kindIs "bool" .Values.legacyLease.enabled }}{{ if .Values.legacyLease.enabled }}true{{ end }}
{{- else if not .Values.namespaced }}true{{ end }}
{{- end }}

{{- /* Ends the names of what is of the cluster, where several namespaces may have a release. */}}
{{- define "genkitd.suffix" -}}
{{- if .Values.namespaced }}-{{ .Release.Namespace }}{{ end }}
{{- end }}

{{- /* A binding of a role to the operator, from a list of: the root, "Cluster" or "", the role's name. */}}
{{- define "genkitd.binding" -}}
{{- $root := index . 0 -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ index . 1 }}RoleBinding
metadata:
  name: {{ index . 2 }}
  {{- if not (index . 1) }}
  namespace: {{ $root.Release.Namespace }}
  {{- end }}
  labels:
    {{- include "genkitd.labels" $root | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ index . 1 }}Role
  name: {{ index . 2 }}
subjects:
  - kind: ServiceAccount
    name: {{ $root.Values.serviceAccount.name }}
    namespace: {{ $root.Release.Namespace }}
{{- end }}
