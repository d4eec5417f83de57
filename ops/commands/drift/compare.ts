/** Compares what was set with what is there, field by field. */
import { isRecord, textOf } from "../../../lib/kubernetes/objects";
import { parseQuantity } from "../../../lib/kubernetes/quantity";
import { itemKey, type ItemKey } from "./lists";

/** One step into an object: a field, or an item of a list by its key or place. */
export type Step =
  { readonly field: string } | { readonly item: ItemKey } | { readonly index: number };

export interface Difference {
  readonly path: readonly Step[];
  readonly wanted: unknown;
  /** Undefined when it is gone. */
  readonly live: unknown;
}

/** A value that is not known in clear, and so not compared. */
export const unknown = Symbol("not known in clear");

/**
 * Compares what was set with what is there, by the fields that were set: what the cluster has added
 * (defaults, status, what controllers own) is no difference.
 */
export function compare(wanted: unknown, live: unknown, path: readonly Step[] = []): Difference[] {
  if (wanted === unknown || isEmpty(wanted)) return isGoneOrEmpty(wanted, live, path);
  if (Array.isArray(wanted)) return compareLists(wanted, live, path);
  if (isRecord(wanted)) {
    if (!isRecord(live)) return [{ path, wanted, live }];
    return Object.entries(wanted).flatMap(([field, value]) =>
      compare(value, live[field], [...path, { field }]),
    );
  }
  return isSameScalar(wanted, live, path) ? [] : [{ path, wanted, live }];
}

/** Nothing was asked for, and the API server drops such fields: there must be nothing that matters. */
function isGoneOrEmpty(wanted: unknown, live: unknown, path: readonly Step[]): Difference[] {
  // Null and {} ask for nothing; what is there comes from elsewhere. False and 0 ask for something.
  const asks = wanted === false || wanted === 0;
  return asks && live !== undefined && !isEmpty(live) ? [{ path, wanted, live }] : [];
}

function compareLists(
  wanted: readonly unknown[],
  live: unknown,
  path: readonly Step[],
): Difference[] {
  if (!Array.isArray(live)) return [{ path, wanted, live }];
  const keyOf = itemKey(lastField(path), [...wanted, ...(live as unknown[])]);
  if (keyOf === undefined) {
    if (wanted.some(isRecord) && wanted.length === live.length)
      return wanted.flatMap((value, index) =>
        compare(value, live[index] as unknown, [...path, { index }]),
      );
    const same =
      wanted.length === live.length &&
      wanted.every(
        (value, index) => compare(value, live[index] as unknown, [...path, { index }]).length === 0,
      );
    return same ? [] : [{ path, wanted, live }];
  }
  const byKey = new Map((live as unknown[]).map((item) => [keyOf(item).text, item]));
  return wanted.flatMap((item) => {
    const key = keyOf(item);
    const step = { item: key };
    if (!byKey.has(key.text)) return [{ path: [...path, step], wanted: item, live: undefined }];
    return compare(item, byKey.get(key.text), [...path, step]);
  });
}

function lastField(path: readonly Step[]): string {
  const last = path.at(-1);
  return last !== undefined && "field" in last ? last.field : "";
}

/** Fields below which every value is a quantity: 0.5 is 500m there, and 1024Mi is 1Gi. */
const quantityFields = new Set(["requests", "limits", "capacity", "hard", "sizeLimit", "divisor"]);

function isSameScalar(wanted: unknown, live: unknown, path: readonly Step[]): boolean {
  if (wanted === live) return true;
  if (live === undefined || live === null || isRecord(live) || Array.isArray(live)) return false;
  // A port may be 80 or "80", and YAML reads some texts as numbers or as yes and no.
  if (textOf(wanted) === textOf(live)) return true;
  const isQuantity = path.some((step) => "field" in step && quantityFields.has(step.field));
  if (!isQuantity) return false;
  const [one, other] = [parseQuantity(wanted), parseQuantity(live)];
  return one !== undefined && other !== undefined && Math.abs(one - other) <= 1e-9 * Math.abs(one);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === false || value === 0)
    return true;
  if (Array.isArray(value)) return value.length === 0;
  return isRecord(value) && Object.keys(value).length === 0;
}

/** `spec.template.spec.containers[name=grafana].image` */
export function showPath(path: readonly Step[]): string {
  return path.reduce((shown, step) => {
    if ("item" in step) return `${shown}[${step.item.text}]`;
    if ("index" in step) return `${shown}[${String(step.index)}]`;
    const simple = /^[\w-]+$/.test(step.field);
    if (!simple) return `${shown}["${step.field}"]`;
    return shown === "" ? step.field : `${shown}.${step.field}`;
  }, "");
}
