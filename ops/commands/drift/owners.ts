/** Who owns a field, and who has added one. */
import {
  type FieldSet,
  isRecord,
  type ManagedFields,
  textOf,
} from "../../../lib/kubernetes/objects";
import { type Step, unknown } from "./compare";
import { itemKey } from "./lists";

export interface Owner {
  readonly manager: string;
  /** `Update`, or `Apply` for server-side apply. */
  readonly operation: string;
  readonly time: string | undefined;
}

/** Managers that write what Helm, Pulumi and this program's own commands tell them to. */
const deployers = /^(helm|pulumi-|lgtm-)/;

/**
 * Managers whose fields the provider makes its own before it applies (`fixCSAFieldManagers` of v4.25, which
 * compares by prefix); it does so with no field of a subresource, such as what `kubectl scale` sets.
 */
const yielding = /^(kubectl|before-first-apply|pulumi-)[^ ]*$/;

/** Whether `pulumi up` overwrites a field of this owner without force. */
export function yields({ manager }: Owner): boolean {
  return yielding.test(manager);
}

/** Managers that are part of the cluster: what they add is not somebody's edit. */
const cluster =
  /^(kube-|kubelet|k3s|rke2|kcm$|cloud-|gke-|glbc$|eks|aks|openshift|cluster-policy-controller$|cluster-autoscaler|vpa-|coredns|cilium|calico|metallb|kwok|node$)/;

/** Whether what this manager adds to an object is an edit by somebody. */
export function isForeign({ manager = "", subresource = "" }: ManagedFields): boolean {
  return subresource === "" && !deployers.test(manager) && !cluster.test(manager);
}

/** Who owns a field, the latest first; undefined when nobody does, as after it was removed. */
export function ownerOf(
  entries: readonly ManagedFields[],
  path: readonly Step[],
  live: unknown,
): Owner | undefined {
  const owners = entries
    .filter(({ fieldsV1 }) => fieldsV1 !== undefined && owns(fieldsV1, path, live))
    .sort((one, other) => (other.time ?? "").localeCompare(one.time ?? ""));
  // A deployer owns with others what it once set; who changed it since is the other one.
  const found = owners.find(({ manager = "" }) => !deployers.test(manager)) ?? owners[0];
  return found === undefined ? undefined : ownerFrom(found);
}

export function ownerFrom({ manager, operation, time, subresource }: ManagedFields): Owner {
  const through = subresource === undefined || subresource === "" ? "" : ` (${subresource})`;
  return { manager: `${manager ?? "unknown"}${through}`, operation: operation ?? "", time };
}

/** Who wrote to an object last besides those who deploy; whoever removed a field, most likely. */
export function lastForeign(entries: readonly ManagedFields[]): Owner | undefined {
  const [last] = entries
    .filter(isForeign)
    .sort((one, other) => (other.time ?? "").localeCompare(one.time ?? ""));
  return last === undefined ? undefined : ownerFrom(last);
}

function owns(set: FieldSet, path: readonly Step[], live: unknown): boolean {
  const [step, ...rest] = path;
  if (step === undefined) return true;
  // A list that is one value for its owner has nothing below it.
  if (isWhole(set)) return true;
  if ("field" in step) {
    const below = set[`f:${step.field}`];
    const value = isRecord(live) ? live[step.field] : undefined;
    return below !== undefined && owns(below, rest, value);
  }
  if ("item" in step) {
    return Object.entries(set).some(
      ([key, below]) =>
        below !== undefined &&
        key.startsWith("k:") &&
        matches(JSON.parse(key.slice(2)) as Record<string, unknown>, step.item.fields) &&
        owns(below, rest, undefined),
    );
  }
  return false;
}

function matches(
  key: Readonly<Record<string, unknown>>,
  fields: Readonly<Record<string, unknown>>,
): boolean {
  return Object.entries(fields).every(
    ([field, value]) => key[field] === undefined || textOf(key[field]) === textOf(value),
  );
}

/** A field that somebody has added, and who, if that is known. */
export interface Addition {
  readonly path: readonly Step[];
  readonly live: unknown;
  readonly owner: Owner | undefined;
}

/** Written by `kubectl rollout restart`, which docs/operations.md itself asks for. */
const harmless = new Set([
  "kubectl.kubernetes.io/restartedAt",
  "kubectl.kubernetes.io/last-applied-configuration",
]);

/**
 * Fields that others own and that nobody deployed: a variable, a label or a port that was added by
 * hand. Only what is new as a whole is named, not every field in it.
 */
export function additions(
  entries: readonly ManagedFields[],
  wanted: unknown,
  live: unknown,
): Addition[] {
  if (entries.length === 0) return unowned(wanted, live);
  return entries.filter(isForeign).flatMap((entry) =>
    walk(entry.fieldsV1 ?? {}, wanted, live, [])
      .filter(({ path }) => !isPlatformMark(path, wanted))
      .map((found) => ({ ...found, owner: ownerFrom(entry) })),
  );
}

