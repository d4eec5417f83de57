/** What the components' arguments are where a program leaves them out, and what they may not be. */
import * as pulumi from "@pulumi/pulumi";
import { settingDefaults } from "../config/defaults";
import { partsOf } from "../config/parts";
import { type Problem, SettingsError } from "../config/problems";
import { type Conflict, pathText } from "../config/rules/conflict";
import type { Settings } from "../config/schema";

/** The same without what is undefined: it says as little as what is left out. */
export function given<T extends object>(args: T): T {
  return Object.fromEntries(
    Object.entries(args).filter(([, value]) => value !== undefined),
  ) as unknown as T;
}

/** The settings that nobody has set, with those that arguments say. */
export function settingsWith(changed: Partial<Settings>): Settings {
  return { ...settingDefaults(), ...given(changed) };
}

/** The components' arguments as Pulumi.yaml has them by default, without what is secret. */
export function defaultArgs(settings: Settings) {
  return partsOf(settings, () => undefined);
}

/** Values as the rules can look at them: an output is known later, and is no object to them. */
export function checkable<T>(value: T): T {
  const plain = (one: unknown): unknown => {
    if (pulumi.Output.isInstance(one) || one instanceof Promise) return "<output>";
    if (Array.isArray(one)) return one.map(plain);
    if (typeof one !== "object" || one === null) return one;
    return Object.fromEntries(Object.entries(one).map(([key, item]) => [key, plain(item)]));
  };
  return plain(value) as T;
}

/** A conflict in the words of somebody who has no settings, but arguments of the same names. */
function asArgument({ key, path = [], shown, reason, fix }: Conflict, above: number): Problem {
  const inWords = (text: string) =>
    text
      .replace(/pulumi config rm --path '[^']*'/g, "leave it out")
      .replace(/pulumi config set --path '?(\S+?)'? (\S+)/g, "$1 = $2")
      .replaceAll("lgtm:", "")
      .replaceAll("collectorConfig", "additions")
      .replaceAll("grafanaFolder", "grafana.files");
  return {
    key: pathText(inWords(key), path.slice(above)),
    value: shown,
    reason: inWords(reason),
    fix: inWords(fix),
  };
}

/**
 * Ends a component before it registers anything.
 *
 * @param above how many keys of each path the argument does not have, which is for one release only
 * @throws SettingsError when there are conflicts
 */
export function refuseArguments(
  component: string,
  conflicts: readonly Conflict[],
  above = 0,
): void {
  if (conflicts.length === 0) return;
  const problems = conflicts.map((conflict) => asArgument(conflict, above));
  const count = problems.length === 1 ? "1 argument" : `${String(problems.length)} arguments`;
  throw new SettingsError(problems, `${count} of ${component} cannot work`);
}
