/** Which volumes a destroy takes, and which stay. */
import type { Cluster } from "../../../lib/kubernetes/cluster";
import type { Metadata } from "../../../lib/kubernetes/objects";
import { parseQuantity, showBytes } from "../../../lib/kubernetes/quantity";
import type { PersistentVolumeClaim } from "../../../lib/kubernetes/types";
import { count, table } from "../../../lib/terminal/screen";
import { settingOf, type Stack } from "../../stack";
import type { NotedClaim } from "./notes";

export interface Volume {
  readonly claim: string;
  readonly size: string;
  readonly storageClass: string;
  /** `Delete`: its data goes with the claim. `Retain`: it stays, unused, until somebody removes it. */
  readonly reclaim: string;
}

export interface PersistentVolume {
  readonly metadata: Metadata;
  readonly spec?: {
    readonly persistentVolumeReclaimPolicy?: string;
    readonly claimRef?: { readonly namespace?: string; readonly name?: string };
    readonly capacity?: { readonly storage?: string };
  };
  readonly status?: { readonly phase?: string };
}

export interface GoingVolumes {
  /** Namespaces that go, with all claims in them. */
  readonly namespaces: readonly string[];
  /** Claims that go although their namespaces stay. */
  readonly claims: readonly NotedClaim[];
}

export async function volumesOf(
  cluster: Cluster,
  { namespaces: whole, claims: single }: GoingVolumes,
): Promise<Volume[]> {
  const uids = new Set(single.map(({ uid }) => uid));
  const namespaces = [...new Set([...whole, ...single.map(({ namespace }) => namespace)])];
  const [claims, persistent] = await Promise.all([
    Promise.all(
      namespaces.map(async (namespace) =>
        cluster.list<PersistentVolumeClaim>(
          `/api/v1/namespaces/${namespace}/persistentvolumeclaims`,
        ),
      ),
    ),
    cluster.list<PersistentVolume>("/api/v1/persistentvolumes"),
  ]);
  const go = claims
    .flat()
    .filter(
      ({ metadata: { namespace = "", uid = "" } }) => whole.includes(namespace) || uids.has(uid),
    );
  return go.map(({ metadata, spec, status }) => {
    const volume = persistent.find((one) => one.metadata.name === spec?.volumeName);
    return {
      claim: `${metadata.namespace ?? ""}/${metadata.name}`,
      size: String(
        status?.capacity?.["storage"] ?? spec?.resources?.requests?.["storage"] ?? "unknown",
      ),
      storageClass: spec?.storageClassName ?? "",
      reclaim: volume?.spec?.persistentVolumeReclaimPolicy ?? "unbound",
    };
  });
}

export function describeData(stack: Stack, volumes: readonly Volume[]): string {
  const kept = volumes.filter(({ reclaim }) => reclaim === "Retain");
  const sum = volumes.reduce((total, { size }) => total + (parseQuantity(size) ?? 0), 0);
  const storage = settingOf(stack, "storage") ?? "bundled";
  const buckets = ["Logs", "Metrics", "Traces"].flatMap(
    (signal) => settingOf(stack, `storage${signal}Bucket`) ?? [],
  );
  return [
    ...(volumes.length === 0
      ? ["No volume goes."]
      : [
          `These ${count(volumes.length, "volume")} go, ${showBytes(sum)} in all, with everything in them:`,
          "",
          table(
            ["CLAIM", "SIZE", "STORAGE CLASS", "THE VOLUME IS"],
            volumes.map(({ claim, size, storageClass, reclaim }) => [
              claim,
              size,
              storageClass,
              reclaim === "Delete" ? "deleted" : reclaim === "Retain" ? "kept, unused" : reclaim,
            ]),
          ),
          "",
        ]),
    ...(kept.length > 0
      ? [
          `${count(kept.length, "volume")} of a class that retains them will be left; remove them by hand.`,
        ]
      : []),
    ...(storage === "bundled"
      ? []
      : [`The buckets ${buckets.join(", ")} are not this stack's: they and what is in them stay.`]),
  ].join("\n");
}
