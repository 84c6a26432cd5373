{{/* Parts that servers and workers share. A part is given the release, and what it is of. */}}

{{- define "tidemill.labels" -}}
app.kubernetes.io/name: {{ .release }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "tidemill.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "tidemill.pod" -}}
securityContext: {runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000, seccompProfile: {type: RuntimeDefault}}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .of.nodeSelector }}
nodeSelector: {{ toJson . }}
{{- end }}
{{- with .of.tolerations }}
tolerations: {{ toJson . }}
{{- end }}
volumes: [{name: state, emptyDir: {}}, {name: tmp, emptyDir: {}}]
{{- end }}

{{- define "tidemill.container" -}}
image: {{ include "tidemill.image" .root }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
resources: {{ toJson (.of.resources | default dict) }}
securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
volumeMounts: [{name: state, mountPath: /var/lib/prefect}, {name: tmp, mountPath: /tmp}]
{{- end }}

{{- define "tidemill.env" -}}
{{- range $name, $value := . }}
- {name: {{ $name | quote }}, value: {{ $value | toString | quote }}}
{{- end }}
{{- end }}

{{- define "tidemill.secret" -}}
- name: {{ .name }}
  valueFrom: {secretKeyRef: {name: {{ .secret }}, key: {{ .key }}}}
{{- end }}
