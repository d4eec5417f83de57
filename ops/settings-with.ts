/** A stack's settings with some of them changed, checked before anything is done with them. */
import type { Problem } from "../config/problems";
import { checkedTexts, settingKeys } from "../config/check";
import type { SettingKey, Settings } from "../config/schema";
import { mask } from "../lib/secrets/mask";
import { CliError } from "../lib/terminal/errors";
import { exitCodes } from "../lib/terminal/exit-codes";
import { settingOf, type Stack } from "./stack";

/** @throws CliError when the settings cannot work together */
export function settingsWith(
  stack: Stack,
  changed: Readonly<Partial<Record<SettingKey, string>>>,
): Settings {
  const raw = Object.fromEntries(settingKeys.map((key) => [key, settingOf(stack, key)]));
  const { settings, problems } = checkedTexts({ ...raw, ...changed });
  if (settings !== undefined && problems.length === 0) return settings;
  const shown = { ...raw, ...changed };
  const lines = problems.map(
    ({ key, reason }) => `  lgtm:${key} = ${mask(shown[key] ?? "")}: ${reason}`,
  );
  const what = Object.entries(changed).map(([key, value]) => `lgtm:${key} = ${value}`);
  throw new CliError(
    [
      `${what.length === 0 ? "These" : `With ${what.join(", ")} these`} settings cannot work. Nothing was changed.`,
      ...lines,
    ].join("\n"),
    { fix: [...new Set(problems.map(({ fix }) => fix))].join("; "), exitCode: exitCodes.usage },
  );
}

/** @throws CliError that says what an `up` would be refused for; nothing when there is nothing */
export function refuse(problems: readonly Problem[], what: string): void {
  if (problems.length === 0) return;
  const lines = problems.map(({ key, value, reason }) => `  ${key} = ${value ?? ""}: ${reason}`);
  throw new CliError([`${what} Nothing was changed.`, ...lines].join("\n"), {
    fix: problems.map(({ fix }) => fix).join("; "),
    exitCode: exitCodes.problem,
  });
}
