/** The mark of a stack on everything that it makes: told once, and not as a change of every resource. */
import { ownershipType } from "../../../components/ownership/own";
import {
  patchForceAnnotation,
  projectAnnotation,
  releaseMarkKey,
  stackAnnotation,
  stackIdLabel,
} from "../../../lib/kubernetes/ownership";
import { isRecord } from "../../../lib/kubernetes/objects";
import type { Json } from "../../../policy/subject";
import { code } from "./markdown";
import type { Resource } from "./program";

/** With another id, the provider is also told to take the fields of the lost run over. */
const annotationsOfMark = [projectAnnotation, stackAnnotation, patchForceAnnotation];

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return isRecord(value) ? value : {};
}

function without(value: unknown, ...keys: readonly string[]): unknown {
  if (!isRecord(value)) return value;
  const rest = Object.entries(value).filter(([key]) => !keys.includes(key));
  return rest.length === 0 ? undefined : Object.fromEntries(rest);
}

/** What draws the mark, and knows it from run to run. */
function isMarker({ type, name }: Resource, all: readonly Resource[]): boolean {
  if (type === ownershipType) return true;
  return (
    type === "random:index/randomUuid:RandomUuid" &&
    all.some((one) => one.type === ownershipType && one.name === name)
  );
}

function withoutMark(inputs: Json): Json {
  const metadata = fieldsOf(inputs["metadata"]);
  const values = fieldsOf(inputs["values"]);
  return {
    ...inputs,
    ...("metadata" in inputs && {
      metadata: {
        ...metadata,
        labels: without(metadata["labels"], stackIdLabel),
        annotations: without(metadata["annotations"], ...annotationsOfMark),
      },
    }),
    ...("values" in inputs && {
      values: { ...values, global: without(values["global"], releaseMarkKey) },
    }),
  };
}

export function unmarked(resources: readonly Resource[]): Resource[] {
  return resources
    .filter((resource) => !isMarker(resource, resources))
    .map((resource) => ({ ...resource, inputs: withoutMark(resource.inputs) }));
}

/** The mark that a resource bears, as text; undefined when it bears none. */
function markIn({ inputs }: Resource): string | undefined {
  const { labels, annotations } = fieldsOf(inputs["metadata"]);
  const global = fieldsOf(fieldsOf(inputs["values"])["global"]);
  const mark = [
    fieldsOf(labels)[stackIdLabel],
    fieldsOf(annotations)[projectAnnotation],
    fieldsOf(annotations)[stackAnnotation],
    global[releaseMarkKey],
  ];
  return mark.every((part) => part === undefined) ? undefined : JSON.stringify(mark);
}

/** One sentence on resources that are on both sides and whose mark changes; undefined when none does. */
export function markChange(
  before: readonly Resource[],
  after: readonly Resource[],
): string | undefined {
  const old = new Map(before.map((resource) => [resource.key, markIn(resource)]));
  const changed = after.filter((one) => old.has(one.key) && old.get(one.key) !== markIn(one));
  if (changed.length === 0) return undefined;
  const count = `${String(changed.length)} ${changed.length === 1 ? "resource" : "resources"}`;
  const isNew = changed.every(({ key }) => old.get(key) === undefined);
  const isGone = changed.every((one) => markIn(one) === undefined);
  const what = isNew ? "is new" : isGone ? "is gone" : "changes";
  return `The stack's mark ${what} on ${count}: label ${code(stackIdLabel)}, its annotations, and a value of each Helm release that no object shows. It replaces and restarts nothing, and is left out below.`;
}
