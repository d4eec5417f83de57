/** The table that is drawn while a run goes on. */
import type { ListrDefaultRendererLogLevels } from "listr2";
import { errorColor } from "../../../../lib/terminal/screen";
import { type Hop, type HopBoard, type HopId, hopIds, hopTitles } from "../hops";
import { delay } from "./report";

/**
 * A table that is drawn anew as hops end, on standard error, and taken away at the end: the result
 * goes to standard output, where nothing must be drawn over.
 *
 * @param stopped settles when the run is over, also when it was called off
 */
export async function liveTable(board: HopBoard, stopped: Promise<unknown>): Promise<void> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- only a terminal needs it
  const { Listr, ListrLogger, ProcessOutput } = require("listr2") as typeof import("listr2");
  const over = stopped.then(
    () => undefined,
    () => undefined,
  );
  const ended = waiters(board);
  const list = new Listr(
    hopIds.map((id) => ({
      title: hopTitles[id],
      task: async (_context: unknown, task) => {
        const hop = await Promise.race([ended[id], over]);
        if (hop === undefined) return;
        const note = hop.status === "ok" ? undefined : hop.note?.split("\n", 1)[0];
        const title = note === undefined ? hop.title : `${hop.title}: ${note}`;
        task.title = `${title} ${errorColor.dim(delay(hop))}`.trimEnd();
        if (hop.status === "failed") throw new Error(title);
        if (hop.status !== "ok") task.skip(title);
      },
    })),
    {
      concurrent: true,
      exitOnError: false,
      // The command's own end what has begun; listr2's would end this process at once.
      registerSignalListeners: false,
      rendererOptions: {
        clearOutput: true,
        // The title says it already.
        showErrorMessage: false,
        logger: new ListrLogger<ListrDefaultRendererLogLevels>({
          processOutput: new ProcessOutput(process.stderr, process.stderr),
        }),
      },
    },
  );
  await list.run();
}

/** A promise for each hop. */
function waiters(board: HopBoard): Readonly<Record<HopId, Promise<Hop>>> {
  const resolvers = new Map<HopId, (hop: Hop) => void>();
  const promises = hopIds.map(
    (id) =>
      [
        id,
        new Promise<Hop>((resolve) => {
          resolvers.set(id, resolve);
        }),
      ] as const,
  );
  board.onEnd((hop) => resolvers.get(hop.id)?.(hop));
  return Object.fromEntries(promises) as Record<HopId, Promise<Hop>>;
}
