import type { Cluster } from "../../../lib/kubernetes/cluster";
import { type Metadata, refOf } from "../../../lib/kubernetes/objects";
import { releasesOf, type Stack } from "../../stack";

const workloads = [
  ["apps", "deployments", "Deployment"],
  ["apps", "statefulsets", "StatefulSet"],
  ["apps", "daemonsets", "DaemonSet"],
  ["batch", "cronjobs", "CronJob"],
] as const;

/** Workloads in the stack's namespaces that neither Pulumi nor its Helm releases have made. */
export async function unmanagedWorkloadsIn(
  namespaces: readonly string[],
  stack: Stack,
  cluster: Cluster,
): Promise<string[]> {
  const releases = releasesOf(stack).map(({ name }) => name);
  const own = new Set(stack.state.objects.map(({ id = "" }) => id));
  const isStrange = ({
    name,
    namespace = "",
    annotations,
    ownerReferences = [],
  }: Metadata): boolean =>
    ownerReferences.length === 0 &&
    !own.has(`${namespace}/${name}`) &&
    !releases.includes(annotations?.["meta.helm.sh/release-name"] ?? "");
  const found = await Promise.all(
    namespaces.flatMap((namespace) =>
      workloads.map(async ([group, resource, kind]) =>
        cluster.list<{ readonly metadata: Metadata }, string | undefined>(
          `/apis/${group}/v1/namespaces/${namespace}/${resource}`,
          {},
          ({ metadata }) => (isStrange(metadata) ? refOf({ kind, metadata }) : undefined),
        ),
      ),
    ),
  );
  return found.flat().filter((one) => one !== undefined);
}
