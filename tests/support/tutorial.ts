/** The tutorial's own files. */
import { parse } from "yaml";

/** The tutorial's otel-values.yaml, section 7, word for word. */
export const tutorialOtelValues: unknown = parse(`
mode: deployment
image:
  repository: otel/opentelemetry-collector-contrib
  tag: 0.130.0
config:
  exporters:
    loki:
      endpoint: http://my-lgtm-loki-distributor.lgtm:3100/loki/api/v1/push
    prometheusremotewrite:
      endpoint: http://my-lgtm-mimir-nginx.lgtm/api/v1/push
    otlp/tempo:
      endpoint: my-lgtm-tempo-distributor.lgtm:4317
      tls:
        insecure: true
  service:
    pipelines:
      logs:
        receivers: [otlp]
        processors: []
        exporters: [loki]
      metrics:
        receivers: [otlp]
        processors: []
        exporters: [prometheusremotewrite]
      traces:
        receivers: [otlp]
        processors: []
        exporters: [otlp/tempo]
`);

/** The port that section 7 adds to the distributor's Service with kubectl patch. */
export const tutorialPort = {
  name: "otlp-grpc",
  port: 4317,
  targetPort: 4317,
  protocol: "TCP",
} as const;

/** The paths of section 9's traffic_gen.sh. */
export const tutorialPaths = [
  "/health",
  "/",
  "/to_stack",
  "/cpu_task",
  "/random_status",
  "/random_sleep",
  "/error_test",
  "/complex-operation",
] as const;
