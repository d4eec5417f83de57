/** Which kinds the API server serves, and under which paths. */
import { ApiError } from "../terminal/errors";
import type { Cluster } from "./cluster";
import type { KubeObject } from "./objects";

export interface Resource {
  /** Plural, as in paths. */
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly groupVersion: string;
}

interface ResourceList {
  readonly resources?: readonly (Omit<Resource, "groupVersion"> & { readonly group?: string })[];
}

interface GroupList {
  readonly groups?: readonly { readonly preferredVersion?: { readonly groupVersion: string } }[];
}

/** Kinds of one group and version, without subresources; empty when it is not served. */
async function resourcesOf(cluster: Cluster, groupVersion: string): Promise<Resource[]> {
  const list = await kindsIn(groupVersion, cluster);
  return (list?.resources ?? [])
    .filter(({ name }) => !name.includes("/"))
    .map((resource) => ({ ...resource, groupVersion }));
}

/** An extension API whose server does not run answers 503, and the rest of the cluster is well. */
async function kindsIn(groupVersion: string, cluster: Cluster): Promise<ResourceList | undefined> {
  try {
    return await cluster.find<ResourceList>(folderOf(groupVersion));
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 503) throw error;
    cluster.cannotSee(new ApiError(error.code, error.path, `${groupVersion}: ${error.message}`));
    return undefined;
  }
}

/** The kinds that these objects are of. */
export async function kindsOf(
  cluster: Cluster,
  objects: readonly Pick<KubeObject, "apiVersion">[],
): Promise<Kinds> {
  const versions = [...new Set(objects.map(({ apiVersion }) => apiVersion))];
  const found = await Promise.all(versions.map(async (one) => resourcesOf(cluster, one)));
  return new Kinds(found.flat());
}

export async function allKinds(cluster: Cluster): Promise<Kinds> {
  const groups = await cluster.find<GroupList>("/apis");
  const versions = (groups?.groups ?? []).flatMap(
    ({ preferredVersion }) => preferredVersion?.groupVersion ?? [],
  );
  const found = await Promise.all(
    ["v1", ...versions].map(async (one) => resourcesOf(cluster, one)),
  );
  return new Kinds(found.flat());
}

export class Kinds {
  constructor(readonly all: readonly Resource[]) {}

  of({ apiVersion, kind }: Pick<KubeObject, "apiVersion" | "kind">): Resource | undefined {
    return this.all.find((one) => one.groupVersion === apiVersion && one.kind === kind);
  }

  /** Where an object is; undefined when its kind is not served. */
  pathOf(object: KubeObject, defaultNamespace: string): string | undefined {
    const resource = this.of(object);
    if (resource === undefined) return undefined;
    const { name, namespace = defaultNamespace } = object.metadata;
    return `${listPath(resource, namespace)}/${name}`;
  }
}

export function listPath({ groupVersion, name, namespaced }: Resource, namespace: string): string {
  return namespaced
    ? `${folderOf(groupVersion)}/namespaces/${namespace}/${name}`
    : `${folderOf(groupVersion)}/${name}`;
}

function folderOf(groupVersion: string): string {
  return groupVersion.includes("/") ? `/apis/${groupVersion}` : `/api/${groupVersion}`;
}
