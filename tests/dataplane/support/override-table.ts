/** The table of overrides in the rig's README. */
import { collectorOverrides } from "../../../dataplane/config/collector";
import type { Generated } from "../../../dataplane/config/generated";
import { lokiOverrides } from "../../../dataplane/config/loki";
import type { Override } from "../../../dataplane/config/override";
import { tempoOverrides } from "../../../dataplane/config/tempo";

/** Any: the table names keys and reasons, not what they are set to. */
const port = 1;
const anywhere = "127.0.0.1:1";

/** All differences between generated configurations and those that run here, by program. */
function allOverrides(generated: Generated): Readonly<Record<string, readonly Override[]>> {
  const store = { data: "/d", objectStore: anywhere, runtimeFile: "/f" };
  const server = { httpPort: port, grpcPort: port };
  const tempoServer = { ...server, otlpPort: port, gossipPort: port };
  const tempoStore = { ...store, gateway: anywhere, collectionSeconds: port };
  const among = { name: "n", host: "127.0.0.2", members: ["127.0.0.2"], frontend: "127.0.0.2" };
  return {
    Collector: collectorOverrides(generated, {
      stores: { loki: anywhere, mimir: anywhere, tempo: anywhere },
      programs: {},
      kubelet: anywhere,
      data: "/d",
      tokenFile: "/f",
      scrapeSeconds: port,
    }),
    Loki: lokiOverrides(generated.config.loki, server, store),
    "Loki, one of several": lokiOverrides(generated.config.loki, among, store),
    Tempo: tempoOverrides(generated.config.tempo, tempoServer, tempoStore),
    "Tempo, one of several": tempoOverrides(generated.config.tempo, among, tempoStore),
  };
}

/** What an override does, in short, for a table. */
function describeOverride(override: Override): string {
  if ("set" in override) return override.set.join(".");
  if ("remove" in override) return `${override.remove.join(".")} (removed)`;
  if ("everywhere" in override) return `every ${override.everywhere.join(".")}`;
  return `every path below ${override.folder}`;
}

/** A list's every item alike. */
function keyOf(override: Override): string {
  return `\`${describeOverride(override).replaceAll(/\.\d+\./g, ".*.")}\``;
}

/** One row per program and reason, as Markdown, for README.md. */
export function overrideTable(generated: Generated): string {
  const rows = Object.entries(allOverrides(generated)).flatMap(([program, overrides]) => {
    const keys = new Map<string, Set<string>>();
    for (const override of overrides) {
      const of = keys.get(override.reason) ?? new Set();
      keys.set(override.reason, of.add(keyOf(override)));
    }
    return Array.from(keys, ([reason, of]) => `| ${program} | ${[...of].join(", ")} | ${reason} |`);
  });
  return ["| Program | Key | Why |", "| --- | --- | --- |", ...rows].join("\n");
}
