/** The pods through which data comes into the stores, and those that hold what is not in the object store yet. */
import { setTimeout as sleep } from "node:timers/promises";
import type { HelmRelease } from "../../../lib/helm/release";
import { ApiError, type Cluster } from "../../../lib/kubernetes/cluster";
import type { Pod, Workload } from "../../../lib/kubernetes/types";
import { CliError } from "../../../lib/terminal/errors";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import { type StoreName, stores } from "../verify/signals";
import { isReady, isSimulated } from "../verify/transport/pods";
import { type PodAccess, podHttp } from "./pod-http";
import type { Ingester } from "./write-out";

/** By this name the API server notes what this command, and resize by its steps, has changed. */
export const migrateManager = "lgtm-migrate";

/** A Deployment or StatefulSet of a release, as its chart has made it. */
export interface Scaled {
  readonly kind: "Deployment" | "StatefulSet";
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Whether Helm was cut off at its release. */
  readonly isUnfinished: boolean;
}

/** One store of a deployed stack. */
export interface DeployedStore {
  readonly store: StoreName;
  /** What writes to the ingesters. */
  readonly intake: readonly Scaled[];
  readonly ingesters: readonly Scaled[];
}

/** What each component is called by its chart; Loki as one process has none of its own that takes data. */
const components = {
  intake: ["distributor", "ruler"],
  ingesters: ["ingester", "single-binary"],
} as const;

/** The stores of these releases, those that are left out that none of them has. */
export function storesOf(releases: readonly HelmRelease[]): DeployedStore[] {
  const all = releases.flatMap((release) =>
    release.objects.flatMap((object) => scaledOf(object, release) ?? []),
  );
  return stores.flatMap((store) => {
    const of = (names: readonly string[]): Scaled[] =>
      all.filter(
        ({ labels }) =>
          labels["app.kubernetes.io/name"] === store &&
          names.includes(labels["app.kubernetes.io/component"] ?? ""),
      );
    const ingesters = of(components.ingesters);
    const distributors = of(components.intake);
    const intake = distributors.length > 0 ? distributors : of(["gateway"]);
    return ingesters.length === 0 ? [] : [{ store, intake, ingesters }];
  });
}

function scaledOf(
  { kind, metadata, ...object }: HelmRelease["objects"][number],
  release: HelmRelease,
): Scaled | undefined {
  if (kind !== "Deployment" && kind !== "StatefulSet") return undefined;
  const spec = object["spec"] as
    | (Workload["spec"] & {
        readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
      })
    | undefined;
  return {
    kind,
    namespace: metadata.namespace ?? release.namespace,
    name: metadata.name,
    replicas: spec?.replicas ?? 1,
    labels: spec?.selector?.matchLabels ?? {},
    isUnfinished: release.status !== "deployed",
  };
}

function pathOf({ kind, namespace, name }: Scaled): string {
  return `/apis/apps/v1/namespaces/${namespace}/${kind.toLowerCase()}s/${name}`;
}

/** Gives a workload another number of pods; false when it is gone. */
export async function scale(cluster: Cluster, one: Scaled, replicas: number): Promise<boolean> {
  try {
    await cluster.patch(
      pathOf(one),
      { spec: { replicas } },
      { type: "merge", manager: migrateManager },
    );
    return true;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 404) throw error;
    return false;
  }
}

/** Pods of a workload. */
export async function podsOf(
  cluster: Cluster,
  { namespace, labels }: Pick<Scaled, "labels" | "namespace">,
): Promise<Pod[]> {
  const labelSelector = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
  // Without one, every pod of the namespace would do.
  if (labelSelector === "") return [];
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const pods = await cluster.list<Pod>(path, { labelSelector });
  const refused = cluster.refusalOf(path);
  if (refused !== undefined) throw forbidden(refused);
  return pods;
}

/** Takes all pods of a workload away, and waits until they have ended. */
export async function empty(cluster: Cluster, one: Scaled, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await scale(cluster, one, 0);
  while ((await podsOf(cluster, one)).length > 0) await sleep(500, undefined, { signal });
}

/**
 * How long what takes data in may go on after it was told to end, in seconds. Mimir's distributor would wait for
 * its clients to notice, for up to 90 s. It keeps nothing: what it is cut off at was not acknowledged, and the
 * collector sends it again.
 */
const INTAKE_GRACE_SECONDS = 5;

/** {@link empty}, for pods that keep nothing. */
export async function emptySoon(cluster: Cluster, one: Scaled, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  // Before their owner does: a kubelet goes by the first word. What the owner makes instead ends before it starts.
  const pods = await podsOf(cluster, one);
  await Promise.all(pods.map(async ({ metadata }) => endSoon(cluster, one, metadata)));
  await empty(cluster, one, signal);
}

