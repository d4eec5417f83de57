import {
  areRecordsHidden,
  type HelmRelease,
  readRelease,
  UnreadableRelease,
  type ReleasePlace,
} from "../../../lib/helm/release";
import type { Cluster } from "../../../lib/kubernetes/cluster";
import type {
  Claim,
  KubeEvent,
  KubeNode,
  Namespace,
  Pod,
  Service,
  StorageClass,
  Workload,
} from "../../../lib/kubernetes/types";
import type { CliError } from "../../../lib/terminal/errors";
import { namespacesOf, releasesOf, type Stack } from "../../stack";
import { balancerSign } from "./balancer-signs";
import { requestsOf } from "./plan";
import type { RunningPod } from "./scheduling";

/** What doctor sees of the cluster, all read at one moment. */
export interface Snapshot {
  readonly now: Date;
  readonly nodes: readonly KubeNode[];
  /** Every pod of the cluster that takes up room on a node. */
  readonly running: readonly RunningPod[];
  /** What runs in the cluster and is known to give load balancers their addresses. */
  readonly balancerSigns: readonly string[];
  /** Services of type LoadBalancer, in the whole cluster. */
  readonly balancers: readonly Service[];
  readonly storageClasses: readonly StorageClass[];
  readonly namespaces: readonly Namespace[];
  // In the stack's namespaces:
  readonly pods: readonly Pod[];
  readonly workloads: readonly Workload[];
  readonly claims: readonly Claim[];
  readonly services: readonly Service[];
  readonly events: readonly KubeEvent[];
  readonly releases: readonly Installed[];
}

/** A release of the stack, and what Helm knows of it. */
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

/** Reads everything at once; what the credentials do not allow is empty. */
export async function takeSnapshot(stack: Stack, cluster: Cluster, now: Date): Promise<Snapshot> {
  const own = namespacesOf(stack);
  const everywhere = async <T>(list: (namespace: string) => Promise<T[]>): Promise<T[]> =>
    (await Promise.all(own.map(list))).flat();
  const core = <T>(resource: string): Promise<T[]> =>
    everywhere((namespace) => cluster.list<T>(`/api/v1/namespaces/${namespace}/${resource}`));

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
  const [
    nodes,
    running,
    services,
    storageClasses,
    namespaces,
    pods,
    claims,
    events,
    workloads,
    releases,
  ] = await Promise.all([
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
    core<Claim>("persistentvolumeclaims"),
    core<KubeEvent>("events"),
    Promise.all(controllers.map(controllersOf)),
    Promise.all(
      releasesOf(stack).map(async (place) => {
        try {
          const release = await readRelease(cluster, place);
          return { place, release, hidden: areRecordsHidden(cluster, place) };
        } catch (error) {
          if (!(error instanceof UnreadableRelease)) throw error;
          return { place, release: undefined, unreadable: error };
        }
      }),
    ),
  ]);
  return {
    now,
    nodes,
    running: running.filter(({ node }) => node !== ""),
    balancerSigns: [...signs],
    balancers: services.filter(({ spec }) => spec?.type === "LoadBalancer"),
    storageClasses,
    namespaces: namespaces.filter((one) => one !== undefined),
    pods,
    workloads: workloads.flat(),
    claims,
    services: services.filter(({ metadata }) => own.includes(metadata.namespace ?? "")),
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
