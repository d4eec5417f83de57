/** Mimir itself, as several processes. */
import { stringify } from "yaml";
import type { Generated } from "../config/generated";
import { mimirOverrides } from "../config/mimir";
import { overridden } from "../config/override";
import { defaultTenant } from "../network/gateway";
import { type Member, membersOf, type Role } from "./members";
import { ingestersOf } from "./tempo-members";

const targets: Partial<Readonly<Record<Role, string>>> = {
  distributor: "distributor",
  ingester: "ingester",
  read: "query-frontend,query-scheduler,querier,store-gateway,compactor",
};

/** Mimir with the generated configuration and as many ingesters as it renders; not started. */
export function mimirMembers(
  binary: string,
  folder: string,
  generated: Generated,
  objectStore: string,
): readonly Member[] {
  return membersOf({
    store: "Mimir",
    binary,
    folder,
    httpPort: 8080,
    headers: { "x-scope-orgid": defaultTenant },
    roles: { distributor: 1, ingester: ingestersOf(generated, "mimir"), read: 1 },
    settings: (role, among, disk) => {
      const overrides = mimirOverrides(among, {
        data: disk.data,
        objectStore,
        runtimeFile: disk.file("runtime.yaml", stringify({})),
      });
      const file = disk.file("mimir.yaml", overridden(generated.config.mimir, overrides));
      return {
        args: [
          `-config.file=${file}`,
          `-target=${targets[role] ?? role}`,
          "-config.expand-env=true",
          // Where queriers bring their answers.
          `-query-frontend.instance-addr=${among.host}`,
        ],
        env: generated.storageSecrets.mimir,
      };
    },
  });
}