async function endSoon(
  cluster: Cluster,
  { namespace }: Scaled,
  { name, uid = "" }: Pod["metadata"],
): Promise<void> {
  try {
    const path = `/api/v1/namespaces/${namespace}/pods/${name}`;
    await cluster.delete(path, uid, { gracePeriodSeconds: INTAKE_GRACE_SECONDS });
  } catch (error) {
    // It is gone by now, or one may not: then it takes the time that its chart gives it.
    if (!(error instanceof ApiError) || ![403, 404, 409].includes(error.code)) throw error;
  }
}

/**
 * The pods of a workload, all of them ready: an earlier run that was killed may have taken some away before it
 * had seen that all was written. None of a workload that Helm had deleted when it was cut off: it is uninstalled
 * only after that.
 */
export async function readyPodsOf(
  cluster: Cluster,
  one: Scaled,
  signal: AbortSignal,
): Promise<Pod[]> {
  const isThere = await scale(cluster, one, one.replicas);
  if (!isThere && one.isUnfinished) return [];
  const end = Date.now() + readyLimitMs;
  for (;;) {
    const pods = await podsOf(cluster, one);
    if (pods.filter(isReady).length === one.replicas && pods.length === one.replicas) return pods;
    if (Date.now() > end)
      throw new CliError(
        `${one.kind} ${one.namespace}/${one.name} has ${String(pods.filter(isReady).length)} of ${String(one.replicas)} pods ready, and those that are not cannot write out what they have.`,
        {
          fix: `${cluster.kubectl(`--namespace ${one.namespace} describe ${one.kind.toLowerCase()} ${one.name}`)} says why; then run the same command again`,
          exitCode: exitCodes.problem,
        },
      );
    await sleep(500, undefined, { signal });
  }
}

/** How long pods may take to become ready, in milliseconds. */
const readyLimitMs = 5 * 60_000;

/** Whether no program runs in the pods, which are a sandbox's. */
export async function areSimulated(cluster: Cluster, pods: readonly Pod[]): Promise<boolean> {
  const each = await Promise.all(pods.map(async (pod) => isSimulated(cluster, pod)));
  return each.length > 0 && each.every(Boolean);
}

/** How long a pod may be silent while it writes, in milliseconds. */
const silenceMs = 30 * 60_000;

/** How long a pod may take to tell its metrics, in milliseconds. */
const metricsLimitMs = 15_000;

/** The pod of an ingester as {@link Ingester}; `end` is the end of all pods of its workload. */
export function ingesterOf(access: PodAccess, pod: Pod, end: () => Promise<void>): Ingester {
  const { cluster } = access;
  const { namespace = "", name } = pod.metadata;
  const folder = `/api/v1/namespaces/${namespace}/pods`;
  const { container, port } = httpOf(pod);
  const ask = podHttp(access, { namespace, pod: name, port });
  const lines = async (query: Readonly<Record<string, string | number>>): Promise<string> =>
    cluster.text(`${folder}/${name}/log`, { container, ...query }, "*/*", silenceMs);
  return {
    name: `pod ${namespace}/${name}`,
    post: async (path) => {
      await ask({ method: "POST", path, limitMs: silenceMs });
    },
    metrics: async () => ask({ method: "GET", path: "/metrics", limitMs: metricsLimitMs }),
    log: async (since) => {
      const sinceTime = since.toISOString();
      // Kubernetes starts a program again that is not ready for long.
      const before = await lines({ sinceTime, previous: "true" }).catch((error: unknown) => {
        if (error instanceof ApiError && (error.code === 400 || error.code === 404)) return "";
        throw error;
      });
      return `${before}\n${await lines({ sinceTime })}`;
    },
    end: async () => {
      // Until the container has ended; asked for first, or its last words would be gone with the pod.
      const log = lines({ follow: "true", sinceSeconds: 1 });
      const [words] = await Promise.all([log, end()]);
      return words;
    },
  };
}

function httpOf({ metadata, spec }: Pod): { readonly container: string; readonly port: number } {
  for (const { name, ports = [] } of spec.containers) {
    const found = ports.find((one) => /^http(-metrics?)?$/.test(one.name ?? ""));
    if (found !== undefined) return { container: name, port: found.containerPort };
  }
  throw new CliError(`Pod ${metadata.namespace ?? ""}/${metadata.name} has no port called http.`, {
    exitCode: exitCodes.problem,
  });
}

function forbidden(words: string): CliError {
  return new CliError(`The pods of the stores may not be looked at: ${words}.`, {
    fix: "ask for the right to list pods, to read their logs, and for pods/proxy, in the stores' namespace",
    exitCode: exitCodes.unreachable,
  });
}
