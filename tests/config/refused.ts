/** A configuration that has to be refused. */
import type { RunOptions } from "../../lib/pulumi/mocks/program";
import type { Stack } from "../../lib/pulumi/stack-files";

/** A configuration that has to be refused, and what has to be said. */
export interface Refused {
  readonly what: string;
  /** Default: dev. */
  readonly stack?: Stack;
  /** Settings of the program, by key without prefix. */
  readonly set?: Readonly<Record<string, string | undefined>>;
  /** Other configuration, by full key. */
  readonly raw?: Readonly<Record<string, string | undefined>>;
  /** Encrypted configuration, by full key. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** The key that the message names. Default: the only one of `set`. */
  readonly key?: string;
  /** The value as the message shows it. Default: as it was set. */
  readonly shown?: string;
  /** Part of the reason. */
  readonly reason: string;
  /** Part of the fix. Default: a command that sets the key. */
  readonly fix?: string;
  /** What must not be in the message. */
  readonly never?: string;
}

/** The configuration of a row, as the harness takes it. */
export function optionsOf({ set = {}, raw = {}, secrets = {} }: Refused): RunOptions {
  const prefixed = Object.entries(set).map(([key, value]) => [`lgtm:${key}`, value] as const);
  return { config: { ...Object.fromEntries(prefixed), ...raw }, secrets };
}

/** What the message has to say: full key, value (undefined: that it is not set), reason, fix. */
export function expected(row: Refused) {
  const key = row.key ?? Object.keys(row.set ?? {})[0] ?? "";
  const fullKey = key.includes(":") ? key : `lgtm:${key}`;
  const given = { ...optionsOf(row).config, ...row.secrets };
  return {
    key: fullKey,
    value: row.shown ?? given[fullKey],
    // A key inside of a setting has what the row says.
    given: fullKey in given || row.shown !== undefined,
    reason: row.reason,
    fix: row.fix ?? `pulumi config set ${fullKey} `,
  };
}
