/** A test or suite that carries the reason why it did not run. */
interface Skippable {
  skipReason?: string;
  parent?: Skippable | undefined;
}

/**
 * Skips the current test, or in a `before` hook every test of its suite, and says why. To be used
 * when a tool cannot be built: in CI that is a failure, on a laptop it is skipped aloud.
 *
 * @throws Always: mocha's way to leave a test, or in CI an Error with the reason.
 */
export function skip(context: Mocha.Context, reason: string): never {
  if (isCi()) throw new Error(`${reason} (in CI a missing tool is a failure)`);
  return skipEverywhere(context, reason);
}

/**
 * The same for what not even CI can be expected to have, such as programs that nothing here builds.
 * Not for tools that can be built.
 *
 * @throws Always: mocha's way to leave a test.
 */
export function skipEverywhere(context: Mocha.Context, reason: string): never {
  const runnable = context.test as (Skippable & { type?: string }) | undefined;
  const target: Skippable | undefined = runnable?.type === "hook" ? runnable.parent : runnable;
  if (target !== undefined) target.skipReason = reason;
  return context.skip();
}

/** Why a test was skipped, as given to {@link skip} for it or a suite around it, if it was. */
export function skipReason(test: Skippable): string | undefined {
  return test.skipReason ?? (test.parent === undefined ? undefined : skipReason(test.parent));
}

/** Whether this run is one that nobody watches: `CI` is set to anything but empty or "false". */
export function isCi(): boolean {
  return !["", "false", undefined].includes(process.env["CI"]);
}
