/** Starts the data plane for tests, with what this machine has of Loki and Tempo. */
import * as assert from "node:assert/strict";
import type { ChartSet } from "../../../config/charts";
import {
  coreTools,
  type PartialSystem,
  startSystemOf,
  storeTools,
  type System,
  type SystemOptions,
  systemTools,
  toolsOfSet,
} from "../../../dataplane/system";
import { foundTool, requireTools } from "../../support/tools";

/** A store that a test can do without, or is skipped without. */
export type StoreTool = (typeof storeTools)[number];

/** The longest that starting everything may take, in milliseconds. */
const START_TIMEOUT = 120_000;

/** What a test of a running system may take at least: longer than `eventually` waits. */
const TEST_TIMEOUT = 45_000;

function giveTime(context: Mocha.Context): void {
  context.timeout(START_TIMEOUT);
  // Or mocha would end a test before its failure has said which program it waits for.
  context.test?.parent?.eachTest((test) => {
    const own = test.timeout();
    if (own !== 0) test.timeout(Math.max(own, TEST_TIMEOUT));
  });
}

/**
 * Starts the data plane in a `before` hook, whose timeout it raises, and those of the suite's tests; builds the
 * tools that are missing, or skips aloud, also where Loki or Tempo is not installed.
 *
 * @throws HopError as {@link startSystemOf} does
 */
export async function startSystem(
  context: Mocha.Context,
  options: SystemOptions = {},
): Promise<System> {
  const binaries = await requireTools(context, systemTools);
  giveTime(context);
  return startSystemOf(binaries, options);
}

/**
 * The same for suites of which some tests need neither Loki nor Tempo, or only one: starts those that
 * are installed. Tests that need one ask {@link whereInstalled}.
 *
 * @param stores which of the two to start at all; default both
 */
export async function startPartialSystem(
  context: Mocha.Context,
  options: SystemOptions = {},
  stores: readonly StoreTool[] = storeTools,
): Promise<PartialSystem> {
  const tools = toolsOfSet[options.chartSet ?? "umbrella"];
  const core = await requireTools(context, [...coreTools, tools.collector]);
  const find = async (name: StoreTool): Promise<string | undefined> =>
    stores.includes(name) ? foundTool(context, tools[name]) : undefined;
  const [loki, tempo] = [await find("loki"), await find("tempo")];
  giveTime(context);
  return startSystemOf({ ...core, loki, tempo }, options);
}

/**
 * Something of a partial system that is there only with this store; skips the test aloud, or in a hook
 * its suite, where the store is not installed.
 */
export async function whereInstalled<T>(
  context: Mocha.Context,
  store: StoreTool,
  value: T | undefined,
  chartSet: ChartSet = "umbrella",
): Promise<T> {
  await requireTools(context, [toolsOfSet[chartSet][store]]);
  assert.ok(value !== undefined, `the system was started without ${store}`);
  return value;
}
