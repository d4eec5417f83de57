/** Loki, as several processes. */
import { extraArguments, type Generated, podOf, storageEnvironment } from "../config/generated";
import { lokiOverrides } from "../config/loki";
import { overridden } from "../config/override";
import { type Member, membersOf, type Role } from "./members";
import { ingestersOf } from "./tempo-members";

/** As the charts call them; the one that answers queries is everything that takes part in it. */
const targets = {
  distributor: { component: "distributor", target: "distributor" },
  ingester: { component: "ingester", target: "ingester" },
  read: { component: "query-frontend", target: "query-frontend,querier,compactor" },
} as const;

/** Loki with the generated configuration and as many ingesters as it renders; not started. */
export function lokiMembers(
  binary: string,
  folder: string,
  generated: Generated,
  objectStore: string,
): readonly Member[] {
  return membersOf({
    store: "Loki",
    binary,
    folder,
    httpPort: 3100,
    roles: { distributor: 1, ingester: ingestersOf(generated, "loki"), read: 1 },
    settings: (role: Role, among, disk) => {
      const { component, target } = targets[role as keyof typeof targets];
      const pod = podOf(generated, "loki", component);
      const overrides = lokiOverrides(generated.config.loki, among, {
        data: disk.data,
        objectStore,
        runtimeFile: disk.file("runtime.yaml", generated.overrides.loki),
      });
      const file = disk.file("config.yaml", overridden(generated.config.loki, overrides));
      return {
        args: [`-config.file=${file}`, `-target=${target}`, ...extraArguments(pod)],
        env: storageEnvironment(generated, "loki", pod),
      };
    },
  });
}
