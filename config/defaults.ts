/** What each setting is where nobody has set it. */
import { mergedConfig, projectFile } from "../lib/pulumi/stack-files";
import { type Settings, settingsSchema } from "./schema";

let read: Settings | undefined;

/** The defaults of Pulumi.yaml, checked. */
export function settingDefaults(): Settings {
  const { name, config } = projectFile();
  const texts = Object.entries(mergedConfig({ name, config }, {})).map(([key, text]) => [
    key.replace(`${name}:`, ""),
    text,
  ]);
  return (read ??= settingsSchema.parse(Object.fromEntries(texts)));
}
