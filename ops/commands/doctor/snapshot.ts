/** What doctor reads from the cluster, all at one moment. */
import {
  areRecordsHidden,
  type HelmRelease,
  readRelease,
  UnreadableRelease,
  type ReleasePlace,
} from "../../../lib/helm/release";
import type { Cluster } from "../../../lib/kubernetes/cluster";
import type { Metadata } from "../../../lib/kubernetes/objects";
import { isOwnObject, isOwnRelease, type OwnMarks } from "../../../lib/kubernetes/ownership";
import type {
  PersistentVolumeClaim,
  KubeEvent,
  KubeNode,
  Namespace,
  Pod,
  Service,
  StorageClass,
  Workload,
} from "../../../lib/kubernetes/types";
import { isOwn } from "../../../lib/kubernetes/unmanaged";
import type { CliError } from "../../../lib/terminal/errors";
import { ownOf, releasePlaces } from "../../own";
import { existingNamespaces, madeNamespaces, namedNamespaces, type Stack } from "../../stack";
import { balancerSign } from "./balancer-signs";
import { answersDns } from "./cluster-dns";
import { requestsOf } from "./planned-pods";
import type { RunningPod } from "./scheduling";

export interface Snapshot {
  readonly now: Date;
  readonly nodes: readonly KubeNode[];
  /** Every pod of the cluster that takes up room on a node. */
  readonly running: readonly RunningPod[];
  /** What runs in the cluster and is known to give load balancers their addresses. */
  readonly balancerSigns: readonly string[];
  /** Services of type LoadBalancer, in the whole cluster. */
  readonly balancers: readonly Service[];
  /** Services that answer DNS, in the whole cluster. */
  readonly dnsServices: readonly Service[];
  readonly storageClasses: readonly StorageClass[];
  readonly namespaces: readonly Namespace[];
  // In the stack's namespaces:
  readonly pods: readonly Pod[];
  readonly workloads: readonly Workload[];
  readonly claims: readonly PersistentVolumeClaim[];
  readonly services: readonly Service[];
  readonly events: readonly KubeEvent[];
  readonly releases: readonly Installed[];
}

export interface Installed {
  readonly place: ReleasePlace;
  readonly release: HelmRelease | undefined;
  /** Whether Helm's records are not to be seen, so that nobody knows. */
  readonly hidden?: boolean;
  /** Why Helm's record cannot be read, if it is there and cannot. */
  readonly unreadable?: CliError;
}

const servicesPath = "/api/v1/services";

const controllers = [
  ["apps", "deployments", "Deployment"],
  ["apps", "statefulsets", "StatefulSet"],
  ["batch", "jobs", "Job"],
] as const;

/** Those that still take up room. */
const unfinished = { fieldSelector: "status.phase!=Failed,status.phase!=Succeeded" };

/** What of the cluster is the stack's to be looked at. */
export interface Scope {
  readonly marks: OwnMarks;
  /** Namespaces of the stack's own, and those of others that it uses. */
  readonly namespaces: readonly string[];
  /** Those of others: only what is the stack's own in there is looked at. */
  readonly shared: ReadonlySet<string>;
  readonly releases: readonly Installed[];
}

/** Finds out what under the stack's names is the stack's; what is not is told by {@link checkOwnership}. */
export async function scopeOf(stack: Stack, cluster: Cluster): Promise<Scope> {
  const { marks } = ownOf(stack);
  const made = madeNamespaces(stack);
  const named = namedNamespaces(stack).filter((name) => !made.includes(name));
  const existing = existingNamespaces(stack);
  const [found, releases] = await Promise.all([
    Promise.all(
      named.map(async (name) => {
        const path = `/api/v1/namespaces/${name}`;
        const live = await cluster.find<Namespace>(path);
        const isOurs =
          live === undefined ? cluster.refuses(path) : isOwnObject(live.metadata, marks);
        return { name, isThere: live !== undefined, isOurs };
      }),
    ),
    Promise.all(releasePlaces(stack).map(async (place) => installedAt(place, cluster))),
  ]);
  const own = releases.filter(
    ({ release }) => release === undefined || isOwnRelease(release, marks),
  );
  const shared = found.filter(
    ({ name, isThere, isOurs }) => isThere && !isOurs && existing.includes(name),
  );
  const ours = found.filter(({ isOurs }) => isOurs);
  const places = own.flatMap(({ place, release }) =>
    release === undefined ? [] : [`${place.namespace}/${place.name}`],
  );
  return {
    marks: { ...marks, releases: new Set([...marks.releases, ...places]) },
    namespaces: [...made, ...[...ours, ...shared].map(({ name }) => name)],
    shared: new Set(shared.map(({ name }) => name)),
    releases: own,
  };
}

