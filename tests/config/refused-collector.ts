/** Additions to the collector's configuration that would lose what it has taken, or do nothing. */
import type { Refused } from "./refused";

const inUse = (kind: string, name: string) => ({
  service: { pipelines: { logs: { [kind]: [name] } } },
});

function row(
  what: string,
  config: object,
  path: string,
  shown: string,
  reason: string,
  more: Partial<Refused> = {},
): Refused {
  const key = `collectorConfig.${path}`;
  return {
    ...{ what, set: { collectorConfig: JSON.stringify(config) }, key, shown, reason },
    fix: `pulumi config rm --path 'lgtm:${key}'`,
    ...more,
  };
}

const processor = (name: string, settings: object) => ({
  processors: { [name]: settings },
  ...inUse("processors", name),
});
const exporter = (name: string, settings: object) => ({
  exporters: { [name]: settings },
  ...inUse("exporters", name),
});

export const refusedCollector: readonly Refused[] = [
  ...["1", "[]", "{", '{"processors":[]}', '{"pipelines":{}}', '{"service":{"telemetry":{}}}'].map(
    (collectorConfig) => ({
      what: `additions ${collectorConfig}`,
      set: { collectorConfig },
      reason: "must be of the form of a collector's configuration",
    }),
  ),
  row(
    "another memory limiter",
    processor("memory_limiter", { limit_percentage: 100 }),
    "processors.memory_limiter",
    '{"limit_percentage":100}',
    "is a component of the program's own",
    { fix: "memory_limiter/own" },
  ),
  row(
    "a queue in memory",
    processor("batch", {}),
    "processors.batch",
    "{}",
    "acknowledges what is in memory only",
  ),
  row(
    "an exporter without its queue",
    exporter("otlp/elsewhere", { endpoint: "a:4317", sending_queue: { enabled: false } }),
    'exporters["otlp/elsewhere"].sending_queue',
    '{"enabled":false}',
    "is the queue on disk",
  ),
  row(
    "another place for a store's exporter",
    exporter("otlp_http/loki", { endpoint: "http://elsewhere" }),
    'exporters["otlp_http/loki"]',
    '{"endpoint":"http://elsewhere"}',
    "is a component of the program's own",
    { fix: "otlp_http/own" },
  ),
  row(
    "another place for the queues",
    { extensions: { "file_storage/queue": { directory: "/tmp" } } },
    'extensions["file_storage/queue"]',
    '{"directory":"/tmp"}',
    "is a component of the program's own",
    { fix: "file_storage/own" },
  ),
  row(
    "another port of the receiver",
    { receivers: { otlp: { protocols: { grpc: { endpoint: "0.0.0.0:1" } } } } },
    "receivers.otlp.protocols.grpc.endpoint",
    "0.0.0.0:1",
    "is of the receiver that all applications send to; auth, cors, include_metadata",
  ),
  row(
    "a receiver on a port that is taken",
    {
      receivers: { "otlp/b": { protocols: { grpc: { endpoint: "${env:MY_POD_IP}:4317" } } } },
      ...inUse("receivers", "otlp/b"),
    },
    'receivers["otlp/b"].protocols.grpc.endpoint',
    "${env:MY_POD_IP}:4317",
    "is a port that the collector has for something else",
  ),
  row(
    "a processor that nothing has",
    inUse("processors", "redacton"),
    "service.pipelines.logs.processors[0]",
    "redacton",
    "is none of the processors that there are",
  ),
  row(
    "a processor that is misspelt",
    {
      processors: { redaction: {} },
      service: {
        pipelines: { logs: { processors: ["redaction"] }, traces: { processors: ["redacton"] } },
      },
    },
    "service.pipelines.traces.processors[0]",
    "redacton",
    "did you mean redaction?",
  ),
  row(
    "a processor in no pipeline",
    { processors: { redaction: {} } },
    "processors.redaction",
    "{}",
    "is in no pipeline, so it would have no effect",
    {
      fix: "pulumi config set --path 'lgtm:collectorConfig.service.pipelines.traces.processors[0]' redaction",
    },
  ),
  row(
    "an extension that does not run",
    { extensions: { basicauth: {} } },
    "extensions.basicauth",
    "{}",
    "is not in service.extensions",
    { fix: "add it to service.extensions" },
  ),
  row(
    "a name that is none",
    processor("Redaction!", {}),
    'processors["Redaction!"]',
    "{}",
    "must be named as the collector names components",
  ),
  row(
    "a secret in clear",
    exporter("otlp/elsewhere", {
      endpoint: "a:4317",
      headers: { authorization: "Bearer hunter2hunter2" },
    }),
    'exporters["otlp/elsewhere"].headers.authorization',
    "[secret]",
    "is a secret in clear, which would be in a ConfigMap",
    { fix: "name that in lgtm:collectorEnvFrom, and write ${env:NAME} here", never: "hunter2" },
  ),
  {
    what: "additions to the tutorial's collector",
    stack: "tutorial",
    set: { collectorConfig: JSON.stringify(processor("redaction", {})) },
    reason: "contradicts lgtm:profile = tutorial",
    fix: "pulumi config rm lgtm:collectorConfig",
  },
  {
    what: "Secrets that are no list",
    set: { collectorEnvFrom: "elsewhere" },
    reason: "must be a list",
  },
];
