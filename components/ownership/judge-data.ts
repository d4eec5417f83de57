/** What an `up` would cost of a stack's own data: namespaces and releases that its settings no longer name. */
import { charts, otherChartSet } from "../../config/charts";
import { bundledStore, grafanaVolume } from "../../config/names";
import { lgtmServiceName } from "../../config/services";
import type { Problem } from "../../config/problems";
import {
  addItem,
  type Case,
  count,
  forget,
  isOurs,
  problemOf,
  set,
  shown,
  valueOf,
  whoseRelease,
} from "./case";
import type { LeavingNamespace, LeavingRelease, Seen } from "./look";
import { isOwnRelease, type OwnState } from "./own";

export function ofLeaving({ claimed, seen }: Case, leaving: LeavingNamespace): Problem[] {
  const { name, urn, claims, others, unseen, owner } = leaving;
  // Another setting names it now, which is told with that setting.
  if (claimed.names.namespaces.some((one) => one.name === name)) return [];
  const problem = problemOf(
    `${claimed.project}:namespacesToDelete`,
    JSON.stringify(claimed.namespacesToDelete),
  );
  const because = `the settings no longer name namespace ${name}, which this stack has made, so up would delete it`;
  if (owner !== undefined)
    return problem(
      `${because}; but the one that bears the name now belongs to ${owner}`,
      forget(urn),
    );
  const back = "set back the setting that named it";
  if (others.length > 0)
    return problem(
      `${because}, and with it what others have there: ${shown(others)}`,
      `${back}, or move these away first`,
    );
  if (claimed.namespacesToDelete.includes(name)) return [];
  const index = claimed.namespacesToDelete.length + seen.leaving.indexOf(leaving);
  const allow = addItem(claimed, "namespacesToDelete", index, name);
  if (unseen.length > 0)
    return problem(
      `${because}, and what in it may not be looked at: ${shown(unseen)}`,
      `${back}; or, if all that is in it may go: ${allow}`,
    );
  if (claims.length === 0) return [];
  return problem(
    `${because}, with the data in ${count(claims.length, "volume")}: ${shown(claims)}`,
    `${back}; or, if that data may go: ${allow}`,
  );
}

/**
 * One `up` cannot change the charts: Helm installs the new ones while the old one still has Services and
 * roles of the same names, and what the stores hold in memory would go to nobody.
 */
export function ofOtherCharts(whole: Case): Problem[] {
  const { claimed, own } = whole;
  const { chartSet: value, releasesOfOtherCharts } = claimed.names;
  const deployed = [...own.storeReleases]
    .filter(([, chartSet]) => chartSet !== value)
    .map(([place]) => place);
  // Also where the state was lost, and only their marks say whose they are.
  const found = [...new Set([...deployed, ...releasesOfOtherCharts])].filter((place) =>
    isOurs(place, whole),
  );
  if (found.length === 0) return [];
  const setting = `${claimed.project}:chartSet`;
  const other = otherChartSet(value);
  const before = other === "umbrella" ? ", which were the default before" : "";
  const renamed = found.some((place) => !releasesOfOtherCharts.includes(place));
  const names = renamed ? ", and the settings that name them as they were" : "";
  return problemOf(setting, value)(
    `this stack is deployed with the other charts${before} (${found.length === 1 ? "Helm release" : "Helm releases"} ${shown(found)}), and up would uninstall them with what they have not written to the object store yet`,
    `to stay with them: pulumi config set ${setting} ${other}${names}; to move the stack with its data: npm run migrate${value === "umbrella" ? " -- --to umbrella" : ""} (docs/charts.md)`,
  );
}

/**
 * The tutorial has had MinIO, and has it where a setting names who still has its images; an `up` that no
 * longer finds that setting would begin anew beside it.
 */
export function ofOtherStore(whole: Case): Problem[] {
  const { claimed, own, seen } = whole;
  const { names, data } = claimed;
  const [release] = names.releases;
  if (names.chartSet !== "umbrella" || release === undefined) return [];
  const place = `${release.namespace}/${release.name}`;
  if (data.store !== bundledStore(place, "objectStore")) return [];
  const minio = bundledStore(place, "minio");
  const volume = lgtmServiceName(release.name, "minio");
  // Also where nothing was noted yet: adopted, deployed by an older version, or the state was lost.
  const isInstalled =
    isOurs(place, whole) &&
    (seen.releases.get(place)?.objects ?? []).some(
      ({ kind, metadata }) => kind === "PersistentVolumeClaim" && metadata.name === volume,
    );
  if (own.data?.store !== minio && !isInstalled) return [];
  return problemOf(`${claimed.project}:minioRegistry`, "")(
    `this stack is deployed with the chart's MinIO, and up would put another object store in its place, without what is in ${minio}`,
    `to keep MinIO, from the nodes' cache or a registry that still has it: ${set(claimed, "minioRegistry", "quay.io")} (or that registry); to begin anew: npm run destroy, then pulumi up`,
  );
}

