/** Values with a mark in every leaf, and which mark is at which path. */
export interface Marked {
  readonly values: object;
  readonly marks: ReadonlyMap<string, string>;
}

/** Leaves by which a chart, or a stand-in's schema, decides: with a mark there it would render something else. */
const switches = [
  /^mode$/,
  /^statefulset\.podManagementPolicy$/,
  /^config\.service\.extensions\.\d+$/,
  /^tempo\.storage\.trace\.backend$/,
  /^mimir\.minio\.deploymentUpdate\.type$/,
  /^deploymentMode$/,
  /^loki\.storage\.type$/,
  /^storage\.trace\.backend$/,
  /^persistence\.type$/,
  /^(read|write|backend|singleBinary|queryScheduler|indexGateway)\.replicas$/,
  // Ours, to be found in Helm's own storage; no chart reads it.
  /^global\.lgtmStack$/,
];

/** A text or number like the given one: a quantity or duration keeps its unit, so that it still is one. */
function like(value: string | number, count: number): string | number {
  const number = 60_000 + count;
  if (typeof value === "number") return number;
  const unit = /^\d+([A-Za-z]*)$/.exec(value)?.[1];
  return unit === undefined ? `mark-${String(number)}` : `${String(number)}${unit}`;
}

type Leaf = string | number | boolean | null;

/** The same value with other leaves. */
function mapLeaves(value: unknown, visit: (leaf: Leaf, path: string) => Leaf, path = ""): unknown {
  if (typeof value !== "object" || value === null) return visit(value as Leaf, path);
  const inside = (item: unknown, key: string | number): unknown =>
    mapLeaves(item, visit, path === "" ? String(key) : `${path}.${String(key)}`);
  if (Array.isArray(value)) return value.map(inside);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, inside(item, key)] as const),
  );
}

/**
 * Puts a text or number of its own into every leaf that has one. What a chart then renders shows which
 * leaves it honours; a real chart ignores a misspelt path in silence.
 */
export function marked(values: object): Marked {
  const marks = new Map<string, string>();
  const result = mapLeaves(values, (leaf, path) => {
    if (leaf === null || leaf === "" || typeof leaf === "boolean") return leaf;
    if (switches.some((pattern) => pattern.test(path))) return leaf;
    const mark = like(leaf, marks.size);
    marks.set(path, String(mark));
    return mark;
  });
  return { values: result as object, marks };
}

/** The paths whose marks are in no leaf of a rendering. */
export function lost(marks: ReadonlyMap<string, string>, objects: readonly object[]): string[] {
  const leaves: string[] = [];
  mapLeaves(objects, (leaf) => {
    leaves.push(String(leaf));
    return leaf;
  });
  const rendering = leaves.join("\n");
  return [...marks]
    .filter(([, mark]) => !new RegExp(`(?<![A-Za-z0-9])${mark}(?![0-9])`).test(rendering))
    .map(([path]) => path);
}
