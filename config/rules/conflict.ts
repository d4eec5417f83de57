/** What a rule about combinations says. */
import type { SettingKey, Settings } from "../schema";

/** A combination that cannot work: the setting to change, why, and a value or sentence that fixes it. */
export interface Conflict {
  readonly key: SettingKey;
  readonly reason: string;
  readonly fix: string;
}

export type Rule = (settings: Settings) => readonly Conflict[];

/** The command that gives a setting this value. */
export function set(key: SettingKey, value: string | number | boolean): string {
  return `pulumi config set lgtm:${key} ${String(value)}`;
}

export function conflictIf(
  found: boolean,
  key: SettingKey,
  reason: string,
  fix: string,
): Conflict[] {
  return found ? [{ key, reason, fix }] : [];
}
