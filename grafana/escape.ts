/** Escapes of what Helm and Grafana expand. */

/** Anything that can be written as JSON. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * Doubles every `$`: Grafana replaces `$NAME` and `${NAME}` in the strings of datasource files by
 * environment variables, and what has no such variable by nothing.
 */
export function escapeEnvironment(text: string): string {
  return text.replaceAll("$", "$$$$");
}

/**
 * Turns `{{` and `}}` into template actions that print them: Grafana's chart runs its values for
 * datasources through `tpl`. Backquotes, because the text is inside quoted YAML by then.
 */
export function escapeTemplate(text: string): string {
  return text.replaceAll(/\{\{|\}\}/g, (braces) => `{{ \`${braces}\` }}`);
}

/** The same value with every string in it replaced; keys are left alone. */
export function mapStrings(value: Json, change: (text: string) => string): Json {
  if (typeof value === "string") return change(value);
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return value.map((item) => mapStrings(item, change));
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) =>
      item === undefined ? [] : [[key, mapStrings(item, change)]],
    ),
  );
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
