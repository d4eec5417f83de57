/** Tools that a test needs, or a reason to skip it. */
import type { FoundToolName } from "../../sandbox/tools/tool";
import {
  ensureTools,
  NotInstalledError,
  ToolError,
  type ToolEvent,
  type ToolName,
} from "../../sandbox/tools/tools";
import { skip, skipEverywhere } from "./skip";

export type { ToolName } from "../../sandbox/tools/tools";

/** The longest that building every tool from nothing may take, in milliseconds. */
const BUILD_TIMEOUT = 30 * 60_000;

/**
 * Prints one line when a build starts and one when it ends, and why it has to be built; found tools
 * need no word.
 */
function announcer(): (event: ToolEvent) => void {
  const started = new Set<ToolName>();
  const reasons = new Set<string>();
  return (event) => {
    if (event.phase === "downloading" || event.phase === "compiling") {
      if (started.has(event.tool)) return;
      started.add(event.tool);
      console.log(`    ${event.tool} is not installed: building it, which takes minutes once`);
    } else if (event.phase === "declined") {
      if (!reasons.has(event.reason)) console.log(`    not downloaded, ${event.reason}`);
      reasons.add(event.reason);
    } else if (event.phase === "done" && event.from === "build") {
      console.log(`    ${event.tool} built in ${event.seconds.toFixed(0)} s`);
    }
  };
}

/** Path of a tool that is only ever found; undefined where it is not installed. */
export async function foundTool(name: FoundToolName): Promise<string | undefined> {
  try {
    return (await ensureTools([name]))[name];
  } catch (error) {
    if (error instanceof NotInstalledError) return undefined;
    throw error;
  }
}

/**
 * Paths of tools that a test cannot do without, by name; builds those that are missing. To be
 * called in a `before` hook, whose timeout it takes off for as long as a build may last.
 *
 * A tool that cannot be built skips the suite, with the reason; in CI that is a failure. One that is
 * only ever found, Loki, Tempo or Mimir, skips it in CI as well.
 *
 * @throws mocha's own signal that skips the suite, or Error in CI
 */
export async function requireTools<Name extends ToolName>(
  context: Mocha.Context,
  names: readonly Name[],
): Promise<Record<Name, string>> {
  const timeout = context.timeout();
  context.timeout(BUILD_TIMEOUT);
  try {
    return await ensureTools(names, { onProgress: announcer() });
  } catch (error) {
    if (error instanceof NotInstalledError) return skipEverywhere(context, error.message);
    if (!(error instanceof ToolError)) throw error;
    return skip(context, `needs ${names.join(" and ")}: ${error.message}`);
  } finally {
    context.timeout(timeout);
  }
}
