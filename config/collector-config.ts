/** The setting `collectorConfig`: what the owner adds to the collector's configuration. */
import { z } from "zod";
import { jsonText } from "./text-formats";

const reason =
  'must be of the form of a collector\'s configuration, such as {"processors":{"redaction":{"allow_all_keys":true}},"service":{"pipelines":{"traces":{"processors":["redaction"]}}}}';

/** Components by name. One without settings is null in a collector's file, and nulls never reach Helm. */
const components = z.record(
  z.string(),
  z
    .record(z.string(), z.unknown(), reason)
    .nullable()
    .transform((settings) => settings ?? {}),
  reason,
);

const names = z.array(z.string(), reason).optional();

/** In the collector's own form; which names it may have is for rules/collector-config.ts to say. */
export const collectorConfig = jsonText(
  z.strictObject(
    {
      receivers: components.optional(),
      processors: components.optional(),
      exporters: components.optional(),
      connectors: components.optional(),
      extensions: components.optional(),
      service: z
        .strictObject(
          {
            extensions: names,
            pipelines: z
              .record(
                z.string(),
                z.strictObject({ receivers: names, processors: names, exporters: names }, reason),
                reason,
              )
              .optional(),
          },
          reason,
        )
        .optional(),
    },
    reason,
  ),
  reason,
);

/** What is added to the collector's configuration, in the collector's own form. */
export type CollectorAdditions = z.output<typeof collectorConfig>;

/** Kinds of components, as the collector's file calls them. */
export const componentKinds = [
  "receivers",
  "processors",
  "exporters",
  "connectors",
  "extensions",
] as const;

/** The components that the program's own configuration has, with either set of charts. */
export const ownComponents = {
  receivers: ["otlp", "prometheus"],
  processors: ["memory_limiter", "resource", "transform/fit", "transform/loki", "attributes/loki"],
  exporters: [
    ...["loki", "otlphttp/mimir", "otlp/tempo"],
    ...["otlp_http/loki", "otlp_http/mimir", "otlp_grpc/tempo"],
  ],
  connectors: [],
  extensions: ["health_check", "file_storage/queue"],
} as const satisfies Record<(typeof componentKinds)[number], readonly string[]>;

/** Whether an exporter is of those that send OTLP, and have the queue of exporterhelper. */
export function isOtlp(exporter: string): boolean {
  return /^(otlp|otlphttp|otlp_http|otlp_grpc)(\/|$)/.test(exporter);
}
