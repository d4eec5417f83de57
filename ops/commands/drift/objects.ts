/** What of one object differs. */
import type { Cluster } from "../../../lib/kubernetes/cluster";
import type { Kinds } from "../../../lib/kubernetes/discovery";
import { isRecord, type KubeObject, refOf, textOf } from "../../../lib/kubernetes/objects";
import { describeMark, markOf, withoutMark } from "../../../lib/kubernetes/ownership";
import { compare, type Difference, type Step, unknown } from "./compare";
import { type Drift, fieldOf, isSecretPath, showBoth } from "./findings";
import { additions, lastForeign, ownerOf } from "./owners";

export interface DeployedObject {
  readonly from: "pulumi" | "patch" | "helm";
  readonly object: KubeObject;
  /** Namespace of what does not name one. */
  readonly namespace: string;
}

type Live = KubeObject;

/** What of one object differs; `patch` is what the program itself changes in an object of Helm's. */
export async function driftOf(
  wanted: DeployedObject,
  kinds: Kinds,
  cluster: Cluster,
  patch: KubeObject | undefined,
): Promise<Drift[]> {
  const { from, object, namespace } = wanted;
  const resource = kinds.of(object);
  const path = kinds.pathOf(object, namespace);
  const live = path === undefined ? undefined : await cluster.find<Live>(path);
  const place =
    resource?.namespaced === false ? {} : { namespace: object.metadata.namespace ?? namespace };
  const ref = refOf({ kind: object.kind, metadata: { name: object.metadata.name, ...place } });
  // What nobody may look at may be there all the same.
  if (live === undefined && path !== undefined && cluster.refuses(path)) return [];
  if (live === undefined) return isShortLived(object) ? [] : [gone(from, ref)];
  return compareObject(from, ref, comparable(object), comparable(live), patch);
}

/** A Job that removes itself when it is done. */
function isShortLived({ kind, spec }: KubeObject): boolean {
  return kind === "Job" && isRecord(spec) && spec["ttlSecondsAfterFinished"] !== undefined;
}

function gone(from: Drift["from"], object: string): Drift {
  const nothing = { field: "", wanted: "there", live: undefined, owner: undefined };
  return { from, change: "gone", object, ...nothing };
}

export function compareObject(
  from: Drift["from"],
  ref: string,
  wanted: KubeObject,
  live: KubeObject,
  patch?: KubeObject,
): Drift[] {
  const { kind } = wanted;
  const owned = ownerDrift(from, ref, wanted, live);
  return [
    ...owned,
    ...fieldDrift(from, kind, ref, unmarked(wanted), unmarked(live), patch && unmarked(patch)),
  ];
}

/** Which stack an object is of is no setting: that it has no mark yet is no drift, another's mark is. */
function unmarked(object: KubeObject): KubeObject {
  return { ...object, metadata: withoutMark(object.metadata) };
}

function ownerDrift(
  from: Drift["from"],
  object: string,
  wanted: KubeObject,
  live: KubeObject,
): Drift[] {
  const [ours, found] = [markOf(wanted.metadata), markOf(live.metadata)];
  if (ours === undefined || found === undefined || ours.id === found.id) return [];
  const owner = lastForeign(live.metadata.managedFields ?? []);
  const both = { wanted: describeMark(ours), live: describeMark(found) };
  return [
    { from, change: "changed", object, field: "the stack that it belongs to", ...both, owner },
  ];
}

function fieldDrift(
  from: Drift["from"],
  kind: string,
  ref: string,
  wanted: KubeObject,
  live: KubeObject,
  patch: KubeObject | undefined,
): Drift[] {
  const entries = live.metadata.managedFields ?? [];
  const changed = compare(wanted, live)
    .filter((difference) => !isPatched(difference, patch))
    .map(({ path, wanted: before, live: after }): Drift => {
      const removed = after === undefined;
      return {
        from,
        change: removed ? "removed" : "changed",
        object: ref,
        field: fieldOf(path),
        ...showBoth(before, after, isSecretPath(kind, path)),
        owner: (removed ? undefined : ownerOf(entries, path, live)) ?? lastForeign(entries),
      };
    });
  const added = additions(entries, merge(wanted, patch), live).map(
    ({ path, live: after, owner }): Drift => ({
      from,
      change: valueAt(wanted, path) === unknown ? "changed" : "added",
      object: ref,
      field: fieldOf(path),
      ...showBoth(
        valueAt(wanted, path) === unknown ? unknown : undefined,
        after,
        isSecretPath(kind, path),
      ),
      owner,
    }),
  );
  return [...changed, ...added];
}

/** Whether a field is as the program's own patch of the object wants it. */
function isPatched({ path, live }: Difference, patch: KubeObject | undefined): boolean {
  if (patch === undefined) return false;
  const meant = valueAt(patch, path);
  return meant !== undefined && compare(meant, live).length === 0;
}

/** The patch is itself compared, as an object of Pulumi's; here it only says what is not foreign. */
function merge(wanted: KubeObject, patch: KubeObject | undefined): unknown {
  if (patch === undefined) return wanted;
  const both = (one: unknown, other: unknown): unknown => {
    if (Array.isArray(one) && Array.isArray(other))
      return [...(one as unknown[]), ...(other as unknown[])];
    if (!isRecord(one) || !isRecord(other)) return other ?? one;
    return Object.fromEntries(
      [...new Set([...Object.keys(one), ...Object.keys(other)])].map((key) => [
        key,
        both(one[key], other[key]),
      ]),
    );
  };
  return both(wanted, patch);
}

function valueAt(value: unknown, path: readonly Step[]): unknown {
  return path.reduce<unknown>((current, step) => {
    if (current === unknown) return unknown;
    if ("field" in step) return isRecord(current) ? current[step.field] : undefined;
    if (!Array.isArray(current)) return undefined;
    const items = current as unknown[];
    if ("index" in step) return items[step.index];
    return items.find(
      (item) =>
        isRecord(item) &&
        Object.entries(step.item.fields).every(
          ([key, part]) => textOf(item[key] ?? "TCP") === textOf(part),
        ),
    );
  }, value);
}

/** Without what is no setting, and with a Secret's texts as the API server stores them. */
function comparable(object: KubeObject): KubeObject {
  const rest = Object.fromEntries(
    Object.entries(object).filter(([field]) => field !== "status" && field !== "stringData"),
  ) as KubeObject;
  if (object.kind !== "Secret" || rest["data"] === unknown) return rest;
  const { data, stringData } = object;
  const encoded = Object.entries(isRecord(data) ? data : {}).map(([key, text]) => [
    key,
    // Manifests break long lines.
    typeof text === "string" ? text.replace(/\s+/g, "") : text,
  ]);
  const plain = Object.entries(isRecord(stringData) ? stringData : {}).map(([key, text]) => [
    key,
    Buffer.from(textOf(text)).toString("base64"),
  ]);
  return { ...rest, data: Object.fromEntries([...encoded, ...plain]) };
}
