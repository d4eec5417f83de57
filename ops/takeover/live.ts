/** Objects of the cluster that resources of the program stand for. */
import type { Cluster } from "../../lib/kubernetes/cluster";
import { kindsOf, type Kinds } from "../../lib/kubernetes/discovery";
import type { KubeObject, ManagedFields } from "../../lib/kubernetes/objects";
import type { StateResource } from "../../lib/pulumi/state";

/** The object that a resource of the program stands for; undefined for anything else. */
export function objectOf({
  type,
  inputs,
}: Pick<StateResource, "type" | "inputs">): KubeObject | undefined {
  const isObject = /^kubernetes:(?!helm\.sh\/)[\w.-]+\/\w+:\w+$/.test(type);
  const { apiVersion, kind, metadata } = (inputs ?? {}) as Partial<KubeObject>;
  // A patch stands for somebody else's object.
  if (!isObject || type.endsWith("Patch") || apiVersion === undefined || kind === undefined)
    return undefined;
  return metadata?.name === undefined ? undefined : { ...inputs, apiVersion, kind, metadata };
}

/** `namespace/name`, or the name alone: how the provider calls an object. */
export function idOf({ metadata: { name, namespace } }: KubeObject): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

export interface Live {
  readonly path: string;
  readonly object: KubeObject;
}

/** Those objects of the cluster that are wanted; what is not there is undefined. */
export async function findLive(
  cluster: Cluster,
  wanted: readonly KubeObject[],
): Promise<(Live | undefined)[]> {
  const kinds: Kinds = await kindsOf(cluster, wanted);
  return Promise.all(
    wanted.map(async (one) => {
      const path = kinds.pathOf(one, one.metadata.namespace ?? "default");
      const object = path === undefined ? undefined : await cluster.find<KubeObject>(path);
      return path === undefined || object === undefined ? undefined : { path, object };
    }),
  );
}

/**
 * Who owns the fields of an object when everybody else has let go of them: the server gives a field that is
 * to change to a new owner only then. Who reports how the object is stays noted.
 *
 * @param annotations those that this manager sets: with nobody noted, the server would name an owner of its
 *   own for every field
 * @param stays whether another owner stays noted
 */
export function freedFrom(
  { apiVersion, metadata: { managedFields = [] } }: KubeObject,
  manager: string,
  annotations: readonly string[],
  stays: (entry: ManagedFields) => boolean = () => false,
): ManagedFields[] {
  const owned = Object.fromEntries(annotations.map((name) => [`f:${name}`, {}]));
  const entry = {
    ...{ manager, operation: "Update", apiVersion, fieldsType: "FieldsV1" },
    fieldsV1: { "f:metadata": { "f:annotations": owned } },
  };
  return [...managedFields.filter((one) => (one.subresource ?? "") !== "" || stays(one)), entry];
}
