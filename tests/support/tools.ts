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

/** Milliseconds between two lines about an image that is still being pulled. */
const PULL_SAYS_MS = 10_000;

/**
 * Prints one line when a build starts and one when it ends, why it has to be built, and how a pull
 * goes on; found tools need no word.
 */
function announcer(): (event: ToolEvent) => void {
  const started = new Set<ToolName>();
  const reasons = new Set<string>();
  let said = 0;
  return (event) => {
    if (event.phase === "pulling") {
      const begun = started.has(event.tool);
      if (begun && performance.now() - said < PULL_SAYS_MS) return;
      started.add(event.tool);
      said = performance.now();
      const { tool, image, engine, seconds, line } = event;
      const news = begun
        ? `still pulling ${image}, ${seconds.toFixed(0)} s: ${line}`
        : `${tool} is not installed: pulling ${image} with ${engine}`;
      console.log(`    ${news}`);
    } else if (event.phase === "downloading" || event.phase === "compiling") {
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

/**
 * Paths of tools that a test cannot do without, by name; builds those that are missing. To be
 * called in a `before` hook, whose timeout it takes off for as long as a build may last.
 *
 * A tool that cannot be built skips the suite, with the reason; in CI that is a failure. One that is
 * not built, Loki, Tempo or Mimir, skips it in CI as well.
 *
 * @throws mocha's own signal that skips the suite, or Error in CI
 */
export async function requireTools<Name extends ToolName>(
  context: Mocha.Context,
  names: readonly Name[],
): Promise<Record<Name, string>> {
  try {
    return await patiently(context, names);
  } catch (error) {
    if (error instanceof NotInstalledError) return skipEverywhere(context, error.message);
    if (!(error instanceof ToolError)) throw error;
    return skip(context, `needs ${names.join(" and ")}: ${error.message}`);
  }
}

/** Path of a tool that is not built, for a `before` hook; undefined where it cannot be had. */
export async function foundTool(
  context: Mocha.Context,
  name: FoundToolName,
): Promise<string | undefined> {
  try {
    return (await patiently(context, [name]))[name];
  } catch (error) {
    if (error instanceof NotInstalledError) return undefined;
    throw error;
  }
}

/** Takes off the timeout for as long as a build or a pull may last. */
async function patiently<Name extends ToolName>(
  context: Mocha.Context,
  names: readonly Name[],
): Promise<Record<Name, string>> {
  const timeout = context.timeout();
  context.timeout(BUILD_TIMEOUT);
  try {
    return await ensureTools(names, { onProgress: announcer() });
  } finally {
    context.timeout(timeout);
  }
}
