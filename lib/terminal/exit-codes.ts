/**
 * How every command of `ops/` ends. Where Pulumi has a code of its own for the same thing (6, 7, 8),
 * it is the same number, so that a script need not know which of the two it has run.
 */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  problem: 4,
  leftovers: 5,
  noStack: 6,
  drift: 7,
  cancelled: 8,
  protected: 9,
  timeout: 124,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What each code says, for --help and docs/day-two.md. */
export const meanings: Readonly<Record<ExitCode, string>> = {
  [exitCodes.ok]: "done, and all is well",
  [exitCodes.failed]: "the command itself failed",
  [exitCodes.usage]: "wrong flag, or a setting that cannot work",
  [exitCodes.unreachable]: "the cluster does not answer, or refuses the credentials",
  [exitCodes.problem]: "something does not work, or must not be touched; it is named",
  [exitCodes.leftovers]: "destroy left something in the cluster",
  [exitCodes.noStack]: "there is no such stack",
  [exitCodes.drift]: "drift found a difference",
  [exitCodes.cancelled]: "you said no, or nobody was there to ask",
  [exitCodes.protected]: "the stack's data is protected; nothing was changed",
  [exitCodes.timeout]: "--timeout ran out",
  [exitCodes.interrupted]: "interrupted with Ctrl-C",
};
