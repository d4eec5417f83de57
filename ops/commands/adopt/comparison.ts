/** What one version of a release's objects has otherwise than another. */
import { refusalOf } from "../../../lib/kubernetes/immutable-fields";
import { isRecord, type KubeObject, refOf } from "../../../lib/kubernetes/objects";

export interface ObjectChange {
  readonly object: KubeObject;
  readonly change: "added" | "removed" | "changed";
  /** Fields that differ, such as `spec.template.spec.affinity`; at most as deep as is told apart. */
  readonly fields: readonly string[];
  readonly restarts: boolean;
  /** Pods before and after, when their number changes. */
  readonly replicas: readonly [number, number] | undefined;
  /** Why the API server refuses the change, or may refuse it; undefined when it does not. */
  readonly refused: string | undefined;
}

/**
 * Compares the objects of a release before and after.
 *
 * @param namespace where those are that name none
 */
export function compareObjects(
  before: readonly KubeObject[],
  after: readonly KubeObject[],
  namespace: string,
): ObjectChange[] {
  const placed = (object: KubeObject): KubeObject => ({
    ...object,
    metadata: { ...object.metadata, namespace: object.metadata.namespace ?? namespace },
  });
  const [old, young] = [before, after].map(
    (objects) => new Map(objects.map(placed).map((object) => [refOf(object), object] as const)),
  );
  const removed = [...(old ?? [])].filter(([key]) => young?.has(key) !== true);
  return [
    ...removed.map(([, object]) => whole("removed", object)),
    ...[...(young ?? [])].flatMap(([key, object]) => {
      const former = old?.get(key);
      if (former === undefined) return [whole("added", object)];
      const change = changeOf(former, object);
      return change === undefined ? [] : [change];
    }),
  ];
}

function whole(change: "added" | "removed", object: KubeObject): ObjectChange {
  const nothing = { fields: [], restarts: false, replicas: undefined, refused: undefined };
  return { object, change, ...nothing };
}

/** The change from one version of an object to another; undefined when there is none. */
export function changeOf(before: KubeObject, after: KubeObject): ObjectChange | undefined {
  const fields = differences(before, after);
  if (fields.length === 0) return undefined;
  const [old, young] = [specOf(before), specOf(after)];
  const pods = ["Deployment", "StatefulSet", "DaemonSet"].includes(after.kind);
  const [from, to] = [Number(old["replicas"] ?? 1), Number(young["replicas"] ?? 1)];
  return {
    object: after,
    change: "changed",
    fields,
    restarts: pods && fields.some((field) => field.startsWith("spec.template.")),
    replicas: pods && from !== to ? [from, to] : undefined,
    refused: refusalOf(before, after)?.reason,
  };
}

function specOf(object: KubeObject): Readonly<Record<string, unknown>> {
  return isRecord(object["spec"]) ? object["spec"] : {};
}

/** Paths at which two values differ. Lists are compared whole. */
function differences(before: unknown, after: unknown, path = ""): string[] {
  const [old, young] = [plain(before), plain(after)];
  if (JSON.stringify(old) === JSON.stringify(young)) return [];
  const [left, right] = [old ?? {}, young ?? {}];
  if (!isRecord(left) || !isRecord(right)) return [path];
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].flatMap((key) =>
    differences(left[key], right[key], path === "" ? key : `${path}.${key}`),
  );
}

/** With its keys in order, and without what is the same to Kubernetes as nothing: null, {} and []. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(plain);
  if (!isRecord(value)) return value ?? undefined;
  const kept = Object.entries(value)
    .map(([key, item]) => [key, plain(item)] as const)
    .filter(([, item]) => item !== undefined)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

/** "statefulset my-lgtm-loki-ingester" */
export function nameOf({ object }: Pick<ObjectChange, "object">): string {
  return refOf({ kind: object.kind, metadata: { name: object.metadata.name } });
}
