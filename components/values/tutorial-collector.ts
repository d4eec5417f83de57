/** Values of the collector's chart in the tutorial profile. */
import type { OtelCollectorValues } from "./chart-values";
import type { Destinations } from "./services";

/** The tutorial's otel-values.yaml, key for key. */
export function tutorialCollectorValues<T>(
  args: Pick<Destinations<T>, "lokiPushUrl" | "mimirPushUrl" | "tempoOtlpEndpoint"> & {
    readonly image: { readonly repository: string; readonly tag: string };
  },
) {
  const pipeline = (exporter: string) => ({
    receivers: ["otlp"],
    processors: [],
    exporters: [exporter],
  });
  return {
    mode: "deployment" as const,
    image: args.image,
    config: {
      exporters: {
        loki: { endpoint: args.lokiPushUrl },
        prometheusremotewrite: { endpoint: args.mimirPushUrl },
        "otlp/tempo": { endpoint: args.tempoOtlpEndpoint, tls: { insecure: true } },
      },
      service: {
        pipelines: {
          logs: pipeline("loki"),
          metrics: pipeline("prometheusremotewrite"),
          traces: pipeline("otlp/tempo"),
        },
      },
    },
  } satisfies OtelCollectorValues;
}
