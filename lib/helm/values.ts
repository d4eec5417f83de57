/** Helm values as they reach Helm. */

type Tree = Readonly<Record<string, unknown>>;

/** An object of values; an output, which is known later, is none. */
function isTree(value: unknown): value is Tree {
  return (
    typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}

/**
 * Values with others over them, as Helm merges: objects deeply, everything else, lists too, as a whole.
 *
 * @throws Error where something else would take the place of an object, and of all that is in it
 */
export function mergedValues(values: Tree, over: Tree, path: readonly string[] = []): Tree {
  const merged = Object.entries(over).map(([key, value]) => {
    const below = [...path, key];
    const own = values[key];
    if (!isTree(own)) return [key, value] as const;
    if (isTree(value)) return [key, mergedValues(own, value, below)] as const;
    throw new Error(`Helm value ${below.join(".")} must be an object: other values are in it`);
  });
  return { ...values, ...Object.fromEntries(merged) };
}

/**
 * Values as JSON, as the Kubernetes provider hands them to Helm: without what is null, at any depth and
 * whatever `allowNullValues` says (https://github.com/pulumi/pulumi-kubernetes/issues/3811). Helm itself
 * takes a null for the removal of a chart's default, so that what is rendered without this is not what is
 * deployed. An item of a list stays.
 */
export function helmInput(values: object): string {
  return JSON.stringify(values, (_key, value: unknown) => value ?? undefined);
}
