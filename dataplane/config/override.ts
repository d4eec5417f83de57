/** Changes single keys of a configuration. */
import { type Document, isMap, isScalar, parseDocument, visit } from "yaml";

/** Steps from the root of a configuration to a key; numbers are places in a list. */
export type KeyPath = readonly (string | number)[];

/** One difference between the configuration that the program generates and the one that runs here. */
export type Override = {
  /** Why the generated value cannot be used here. */
  readonly reason: string;
} & (
  | { readonly set: KeyPath; readonly to: unknown }
  | { readonly remove: KeyPath }
  /** Wherever the path ends like this and the value is `from`. */
  | { readonly everywhere: KeyPath; readonly from: unknown; readonly to: unknown }
  /** In every value that is this folder, or a path below it. */
  | { readonly folder: string; readonly to: string }
);

/**
 * A configuration with overrides on it; everything else stays as it is.
 *
 * @throws Error when the text is no YAML
 */
export function overridden(text: string, overrides: readonly Override[]): string {
  const document = parseDocument(text);
  if (document.errors[0] !== undefined) throw document.errors[0];
  for (const override of overrides) apply(document, override);
  return document.toString();
}

function apply(document: Document, override: Override): void {
  if ("set" in override) setIn(document, override.set, override.to);
  else if ("remove" in override) {
    if (document.hasIn(override.remove)) document.deleteIn(override.remove);
  } else if ("everywhere" in override) replaceEverywhere(document, override);
  else moveFolder(document, override);
}

function setIn(document: Document, path: KeyPath, value: unknown): void {
  // A key that is there without a value, `receivers:`, is no map that could take one.
  for (let depth = 1; depth < path.length; depth += 1) {
    const above = path.slice(0, depth);
    if (document.hasIn(above) && document.getIn(above) === null) document.deleteIn(above);
  }
  document.setIn(path, document.createNode(value));
}

function replaceEverywhere(
  document: Document,
  { everywhere, from, to }: Extract<Override, { everywhere: KeyPath }>,
): void {
  visit(document, {
    Pair: (_key, pair, ancestors) => {
      const keys = ancestors
        .filter((node) => "key" in node)
        .map(({ key }) => (isScalar(key) ? key.value : undefined));
      const own = isScalar(pair.key) ? pair.key.value : undefined;
      const path = [...keys, own].slice(-everywhere.length);
      if (!isScalar(pair.value) || pair.value.value !== from) return;
      if (everywhere.every((step, index) => step === path[index])) pair.value.value = to;
    },
  });
}

function moveFolder(
  document: Document,
  { folder, to }: Extract<Override, { folder: string }>,
): void {
  visit(document, {
    Scalar: (_key, scalar) => {
      const { value } = scalar;
      if (typeof value !== "string") return;
      if (value === folder || value.startsWith(`${folder}/`)) {
        scalar.value = to + value.slice(folder.length);
      }
    },
  });
}

/** The value at a path of a configuration; undefined where there is none. */
export function valueAt(text: string, path: KeyPath): unknown {
  const document = parseDocument(text);
  const found = document.getIn(path);
  return isMap(found) || (found as { toJSON?: unknown } | undefined)?.toJSON !== undefined
    ? (found as { toJSON: () => unknown }).toJSON()
    : found;
}
