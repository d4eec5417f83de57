/** Whether the stack's settings can work. */
import { checkedTexts, settingKeys } from "../../../config/check";
import type { Settings } from "../../../config/schema";
import { mask } from "../../../lib/secrets/mask";
import { settingOf, type Stack } from "../../stack";
import type { Finding } from "./findings";

/** The stack's settings, checked; `settings` is undefined when one of them alone cannot work. */
export function checkSettings(stack: Stack): {
  settings: Settings | undefined;
  findings: Finding[];
} {
  const raw = Object.fromEntries(settingKeys.map((key) => [key, settingOf(stack, key)]));
  const { settings, problems } = checkedTexts(raw);
  const findings = problems.map(({ key, reason, fix }) => invalid(key, raw[key], reason, fix));
  return {
    settings,
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
