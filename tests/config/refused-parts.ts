/** Settings of pods and of single parts that cannot be. */
import type { Refused } from "./refused";

function row(
  what: string,
  parts: object,
  path: string,
  shown: string,
  reason: string,
  fix = `pulumi config rm --path 'lgtm:parts.${path}'`,
): Refused {
  return { what, set: { parts: JSON.stringify(parts) }, key: `parts.${path}`, shown, reason, fix };
}

export const refusedParts: readonly Refused[] = [
  ...[
    "1",
    "[]",
    "{",
    '{"nodeSelector":{"a":1}}',
    '{"affinity":{}}',
    '{"tolerations":[{"key":1}]}',
  ].map((pods) => ({
    what: `pods ${pods}`,
    set: { pods },
    reason: "must have nodeSelector, tolerations or priorityClassName",
  })),
  ...[
    '{"lokiIngester":1}',
    '{"lokiIngester":{"memoryMiB":"1Gi"}}',
    '{"lokiIngester":{"replicas":2}}',
  ].map((parts) => ({ what: `parts ${parts}`, set: { parts }, reason: "as whole numbers" })),
  row(
    "a part that is misspelt",
    { mimirIngestor: { memoryMiB: 1 } },
    "mimirIngestor",
    "{…}",
    "did you mean mimirIngester?",
    "name one of grafana, lokiGateway, lokiSingle",
  ),
  row(
    "a part of another size",
    { lokiIngester: { memoryMiB: 512 } },
    "lokiIngester",
    "{…}",
    "is no part of this stack",
    "lokiSingle",
  ),
  row(
    "a volume of what has none",
    { lokiGateway: { volumeGiB: 1 } },
    "lokiGateway.volumeGiB",
    "1",
    "is the volume of a part that has none",
  ),
  row(
    "memory of the collector, which has a setting of its own",
    { otelCollector: { memoryMiB: 512 } },
    "otelCollector.memoryMiB",
    "512",
    "cannot be set here",
    "lgtm:otelCollectorMemoryLimitMiB",
  ),
  row(
    "a limit below what is asked for",
    { mimirIngester: { memoryMiB: 512, memoryLimitMiB: 256 } },
    "mimirIngester.memoryLimitMiB",
    "256",
    "is less than the 512 MiB that each pod asks for",
    "pulumi config set --path lgtm:parts.mimirIngester.memoryLimitMiB 1024",
  ),
  {
    ...row(
      "what pods of the tutorial ask for",
      { mimirIngester: { memoryMiB: 512 } },
      "mimirIngester.memoryMiB",
      "512",
      "cannot be set here",
    ),
    stack: "tutorial",
  },
];
