/** Checks a stack's settings: each alone, and their combinations as far as they can be read. */
import { examples } from "./examples";
import { conflictsOf } from "./rules/compatibility";
import type { Conflict } from "./rules/conflict";
import { type GivenSecrets } from "./rules/secret-compatibility";
import { type SettingKey, type Settings, settingsSchema } from "./schema";

/** Names of all settings. */
export const settingKeys = Object.keys(settingsSchema.shape) as readonly SettingKey[];

/** The settings as text, by key; undefined where one has no value. */
export type SettingTexts = Readonly<Partial<Record<SettingKey, string | undefined>>>;

/** Thrown in a rule that asks for a setting which cannot be read. */
class Unreadable extends Error {}

/** The settings that are well formed; asking for another one ends the rule that asks. */
function readable(values: Readonly<Partial<Settings>>): Settings {
  return new Proxy(values, {
    get: (target, key) => {
      if (typeof key === "string" && !(key in target)) throw new Unreadable(key);
      return Reflect.get(target, key) as unknown;
    },
  }) as Settings;
}

function malformed(key: SettingKey, text: string | undefined): Conflict | undefined {
  const parsed = settingsSchema.shape[key].safeParse(text);
  if (parsed.success) return undefined;
  if (text === undefined)
    return {
      key,
      reason: "has no value here and no default in Pulumi.yaml",
      fix: `restore Pulumi.yaml, or pulumi config set lgtm:${key} <value>, such as ${examples[key]}`,
    };
  return {
    key,
    reason: parsed.error.issues[0]?.message ?? "is not understood",
    fix: `pulumi config set lgtm:${key} <value>, such as ${examples[key]}, or pulumi config rm lgtm:${key} for the default`,
  };
}

/**
 * All that is wrong with these settings. A rule about several of them is left out where one of these
 * cannot be read, and no other.
 *
 * @param secrets which secrets are given, and of what kind; undefined where nobody can know
 */
export function checkedTexts(
  texts: SettingTexts,
  secrets?: GivenSecrets,
): { settings: Settings | undefined; problems: Conflict[] } {
  const problems = settingKeys.flatMap((key) => malformed(key, texts[key]) ?? []);
  const bad = new Set(problems.map(({ key }) => key));
  const values = Object.fromEntries(
    settingKeys
      .filter((key) => !bad.has(key))
      .map((key) => [key, settingsSchema.shape[key].parse(texts[key])]),
  ) as Partial<Settings>;
  const settings = bad.size === 0 ? (values as Settings) : undefined;
  const found = conflictsOf(secrets).flatMap((rule) => {
    try {
      return rule(settings ?? readable(values));
    } catch (error) {
      if (error instanceof Unreadable) return [];
      throw error;
    }
  });
  return { settings, problems: [...problems, ...found] };
}
