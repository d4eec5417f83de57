import {
  startSystemOf,
  type System,
  type SystemOptions,
  systemTools,
} from "../../../dataplane/system";
import { requireTools } from "../../support/tools";

/** The longest that starting everything may take, in milliseconds. */
const START_TIMEOUT = 120_000;

/** What a test of a running system may take at least: longer than `eventually` waits. */
const TEST_TIMEOUT = 45_000;

/**
 * Starts the data plane in a `before` hook, whose timeout it raises, and those of the suite's tests; builds the
 * tools that are missing, or skips aloud.
 *
 * @throws HopError as {@link startSystemOf} does
 */
export async function startSystem(
  context: Mocha.Context,
  options: SystemOptions = {},
): Promise<System> {
  const binaries = await requireTools(context, systemTools);
  context.timeout(START_TIMEOUT);
  // Or mocha would end a test before its failure has said which program it waits for.
  context.test?.parent?.eachTest((test) => {
    const own = test.timeout();
    if (own !== 0) test.timeout(Math.max(own, TEST_TIMEOUT));
  });
  return startSystemOf(binaries, options);
}