async function installedAt(place: ReleasePlace, cluster: Cluster): Promise<Installed> {
  try {
    const release = await readRelease(cluster, place);
    return { place, release, hidden: areRecordsHidden(cluster, place) };
  } catch (error) {
    if (!(error instanceof UnreadableRelease)) throw error;
    return { place, release: undefined, unreadable: error };
  }
}

/** Reads everything at once; what the credentials do not allow is empty. */
export async function takeSnapshot(
  { marks, namespaces: own, shared, releases }: Scope,
  cluster: Cluster,
  now: Date,
): Promise<Snapshot> {
  const everywhere = async <T>(list: (namespace: string) => Promise<T[]>): Promise<T[]> =>
    (await Promise.all(own.map(list))).flat();
  const core = <T>(resource: string): Promise<T[]> =>
    everywhere((namespace) => cluster.list<T>(`/api/v1/namespaces/${namespace}/${resource}`));
  const isOurs = (kind: string, metadata: Metadata): boolean =>
    !shared.has(metadata.namespace ?? "") || isOwn(kind, metadata, marks);

  const signs = new Set<string>();
  const controllersOf = async ([group, resource, kind]: (typeof controllers)[number]) =>
    everywhere(async (namespace) =>
      cluster.list<Omit<Workload, "kind">, Workload>(
        `/apis/${group}/v1/namespaces/${namespace}/${resource}`,
        {},
        // Items of a list do not say what they are.
        (object) => ({ ...object, kind }),
      ),
    );
  // All in one, so that whichever fails first speaks for all.
  const [nodes, running, services, storageClasses, namespaces, pods, claims, events, workloads] =
    await Promise.all([
      cluster.list<KubeNode>("/api/v1/nodes"),
      cluster.list<Pod, RunningPod>("/api/v1/pods", unfinished, (pod) => {
        const sign = balancerSign(pod);
        if (sign !== undefined) signs.add(sign);
        const { nodeName = "" } = pod.spec;
        return { ...requestsOf(pod.spec), node: nodeName, workload: workloadOf(pod) };
      }),
      cluster.list<Service>(servicesPath).then(async (all) =>
        // Whoever may look into the stack's namespaces only has not asked in vain.
        cluster.refuses(servicesPath) ? core<Service>("services") : all,
      ),
      cluster.list<StorageClass>("/apis/storage.k8s.io/v1/storageclasses"),
      Promise.all(own.map((name) => cluster.find<Namespace>(`/api/v1/namespaces/${name}`))),
      core<Pod>("pods"),
      core<PersistentVolumeClaim>("persistentvolumeclaims"),
      core<KubeEvent>("events"),
      Promise.all(controllers.map(controllersOf)),
    ]);
  const ownWorkloads = workloads.flat().filter(({ kind, metadata }) => isOurs(kind, metadata));
  const keys = new Set(
    ownWorkloads.map(({ metadata }) => `${metadata.namespace ?? ""}/${metadata.name}`),
  );
  return {
    now,
    nodes,
    running: running.filter(({ node }) => node !== ""),
    balancerSigns: [...signs],
    balancers: services.filter(({ spec }) => spec?.type === "LoadBalancer"),
    dnsServices: services.filter(answersDns),
    storageClasses,
    namespaces: namespaces.filter((one) => one !== undefined),
    pods: pods.filter((pod) => isOurs("Pod", pod.metadata) || keys.has(workloadOf(pod) ?? "")),
    workloads: ownWorkloads,
    claims: claims.filter(({ metadata }) => isOurs("PersistentVolumeClaim", metadata)),
    services: services
      .filter(({ metadata }) => own.includes(metadata.namespace ?? ""))
      .filter(({ metadata }) => isOurs("Service", metadata)),
    events,
    releases,
  };
}

/** "namespace/workload" of the Deployment, StatefulSet or Job that a pod belongs to. */
export function workloadOf({ metadata }: Pick<Pod, "metadata">): string | undefined {
  const owner = metadata.ownerReferences?.[0];
  if (owner === undefined) return undefined;
  // A Deployment's pods belong to a ReplicaSet, which has its name and a hash.
  const name = owner.kind === "ReplicaSet" ? owner.name.replace(/-[a-z0-9]+$/, "") : owner.name;
  return `${metadata.namespace ?? ""}/${name}`;
}