/** Helm reads what to keep from its own record when it uninstalls, and that is from before. */
export function ofLeavingRelease(whole: Case, { release, claims }: LeavingRelease): Problem[] {
  const { project } = whole.claimed;
  const place = `${release.namespace}/${release.name}`;
  const setting = release.chart === charts.otelCollector.name ? "otelCollector" : "lgtm";
  const problem = problemOf(
    `${project}:${setting}ReleaseName`,
    valueOf(whole.claimed, `${setting}ReleaseName`),
  );
  if (!isOwnRelease(place, release, whole.own, whole.marks))
    return problem(
      `the settings no longer name Helm release ${place}, which this stack had, so up would uninstall it; but the one that is there now belongs to ${whoseRelease(release)}`,
      `let the state forget it, which deletes nothing: pulumi state delete, and choose the Release that is called ${place}`,
    );
  if (claims.length === 0) return [];
  return problem(
    `Helm release ${place}, which the settings no longer name, was deployed before Helm was told to keep its volumes, and would delete ${shown(claims)}`,
    "set the name back and run pulumi up once, which makes Helm keep them; then change it",
  );
}

export function noticesOf({ claimed, own, seen }: Case): string[] {
  const { data } = claimed;
  const before = own.data;
  const going = seen.leaving.flatMap(({ name, claims, unseen }) => {
    const hidden = unseen.length === 0 ? "" : ", and what may not be looked at";
    return claims.length === 0 && hidden === ""
      ? []
      : [
          `Data will be deleted: namespace ${name}, with ${count(claims.length, "volume")}${claims.length === 0 ? "" : `: ${shown(claims)}`}${hidden}.`,
        ];
  });
  const shorter = (["logs", "metrics", "traces"] as const).flatMap((signal) => {
    const [days, until] = [data.retentionDays[signal], before?.retentionDays[signal]];
    return until === undefined || days >= until
      ? []
      : [
          `Data will be deleted: ${signal} older than ${count(days, "day")} (until now ${count(until, "day")}), as ${claimed.project}:${signal}RetentionDays says.`,
        ];
  });
  const goes = (namespace: string): boolean => seen.leaving.some(({ name }) => name === namespace);
  const store = before?.store ?? storeSeen(own, seen);
  const moved =
    store === undefined ||
    store === data.store ||
    seen.leaving.some(({ name }) => store.includes(` ${name}/`))
      ? []
      : [
          `Data stays where it is and is not read any more: what is in ${store}; new data goes to ${data.store}. Nothing of it is deleted.`,
        ];
  const renamed = [...own.releases]
    .filter(
      (name) => !claimed.names.releases.some((one) => `${one.namespace}/${one.name}` === name),
    )
    .filter((name) => !goes(name.slice(0, name.indexOf("/"))))
    .map(
      (name) =>
        `Data stays and is not read any more: the volumes of Helm release ${name}, which the settings no longer name. Nothing of them is deleted.`,
    );
  return [...going, ...shorter, ...moved, ...grafanaMoved({ claimed, own, seen }), ...renamed];
}

/** Nobody copies what people have made from one database to the other. */
function grafanaMoved({ claimed, own, seen }: Pick<Case, "claimed" | "own" | "seen">): string[] {
  const before = own.data?.grafana ?? grafanaSeen(own, seen);
  const now = claimed.data.grafana;
  if (before === undefined || before === now) return [];
  // Told with the release, or with the namespace.
  const isVolumeOnly = now?.startsWith("the volume ") === true && before.startsWith("the volume ");
  if (isVolumeOnly || seen.leaving.some(({ name }) => before.includes(` ${name}/`))) return [];
  const place = now ?? "its pod, which keeps nothing";
  return [
    `Data stays where it is and is not read any more: what people have made in Grafana (dashboards, users, silences), in ${before}; Grafana goes on with what is in ${place}. Nothing is copied, and nothing of it is deleted.`,
  ];
}

/** The volume of a Grafana from before this was noted. */
function grafanaSeen(own: OwnState, seen: Seen): string | undefined {
  const volumes = [...own.releases].map((one) => {
    const [namespace = "", name = ""] = one.split("/");
    const hasVolume = (seen.releases.get(one)?.objects ?? []).some(
      ({ kind, metadata }) => kind === "PersistentVolumeClaim" && metadata.name === name,
    );
    return hasVolume ? grafanaVolume(namespace, name) : undefined;
  });
  return volumes.find((volume) => volume !== undefined);
}

/** The store of a stack from before this was noted, which its release has a volume of. */
function storeSeen(own: OwnState, seen: Seen): string | undefined {
  const place = [...own.releases].find((one) =>
    (seen.releases.get(one)?.objects ?? []).some(({ kind }) => kind === "PersistentVolumeClaim"),
  );
  return place === undefined ? undefined : bundledStore(place, "minio");
}
