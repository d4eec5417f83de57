/** Tempo, as several processes. */
import { extraArguments, type Generated, podOf, storageEnvironment } from "../config/generated";
import { overridden } from "../config/override";
import { tempoOverrides } from "../config/tempo";
import { type Member, membersOf, type Role } from "./members";
import type { TempoNeighbours } from "./tempo";

/** As the charts call them. */
const components: Readonly<Record<Role, string>> = {
  distributor: "distributor",
  ingester: "ingester",
  querier: "querier",
  read: "query-frontend",
};

/** How many ingesters the charts render. */
export function ingestersOf({ deployment }: Generated, store: "loki" | "mimir" | "tempo"): number {
  const set = deployment.stores.find(
    ({ kind, metadata }) =>
      kind === "StatefulSet" && metadata?.name === `my-lgtm-${store}-ingester`,
  ) as { readonly spec?: { readonly replicas?: number } } | undefined;
  const replicas = set?.spec?.replicas;
  if (replicas === undefined) throw new Error(`the charts render no ingesters of ${store}`);
  return replicas;
}

/**
 * Tempo with the generated configuration and as many ingesters as it renders, one of everything else that
 * takes traces or finds them; not started. Its generator and its compactor do not run.
 */
export function tempoMembers(
  binary: string,
  folder: string,
  generated: Generated,
  neighbours: TempoNeighbours,
): readonly Member[] {
  return membersOf({
    store: "Tempo",
    binary,
    folder,
    httpPort: 3200,
    roles: { distributor: 1, ingester: ingestersOf(generated, "tempo"), querier: 1, read: 1 },
    settings: (role, among, disk) => {
      const pod = podOf(generated, "tempo", components[role]);
      const overrides = tempoOverrides(generated.config.tempo, among, {
        ...neighbours,
        data: disk.data,
        runtimeFile: disk.file("overrides.yaml", generated.overrides.tempo),
        collectionSeconds: 15,
      });
      const file = disk.file("tempo.yaml", overridden(generated.config.tempo, overrides));
      return {
        args: [`-config.file=${file}`, `-target=${components[role]}`, ...extraArguments(pod)],
        env: storageEnvironment(generated, "tempo", pod),
      };
    },
  });
}
