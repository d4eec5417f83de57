/** What a change does to the program's own resources. */
import * as path from "node:path";
import { stringify } from "yaml";
import { unknownMarker } from "../../../lib/pulumi/special-values";
import { type Json, kindOf } from "../../../policy/subject";
import { readableMarks } from "./masking";
import type { Resource } from "./program";
import type { Provider, Verdict } from "./provider";
import { diffTexts, type TextChange } from "./text-diff";

/** What the next `pulumi up` does with a resource. */
export type Step = "create" | "delete" | "options only" | Exclude<Verdict, "none">;

export interface ResourceChange {
  readonly label: string;
  readonly step: Step;
  readonly change: TextChange;
  /** What a reviewer must not overlook; undefined when there is nothing. */
  readonly warning: string | undefined;
}

/** Files inside a resource, such as dashboards, as what they hold. */
function opened(value: unknown): unknown {
  if (typeof value === "string" && value.length > 120 && /^\s*[{[]/.test(value)) {
    try {
      return JSON.parse(value);
    } catch {
      return value;
    }
  }
  if (Array.isArray(value)) return value.map(opened);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, opened(item)]));
}

/** An object as text that can be compared line by line. */
export function textOf(value: Json): string {
  return stringify(opened(value), {
    sortMapEntries: true,
    lineWidth: 0,
    aliasDuplicateObjects: false,
  });
}

/** Added by the SDK, the same for every object of a kind. */
const addedBySdk = ["apiVersion", "kind", "compat"];

function shown({ type, inputs, protect, retainOnDelete }: Resource): string {
  const own = Object.entries(inputs).filter(
    ([key]) => !type.startsWith("kubernetes:") || !addedBySdk.includes(key),
  );
  return textOf({
    ...Object.fromEntries(own),
    ...(protect && { "(protect)": true }),
    ...(retainOnDelete && { "(retainOnDelete)": true }),
  });
}

/** Before a replacement, the provider leaves an object that has no name of its own the one it has. */
function withName({ name, inputs, type }: Resource): Json {
  if (type.endsWith(":Release")) return inputs;
  const metadata = (inputs["metadata"] ?? {}) as { name?: string };
  return { ...inputs, metadata: { ...metadata, name: metadata.name ?? name } };
}

