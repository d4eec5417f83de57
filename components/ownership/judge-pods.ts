/** What an `up` would cost of data that only pods have that it would take away. */
import { charts } from "../../config/charts";
import type { Problem } from "../../config/problems";
import type { HelmRelease } from "../../lib/helm/release";
import type { StatefulSet } from "../../lib/kubernetes/types";
import { type Case, count, problemOf, shown } from "./case";
import { isOwnRelease } from "./own";

/** A StatefulSet whose pods take data that is nowhere else yet, as it is deployed. */
interface Taker {
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  /** How many of its pods have all that it has acknowledged, at least. */
  readonly copies: number;
  /** Whose pods they are, in words. */
  readonly what: string;
}

/** A deployed StatefulSet of which so many pods go that data may go with them. */
export interface Leaving extends Taker {
  readonly release: HelmRelease;
  readonly leaving: number;
  readonly setting: string;
  readonly value: string;
}

const taking = ["ingester", "single-binary"];
const stores = ["loki", "mimir", "tempo"];

/**
 * Those that the settings want fewer pods of than have copies. What such a pod has not sent or flushed stays
 * on its volume, which nobody reads any more.
 */
export function leavingPods({ claimed, own, marks, seen }: Case): Leaving[] {
  const { holders } = claimed;
  if (holders === undefined) return [];
  const named = claimed.names.releases.map(({ namespace, name }) => `${namespace}/${name}`);
  return named.flatMap((place) => {
    const release = seen.releases.get(place);
    if (release === undefined || !isOwnRelease(place, release, own, marks)) return [];
    return takersOf(release).flatMap((taker) => {
      const wanted = holders.statefulSets.find(
        ({ namespace, name }) => namespace === taker.namespace && name === taker.name,
      );
      const leaving = taker.replicas - (wanted?.replicas ?? 0);
      if (leaving < taker.copies) return [];
      const { setting, value } = wanted ?? { setting: "size", value: holders.size };
      return [{ ...taker, release, leaving, setting, value }];
    });
  });
}

/** @returns a problem for each setting that would take such pods away */
export function ofLeavingPods(whole: Case): Problem[] {
  const all = leavingPods(whole);
  const { project } = whole.claimed;
  return [...new Set(all.map(({ setting }) => setting))].flatMap((setting) => {
    const of = all.filter((one) => one.setting === setting);
    const pods = of.map(
      ({ namespace, name, leaving, what }) =>
        `${count(leaving, "pod")} of ${namespace}/${name} (${what})`,
    );
    return problemOf(`${project}:${setting}`, of[0]?.value ?? "")(
      `up would take away ${shown(pods)}, with the only copy of what these have not ${of.every(({ what }) => what === collector) ? "sent" : "written to the object store"} yet: it would stay on their volumes, and be read by nobody`,
      `npm run resize, which makes them write it out first and then runs the up; or set ${project}:${setting} back`,
    );
  });
}

const collector = "the collector";

function takersOf(release: HelmRelease): Taker[] {
  return release.objects.flatMap((object): Taker[] => {
    if (object.kind !== "StatefulSet") return [];
    const { metadata, spec } = object as unknown as StatefulSet;
    const store = metadata.labels?.["app.kubernetes.io/name"] ?? "";
    const component = metadata.labels?.["app.kubernetes.io/component"] ?? "";
    const namespace = metadata.namespace ?? release.namespace;
    const one = { namespace, name: metadata.name, replicas: spec?.replicas ?? 1 };
    if (stores.includes(store) && taking.includes(component))
      return [{ ...one, copies: copiesOf(release, store), what: `${store} ${component}` }];
    return store === charts.otelCollector.name ? [{ ...one, copies: 1, what: collector }] : [];
  });
}

/** A write is acknowledged when the majority of its copies is written. */
function copiesOf({ values }: HelmRelease, store: string): number {
  // The umbrella chart has the values of each store's chart below its name.
  const factor = factorIn(values[store]) ?? factorIn(values) ?? 1;
  return Math.floor(factor / 2) + 1;
}

function factorIn(values: unknown): number | undefined {
  if (typeof values !== "object" || values === null) return undefined;
  for (const [key, value] of Object.entries(values)) {
    const found =
      key === "replication_factor" && typeof value === "number" ? value : factorIn(value);
    if (found !== undefined) return found;
  }
  return undefined;
}
