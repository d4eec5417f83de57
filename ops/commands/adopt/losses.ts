/** What is not carried over, because it is on a pod's own disk. */
import { lgtmServices } from "../../../config/services";
import type { KubeObject } from "../../../lib/kubernetes/objects";
import type { ObjectChange } from "./comparison";

/** Components that keep something on their pods' own disks in the charts' defaults, and what. */
const keepers: readonly (readonly [component: string, what: string])[] = [
  [lgtmServices.grafana, "what was made in Grafana itself: users, dashboards, data sources"],
  ["loki-ingester", "the logs so far: Loki keeps them on its pod's own disk"],
  ["tempo-ingester", "the traces so far: Tempo keeps them on its pods' own disks"],
];

interface WorkloadObject extends KubeObject {
  readonly spec?: {
    readonly volumeClaimTemplates?: readonly unknown[];
    readonly template?: {
      readonly spec?: { readonly volumes?: { readonly persistentVolumeClaim?: unknown }[] };
    };
  };
}

function hasVolume({ spec }: WorkloadObject): boolean {
  const volumes = spec?.template?.spec?.volumes ?? [];
  return (
    (spec?.volumeClaimTemplates ?? []).length > 0 ||
    volumes.some(({ persistentVolumeClaim }) => persistentVolumeClaim !== undefined)
  );
}

/**
 * What is not carried over: data on the own disk of a pod goes with the pod.
 *
 * @param before the objects as they are now
 */
export function lossesOf(
  before: readonly KubeObject[],
  changes: readonly ObjectChange[],
): string[] {
  return keepers.flatMap(([component, what]) => {
    const kept = before.find(
      ({ kind, metadata }) =>
        /^(Deployment|StatefulSet)$/.test(kind) && metadata.name.endsWith(`-${component}`),
    ) as WorkloadObject | undefined;
    if (kept === undefined || hasVolume(kept)) return [];
    const goes = changes.some(
      ({ object, restarts, change, refused }) =>
        object.kind === kept.kind &&
        object.metadata.name === kept.metadata.name &&
        (restarts || change === "removed" || refused !== undefined),
    );
    return goes ? [what] : [];
  });
}

/** Claims for volumes that the release would delete; there must be none. */
export function deletedClaims(changes: readonly ObjectChange[]): string[] {
  return changes
    .filter(({ object, change }) => object.kind === "PersistentVolumeClaim" && change === "removed")
    .map(({ object }) => object.metadata.name);
}
