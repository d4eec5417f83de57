/** Nested values from dotted paths. */

export type Values = Record<string, unknown>;

/** Nested values from dotted paths. */
export function at(paths: Readonly<Record<string, unknown>>): Values {
  const values: Values = {};
  for (const [dotted, value] of Object.entries(paths)) {
    const keys = dotted.split(".");
    const last = keys.pop() ?? "";
    const parent = keys.reduce<Values>((level, key) => (level[key] ??= {}) as Values, values);
    parent[last] = value;
  }
  return values;
}
