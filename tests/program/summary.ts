/** What a golden file holds of a run. */
import { isSecret } from "@pulumi/pulumi";
import { type Run, valueOf } from "../../lib/pulumi/mocks/program";
import type { Recorded } from "../../lib/pulumi/mocks/recording";

/** What a golden file holds of one resource: small enough to be read in a review. */
export interface Summary {
  readonly type: string;
  readonly parent?: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** `path: value` of every leaf below, in alphabetical order. */
function leaves(value: unknown, path = ""): [string, unknown][] {
  const isTree = typeof value === "object" && value !== null && Object.keys(value).length > 0;
  if (!isTree || Array.isArray(value)) return [[path, value]];
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, item]) => leaves(item, path === "" ? key : `${path}.${key}`));
}

/** Inputs that the SDK adds to what the program says. */
const addedBySdk = ["apiVersion", "kind", "compat"];

/** Names of a ConfigMap's files; what is in them has tests of its own, and is long. */
function fileNames(files: unknown): string[] {
  return Object.keys(files as object).sort();
}

function facts({ type, inputs, secretInputs, protect, retainOnDelete, read, id }: Recorded) {
  if (read) return { reads: id };
  const isFiles = (key: string): boolean => type.endsWith(":ConfigMap") && key === "data";
  const shown = Object.entries(inputs)
    .filter(([key]) => !addedBySdk.includes(key))
    .map(([key, value]) => [key, isFiles(key) ? fileNames(value) : value] as const)
    .map(([key, value]) => [key, secretInputs.includes(key) ? "[secret]" : value] as const);
  return Object.fromEntries([
    ...leaves(Object.fromEntries(shown)),
    ...(protect ? [["(protect)", true]] : []),
    ...(retainOnDelete ? [["(retainOnDelete)", true]] : []),
  ]) as Record<string, unknown>;
}

/** A run of the program as its golden file holds it. */
export async function summary({ resources, outputs }: Run) {
  const sorted = [...resources].sort((a, b) => (a.label < b.label ? -1 : 1));
  const shownOutputs = await Promise.all(
    Object.entries(outputs).map(async ([name, output]) => [
      name,
      (await isSecret(output)) ? "[secret]" : await valueOf(output),
    ]),
  );
  return {
    resources: Object.fromEntries(
      sorted.map((resource): [string, Summary] => [
        resource.label,
        {
          type: resource.type,
          ...(resource.parent !== undefined && { parent: resource.parent }),
          facts: facts(resource),
        },
      ]),
    ),
    outputs: Object.fromEntries(shownOutputs) as Record<string, string>,
  };
}