/**
 * Labels and annotations of an object without owners. The API server notes owners only from the first
 * field that is applied on, and a namespace with nothing but a name has none.
 */
function unowned(wanted: unknown, live: unknown): Addition[] {
  return ["labels", "annotations"].flatMap((map) => {
    const at = (object: unknown): Readonly<Record<string, unknown>> => {
      const metadata = isRecord(object) ? object["metadata"] : undefined;
      const found = isRecord(metadata) ? metadata[map] : undefined;
      return isRecord(found) ? found : {};
    };
    const known = at(wanted);
    return Object.entries(at(live))
      .filter(([key]) => !(key in known) && !isPlatformKey(key))
      .map(([key, value]) => ({
        path: [{ field: "metadata" }, { field: map }, { field: key }],
        live: value,
        owner: undefined,
      }));
  });
}

/**
 * Whether a label or annotation is a platform's own: Rancher, OpenShift, GKE, Istio and Kubernetes itself.
 * Kubernetes has automation put its domain before such keys, and leaves those without one to people. What
 * Helm and this program act on is not said to be others'.
 */
function isPlatformKey(key: string): boolean {
  return key.includes("/") && !/^(helm\.sh|lgtm)\//.test(key);
}

/** What others keep in an object's own metadata, where nothing was set: their labels, annotations, finalizers. */
function isPlatformMark(path: readonly Step[], wanted: unknown): boolean {
  const [top, map, key, ...below] = path.map((step) => ("field" in step ? step.field : ""));
  if (top !== "metadata" || map === undefined || below.length > 0) return false;
  const metadata = isRecord(wanted) ? wanted["metadata"] : undefined;
  const set = isRecord(metadata) ? metadata[map] : undefined;
  if (key === undefined) return map === "finalizers" && set === undefined;
  if (map !== "labels" && map !== "annotations") return false;
  return isPlatformKey(key) && !(isRecord(set) && key in set);
}

function walk(
  set: FieldSet,
  wanted: unknown,
  live: unknown,
  path: readonly Step[],
): Omit<Addition, "owner">[] {
  return Object.entries(set).flatMap(([key, below]) => {
    if (key === "." || below === undefined) return [];
    const next = descend(key, wanted, live, path);
    if (next === undefined || next.live === undefined) return [];
    const isNew = next.wanted === undefined && !(isMap(next.step) && isRecord(next.live));
    if (isNew || next.wanted === unknown) return [{ path: [...path, next.step], live: next.live }];
    if (isWhole(below)) return newEntries(next, [...path, next.step]);
    return walk(below, next.wanted, next.live, [...path, next.step]);
  });
}

/** A map that is one value for its owner, a Service's selector for one: its entries are not listed. */
function isWhole(set: FieldSet): boolean {
  return Object.keys(set).every((key) => key === ".");
}

function newEntries(
  { wanted, live }: { readonly wanted: unknown; readonly live: unknown },
  path: readonly Step[],
): Omit<Addition, "owner">[] {
  if (!isRecord(wanted) || !isRecord(live)) return [];
  return Object.entries(live)
    .filter(([field]) => !(field in wanted))
    .map(([field, value]) => ({ path: [...path, { field }], live: value }));
}

/** Maps that several own together: what counts is each entry. */
const maps = new Set([
  ...["metadata", "annotations", "labels", "data", "nodeSelector", "matchLabels"],
  ...["requests", "limits", "resources"],
]);

function isMap(step: Step): boolean {
  return "field" in step && maps.has(step.field);
}

function descend(
  key: string,
  wanted: unknown,
  live: unknown,
  path: readonly Step[],
): { step: Step; wanted: unknown; live: unknown } | undefined {
  if (key.startsWith("f:")) {
    const field = key.slice(2);
    if (harmless.has(field) || (path.length === 0 && field === "status")) return undefined;
    return {
      step: { field },
      wanted: isRecord(wanted) ? wanted[field] : undefined,
      live: isRecord(live) ? live[field] : undefined,
    };
  }
  if (!key.startsWith("k:") || !Array.isArray(live)) return undefined;
  const fields = JSON.parse(key.slice(2)) as Record<string, unknown>;
  const last = path.at(-1);
  const list = last !== undefined && "field" in last ? last.field : "";
  const keyOf = itemKey(list, live);
  const pick = (items: unknown): unknown =>
    Array.isArray(items) && keyOf !== undefined
      ? (items as unknown[]).find((item) => matches(fields, keyOf(item).fields))
      : undefined;
  const item = pick(live);
  if (item === undefined || keyOf === undefined) return undefined;
  return { step: { item: keyOf(item) }, wanted: pick(wanted), live: item };
}
