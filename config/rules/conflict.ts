/** What a rule about combinations says. */
import type { SettingKey, Settings } from "../schema";

/** A combination that cannot work: the setting to change, why, and a value or sentence that fixes it. */
export interface Conflict {
  readonly key: SettingKey;
  /** What leads to it inside of a setting that is an object; default: nothing, it is the setting. */
  readonly path?: readonly string[];
  /** What stands there, as it may be shown; default: the setting's value. */
  readonly shown?: string;
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

/** A key inside of a setting, as `pulumi config --path` has it: `lgtm:helmValues.grafana["grafana.ini"]`. */
export function pathText(key: string, path: readonly string[]): string {
  return path.reduce(
    (text, part) =>
      /^\d+$/.test(part)
        ? `${text}[${part}]`
        : /^[\w-]+$/.test(part)
          ? `${text}.${part}`
          : `${text}["${part}"]`,
    key,
  );
}

/** The command that takes a key out of a setting that is an object. */
export function remove(key: SettingKey, path: readonly string[]): string {
  return `pulumi config rm --path '${pathText(`lgtm:${key}`, path)}'`;
}
