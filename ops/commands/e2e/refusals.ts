/** What stands on a cluster where a trial run would work. Looks only. */
import type { NamespaceName, StackNames } from "../../../config/names";
import type { Cluster } from "../../../lib/kubernetes/cluster";
import { allKinds, type Kinds, listPath } from "../../../lib/kubernetes/discovery";
import { type HasMetadata, refOf } from "../../../lib/kubernetes/objects";
import {
  describeMark,
  markOf,
  type OwnMarks,
  stackIdLabel,
} from "../../../lib/kubernetes/ownership";
import { contentsOf, refsOf } from "../../../lib/kubernetes/unmanaged";
import { CliError } from "../../../lib/terminal/errors";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import { list } from "../../../lib/terminal/screen";

/** Nothing is this run's before it has begun. */
const nobodys: OwnMarks = {
  ids: new Set(),
  uids: new Map(),
  isMarked: false,
  releases: new Set(),
};

/**
 * Refuses a cluster on which the run would meet what is there: namespaces of its names, a stack of this
 * program, or cluster-scoped objects of its releases' names.
 *
 * @throws CliError that names what is there
 */
export async function refuseOccupied(
  cluster: Cluster,
  names: Pick<StackNames, "namespaces" | "objects">,
): Promise<void> {
  const kinds = await allKinds(cluster);
  const inNamespaces = names.namespaces.map(async (one) => inNamespace(one, cluster, kinds));
  const named = names.namespaces.map(({ name }) => name);
  const found = [
    ...(await Promise.all(inNamespaces)).flat(),
    ...(await stacksOn(cluster, named)),
    ...(await clusterWide(names, cluster)),
  ];
  const unseen = cluster.forbidden;
  if (found.length === 0 && unseen.length === 0) return;
  const what = found.length > 0 ? found : unseen.map((words) => `not allowed to look: ${words}`);
  throw new CliError(
    [
      `Cluster ${cluster.context} is not empty where this would work. Nothing was changed.`,
      ...what.map((line) => `  ${line}`),
    ].join("\n"),
    {
      fix: "take a cluster of its own (kind create cluster), or other names: --set lgtmNamespace=... --set otelCollectorNamespace=... --set demoNamespace=..., with release names of their own; a stack of this program needs a cluster without another one",
      exitCode: found.length > 0 ? exitCodes.problem : exitCodes.unreachable,
    },
  );
}

async function inNamespace(
  { name, existing }: NamespaceName,
  cluster: Cluster,
  kinds: Kinds,
): Promise<string[]> {
  const live = await cluster.find<HasMetadata>(`/api/v1/namespaces/${name}`);
  if (live === undefined) return [];
  const { others, unseen } = await contentsOf(name, nobodys, cluster, kinds);
  const holds = [...refsOf(others), ...unseen.map((kind) => `unseen ${kind}`)];
  if (holds.length > 0) return [`namespace ${name} holds ${list(holds, 8)}`];
  return existing ? [] : [`namespace ${name} is there already, and empty`];
}

/** Namespaces of any stack of this program, wherever they are. */
async function stacksOn(cluster: Cluster, named: readonly string[]): Promise<string[]> {
  const marked = await cluster.list<HasMetadata>("/api/v1/namespaces", {
    labelSelector: stackIdLabel,
  });
  return marked
    .filter(({ metadata }) => !named.includes(metadata.name))
    .flatMap(({ metadata }) => {
      const mark = markOf(metadata);
      return mark === undefined ? [] : [`namespace ${metadata.name} is of ${describeMark(mark)}`];
    });
}

/** Objects of the whole cluster that bear a name that this stack would take, whoever has made them. */
async function clusterWide(
  { objects }: Pick<StackNames, "objects">,
  cluster: Cluster,
): Promise<string[]> {
  const wanted = objects.filter(({ namespace }) => namespace === undefined);
  const found = await Promise.all(
    wanted.map(async ({ apiVersion, resource, kind, name }) => {
      const folder = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
      const live = await cluster.find<HasMetadata>(`${folder}/${resource}/${name}`);
      return live === undefined ? [] : [`${refOf({ kind, metadata: live.metadata })} is there`];
    }),
  );
  return found.flat();
}

/** Kinds whose objects come and go by themselves, or with nodes and clouds. */
const passing =
  /^(nodes|componentstatuses|leases|certificatesigningrequests|csinodes|volumeattachments|podsecuritypolicies|flowschemas|prioritylevelconfigurations|apiservices|ipaddresses|servicecidrs|resourceslices)$|metrics/;

/** Every object without a namespace, as "kind name": for what came and went between two looks. */
export async function clusterScoped(cluster: Cluster): Promise<string[]> {
  const kinds = await allKinds(cluster);
  const listed = kinds.all
    .filter(
      ({ namespaced, verbs, name, groupVersion }) =>
        !namespaced &&
        verbs.includes("list") &&
        !passing.test(name) &&
        !/metrics/.test(groupVersion),
    )
    .map(async (resource) => {
      const found = await cluster.list<HasMetadata>(listPath(resource, ""));
      return found.map(({ metadata }) => refOf({ kind: resource.kind, metadata }));
    });
  return [...new Set((await Promise.all(listed)).flat())].sort();
}