function hasName({ inputs }: Resource): boolean {
  return (inputs["metadata"] as { name?: string } | undefined)?.name !== undefined;
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** What is at a path as resource options have it, such as `spec.ports[0].port`. */
function at(inputs: Json, place: string): unknown {
  return place
    .split(/[.[\]]+/)
    .filter((key) => key !== "")
    .reduce<unknown>((value, key) => (value as Json | undefined)?.[key], inputs);
}

/** Whether something differs for whose change the program has the resource made anew. */
function isMadeAnew(before: Resource, after: Resource): boolean {
  return after.replaceOnChanges.some(
    (place) => !same(at(before.inputs, place), at(after.inputs, place)),
  );
}

async function stepOf(
  before: Resource,
  after: Resource,
  provider: Provider,
): Promise<Step | undefined> {
  if (before.read || after.read || same(before.inputs, after.inputs)) {
    const options = ({ protect, retainOnDelete }: Resource) => [protect, retainOnDelete];
    return same(options(before), options(after)) ? undefined : "options only";
  }
  // Everything about a random value is decided when it is drawn.
  if (after.type.startsWith("random:")) return "replace";
  if (!after.type.startsWith("kubernetes:")) return "update";
  if (isMadeAnew(before, after))
    return after.deleteBeforeReplace || hasName(after) ? "delete, then create" : "replace";
  const verdict = await provider.verdict(after, withName(before), withName(after));
  // An object without a name of its own gets another one, so that both can be there for a while.
  if (verdict === "delete, then create" && !hasName(after)) return "replace";
  return verdict === "none" ? undefined : verdict;
}

function isReplaced(step: Step | undefined): boolean {
  return step === "replace" || step === "delete, then create";
}

/**
 * What is replaced because something else is deleted first: the engine asks the provider about everything
 * that is made from that, as if those inputs were not known.
 */
async function addDependents(
  steps: Map<string, Step>,
  before: readonly Resource[],
  provider: Provider,
): Promise<void> {
  const leaving = new Set(
    before
      .filter(({ key, deleteBeforeReplace }) => {
        const step = steps.get(key);
        return step === "delete, then create" || (isReplaced(step) && deleteBeforeReplace);
      })
      .map(({ label }) => label),
  );
  // A resource is registered after everything that it is made from, so that one pass is enough.
  for (const resource of before) {
    const { key, label, type, read, inputs, madeFrom } = resource;
    const unknown = Object.keys(inputs).filter((name) =>
      (madeFrom[name] ?? []).some((source) => leaving.has(source)),
    );
    if (read || !type.startsWith("kubernetes:") || unknown.length === 0) continue;
    const known = withName(resource);
    const asked = { ...known, ...Object.fromEntries(unknown.map((name) => [name, unknownMarker])) };
    const verdict = await provider.verdict(resource, known, asked);
    if (!isReplaced(verdict === "none" ? undefined : verdict)) continue;
    leaving.add(label);
    if (steps.get(key) !== "delete") steps.set(key, "delete, then create");
  }
}

/** Kinds whose deletion takes volumes with it; what becomes of them is told in ./data.ts. */
const holdsVolumes = ["Namespace", "PersistentVolumeClaim"];

function warningOf(before: Resource | undefined, step: Step): string | undefined {
  const removed = step === "delete" || isReplaced(step);
  if (before === undefined) return undefined;
  if (step === "options only" && before.protect) return "no longer protected as it was";
  if (!removed || before.read) return undefined;
  if (before.protect) return "protected: Pulumi refuses until lgtm:protectData is false";
  return holdsVolumes.includes(kindOf(before))
    ? "volumes below it, and the data on them, are deleted, unless Data above says otherwise"
    : undefined;
}

/** Compares what two runs of the program ask for; steps as the real provider decides them. */
export async function resourceChanges(
  before: readonly Resource[],
  after: readonly Resource[],
  provider: Provider,
  scratch: string,
): Promise<ResourceChange[]> {
  const find = (resources: readonly Resource[], key: string) =>
    resources.find((resource) => resource.key === key);
  const keys = [...new Set([...after, ...before].map(({ key }) => key))];
  const steps = new Map<string, Step>();
  for (const key of keys) {
    const [old, young] = [find(before, key), find(after, key)];
    if (old === undefined) steps.set(key, "create");
    else if (young === undefined) steps.set(key, "delete");
    else {
      const step = await stepOf(old, young, provider);
      if (step !== undefined) steps.set(key, step);
    }
  }
  await addDependents(steps, before, provider);
  const texts = new Map(
    [...steps.keys()].map((key) => {
      const [old, young] = [find(before, key), find(after, key)];
      return [key, readableMarks(old ? shown(old) : "", young ? shown(young) : "")] as const;
    }),
  );
  const present = (resources: readonly Resource[], index: 0 | 1) =>
    new Map(
      [...texts]
        .filter(([key]) => find(resources, key) !== undefined)
        .map(([key, pair]) => [key, pair[index]] as const),
    );
  const diffs = await diffTexts(
    present(before, 0),
    present(after, 1),
    path.join(scratch, "resources"),
  );
  return [...steps].flatMap(([key, step]) => {
    const old = find(before, key);
    const resource = find(after, key) ?? old;
    // Read ones are looked at, not made; those that come and go follow what they are read from.
    if (resource === undefined || resource.read) return [];
    const status = old === undefined ? "added" : step === "delete" ? "removed" : "changed";
    const change = diffs.get(key) ?? { status, lines: [] };
    return [{ label: resource.label, step, change, warning: warningOf(old, step) }];
  });
}
