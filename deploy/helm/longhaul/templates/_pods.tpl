{{/* What the pods of servers and workers have in common. */}}

{{- define "longhaul.name" -}}
{{- if contains (default .Chart.Name .Values.nameOverride) .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name (default .Chart.Name .Values.nameOverride) | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{/* A dict of `root` and `component`. */}}
{{- define "longhaul.selector" -}}
app.kubernetes.io/name: {{ default .root.Chart.Name .root.Values.nameOverride }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "longhaul.labels" -}}
{{ include "longhaul.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "longhaul.image" -}}
{{- with .Values.image }}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ default $.Chart.AppVersion .tag }}{{ end }}
{{- end }}
{{- end }}

{{- define "longhaul.shutdownGraceMs" -}}
{{ dig "worker" "shutdownGraceMs" 45000 .Values.settings | int64 }}
{{- end }}

{{/* The grace of a worker and the ten seconds after it, with some for the start of the signal. */}}
{{- define "longhaul.terminationGraceSeconds" -}}
{{ add (div (add (include "longhaul.shutdownGraceMs" . | int64) 999) 1000) 25 }}
{{- end }}

{{/* Of a dict of `root`, `secrets` and `component`: the pod but its containers. */}}
{{- define "longhaul.pod" -}}
serviceAccountName: {{ include "longhaul.name" .root }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile: { type: RuntimeDefault }
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{ include "longhaul.selector" . | nindent 8 }}
volumes:
  # Folders, and never single files of them (subPath): those would not be seen to change.
  - name: settings
    configMap: { name: {{ include "longhaul.name" .root }} }
  - name: audit
    {{- if .root.Values.audit.claim }}
    persistentVolumeClaim: { claimName: {{ .root.Values.audit.claim }} }
    {{- else }}
    emptyDir: {}
    {{- end }}
  - name: tmp
    emptyDir: { medium: Memory, sizeLimit: 64Mi }
  {{- with .secrets }}
  - name: secrets
    secret: { secretName: {{ . }}, defaultMode: 0440 }
  {{- end }}
  {{- with .root.Values.temporal.tls.secret }}
  - name: temporal-tls
    secret: { secretName: {{ . }}, defaultMode: 0440 }
  {{- end }}
{{- end }}

{{/* Of the same: what a container has, but its name, command, ports, probes and resources. */}}
{{- define "longhaul.container" -}}
image: {{ include "longhaul.image" .root }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end }}

{{- define "longhaul.env" -}}
- { name: LONGHAUL_CONFIG, value: /etc/longhaul/longhaul.yaml }
- { name: LONGHAUL_AUDIT_DIRECTORY, value: /var/lib/longhaul/audit }
{{- with .root.Values.temporal }}
- { name: TEMPORAL_ADDRESS, value: {{ .address | quote }} }
- { name: TEMPORAL_NAMESPACE, value: {{ .namespace | quote }} }
{{- if .tls.enabled }}
- { name: TEMPORAL_TLS, value: 'true' }
{{- if .tls.secret }}
{{- with .tls.ca }}
- { name: TEMPORAL_TLS_SERVER_CA_CERT_PATH, value: /etc/temporal-tls/{{ . }} }
{{- end }}
- { name: TEMPORAL_TLS_CLIENT_CERT_PATH, value: /etc/temporal-tls/tls.crt }
- { name: TEMPORAL_TLS_CLIENT_KEY_PATH, value: /etc/temporal-tls/tls.key }
{{- end }}
{{- with .tls.serverName }}
- { name: TEMPORAL_TLS_SERVER_NAME, value: {{ . | quote }} }
{{- end }}
{{- end }}
{{- if .apiKey.secret }}
- name: TEMPORAL_API_KEY
  valueFrom: { secretKeyRef: { name: {{ .apiKey.secret }}, key: {{ .apiKey.key }} } }
{{- end }}
{{- end }}
{{- end }}

{{- define "longhaul.mounts" -}}
- { name: settings, mountPath: /etc/longhaul, readOnly: true }
- { name: audit, mountPath: /var/lib/longhaul/audit }
- { name: tmp, mountPath: /tmp }
{{- if .secrets }}
- { name: secrets, mountPath: /run/secrets, readOnly: true }
{{- end }}
{{- if .root.Values.temporal.tls.secret }}
- { name: temporal-tls, mountPath: /etc/temporal-tls, readOnly: true }
{{- end }}
{{- end }}
