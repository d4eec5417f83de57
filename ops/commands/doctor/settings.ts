/** Whether the stack's settings can work. */
import { conflicts } from "../../../config/rules/compatibility";
import { type SettingKey, type Settings, settingsSchema } from "../../../config/schema";
import { mask } from "../../../lib/secrets/mask";
import type { Hints } from "../../hints";
import { settingOf, type Stack } from "../../stack";
import type { Finding } from "./findings";

/** The stack's settings, checked; `settings` is undefined when one of them alone cannot work. */
export function checkSettings(
  stack: Stack,
  hints: Hints,
): { settings: Settings | undefined; findings: Finding[] } {
  const keys = Object.keys(settingsSchema.shape) as SettingKey[];
  const raw = Object.fromEntries(keys.map((key) => [key, settingOf(stack, key)]));
  const parsed = settingsSchema.safeParse(raw);
  if (!parsed.success) {
    const findings = parsed.error.issues.map(({ path, message }) => {
      const key = String(path[0]);
      return invalid(
        key,
        raw[key as SettingKey],
        message,
        hints.pulumi(`config set lgtm:${key} <value>`),
      );
    });
    return { settings: undefined, findings };
  }
  const findings = conflicts(parsed.data).map(({ key, reason, fix }) =>
    invalid(key, raw[key], reason, fix),
  );
  return {
    settings: parsed.data,
    findings:
      findings.length > 0
        ? findings
        : [
            {
              level: "ok",
              object: "settings",
              message: "each is well formed, and they go together.",
            },
          ],
  };
}

function invalid(key: string, value: string | undefined, reason: string, fix: string): Finding {
  return {
    level: "problem",
    symptom: "settings-invalid",
    object: `setting lgtm:${key}`,
    message: `${value === undefined ? "has no value in clear" : `= ${mask(value)}`}: ${reason}.`,
    fix,
  };
}
