/** How refused settings are told. */
import * as pulumi from "@pulumi/pulumi";

/** One thing that is wrong with the settings, said so that it can be put right. */
export interface Problem {
  /** Full name of the setting, such as `lgtm:lgtmNamespace`. */
  readonly key: string;
  /** What it is set to, as the user wrote it; undefined when it is not set. */
  readonly value: string | undefined;
  /** Why that cannot be, as the rest of a sentence that starts with the key. */
  readonly reason: string;
  /** What to do: a command or a sentence. */
  readonly fix: string;
}

function describe({ key, value, reason, fix }: Problem): string {
  const is = value === undefined ? "is not set" : `= ${value}`;
  return `  ${key} ${is}\n    reason: ${reason}\n    fix:    ${fix}`;
}

/** Refusal to deploy with these settings. Lists every problem, not just the first. */
export class SettingsError extends pulumi.RunError {
  /** @param head what cannot work; default: so many settings of this stack */
  constructor(
    readonly problems: readonly Problem[],
    head?: string,
  ) {
    const count = problems.length === 1 ? "1 setting" : `${String(problems.length)} settings`;
    super(
      `${head ?? `${count} of this stack cannot work; nothing was changed`}.\n\n${problems.map(describe).join("\n\n")}\n`,
    );
    this.name = "SettingsError";
  }
}
