/** The objects that Pulumi's state says were deployed. */
import { type FieldSet, isRecord, type KubeObject } from "../../../lib/kubernetes/objects";
import { isSecret, type State, type StateResource } from "../../../lib/pulumi/state";
import { unknown } from "./compare";
import type { DeployedObject } from "./objects";

/** The program's own objects as Pulumi last set them; encrypted values are not known in clear. */
export function wantedByPulumi(state: State): DeployedObject[] {
  return state.objects.flatMap((resource) => {
    const object = inClear(resource.inputs, resource);
    if (!isObject(object)) return [];
    const namespace = object.metadata.namespace ?? "";
    const from = isPatch(resource) ? ("patch" as const) : ("pulumi" as const);
    return [{ from, object: withNameOf(resource, object), namespace }];
  });
}

/** The program's patches of objects that are Helm's, by "kind namespace/name". */
export function patchesOf(state: State): KubeObject[] {
  const patches = state.objects.filter(isPatch);
  return patches.flatMap((resource) => {
    const object = inClear(resource.inputs, resource);
    return isObject(object) ? [object] : [];
  });
}

function isPatch({ type }: StateResource): boolean {
  return type.endsWith("Patch");
}

function isObject(value: unknown): value is KubeObject {
  return isRecord(value) && typeof value["kind"] === "string" && isRecord(value["metadata"]);
}

/** The name may have been chosen by the provider, and is then in the id only. */
function withNameOf({ id = "" }: StateResource, object: KubeObject): KubeObject {
  const name = (object.metadata as { name?: string }).name ?? id.split("/").at(-1) ?? "";
  return { ...object, metadata: { ...object.metadata, name } };
}

function inClear(value: unknown, resource: StateResource, path: readonly string[] = []): unknown {
  if (isSecret(value)) return keysOf(resource, path) ?? unknown;
  if (Array.isArray(value))
    return value.map((item, index) => inClear(item, resource, [...path, String(index)]));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !key.startsWith("__"))
      .map(([key, item]) => [key, inClear(item, resource, [...path, key])]),
  );
}

/** What is inside an encrypted map, by name: that is written down beside it, and is no secret. */
function keysOf({ outputs }: StateResource, path: readonly string[]): object | undefined {
  const metadata = outputs?.["metadata"];
  const entries = isRecord(metadata) ? metadata["managedFields"] : undefined;
  if (!Array.isArray(entries)) return undefined;
  for (const entry of entries as { fieldsV1?: FieldSet; operation?: string }[]) {
    let set: FieldSet | undefined = entry.fieldsV1;
    for (const key of path) set = set?.[`f:${key}`];
    const keys = Object.keys(set ?? {}).filter((key) => key.startsWith("f:"));
    if (keys.length > 0) return Object.fromEntries(keys.map((key) => [key.slice(2), unknown]));
  }
  return undefined;
}
