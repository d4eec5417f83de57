/** Settings of a stack. */
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { type Settings, settingsSchema } from "../../../config/schema";
import { projectRoot } from "../../../lib/project-root";

/** The defaults of Pulumi.yaml as a stack has them, with others. */
export function defaultTexts(
  other: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const file = fs.readFileSync(path.join(projectRoot, "Pulumi.yaml"), "utf8");
  const { config } = parse(file) as { config: Record<string, { default?: unknown }> };
  const texts = Object.entries(config).map(([key, one]) => [
    key,
    typeof one.default === "string" ? one.default : JSON.stringify(one.default ?? ""),
  ]);
  return { ...(Object.fromEntries(texts) as Record<string, string>), ...other };
}

/** The same, checked. */
export function defaultSettings(other: Readonly<Record<string, string>> = {}): Settings {
  const keys = Object.keys(settingsSchema.shape);
  const known = Object.entries(defaultTexts(other)).filter(([key]) => keys.includes(key));
  return settingsSchema.parse(Object.fromEntries(known));
}
