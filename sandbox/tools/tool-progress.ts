/** Shows how builds go on. */
import type { ToolEvent } from "./tools";

const MEGABYTE = 1e6;

/**
 * Turns the events of tools into lines. On a terminal every step is shown; elsewhere only when a tool
 * begins to arrive or to compile and when it is there, so that a log stays readable.
 *
 * @param keep gets what must stay on the screen: why something could not be downloaded
 */
export function toolProgress(
  show: (line: string) => void,
  keep: (line: string) => void = show,
): (event: ToolEvent) => void {
  const live = process.stdout.isTTY;
  const fetched = new Map<
    string,
    { readonly receivedBytes: number; readonly totalBytes: number }
  >();
  const said = new Set<string>();
  const once = (line: string): void => {
    if (said.has(line)) return;
    said.add(line);
    show(line);
  };
  return (event) => {
    switch (event.phase) {
      case "queued":
        return;
      case "pulling":
        if (live) show(`${event.tool}: pulling ${event.image} with ${event.engine} ${event.line}`);
        else once(`${event.tool}: pulling ${event.image} with ${event.engine}`);
        return;
      case "fetching": {
        const { receivedBytes, totalBytes = receivedBytes } = event;
        fetched.set(event.tool, { receivedBytes, totalBytes });
        if (live) show(arriving([...fetched.values()]));
        else once(`${event.tool}: downloading`);
        return;
      }
      case "declined":
        if (said.has(event.reason)) return;
        said.add(event.reason);
        keep(`not downloaded, ${event.reason}`);
        return;
      case "downloading":
        if (live) show(`${event.tool}: downloading, ${String(event.modules)} modules`);
        else once(`${event.tool}: downloading`);
        return;
      case "compiling": {
        const { tool, compiled, packages } = event;
        const far = live ? `, ${String(compiled)} of ${String(packages)} packages` : "";
        const line = `${tool}: compiling${far}${outlook(event)}`;
        if (live) show(line);
        else once(line);
        return;
      }
      case "done":
        if (event.from === "build")
          show(`${event.tool}: built in ${String(Math.round(event.seconds))} s`);
        if (event.from === "download") show(`${event.tool}: downloaded`);
        return;
      case "failed":
        show(`${event.tool}: ${event.reason}`);
    }
  };
}

/** How far files have come that arrive side by side. */
function arriving(
  files: readonly { readonly receivedBytes: number; readonly totalBytes: number }[],
): string {
  const megabytes = (pick: (file: (typeof files)[number]) => number): string =>
    String(Math.round(files.reduce((sum, file) => sum + pick(file), 0) / MEGABYTE));
  const [received, total] = [
    megabytes((file) => file.receivedBytes),
    megabytes((file) => file.totalBytes),
  ];
  return `downloading ${String(files.length)} tools, ${received} of ${total} MB`;
}

/** What it took the last time, and what comes afterwards. */
function outlook({
  lastSeconds,
  left,
}: {
  readonly lastSeconds: number | undefined;
  readonly left: readonly string[];
}): string {
  const before = lastSeconds === undefined ? "" : `; took ${duration(lastSeconds)} last time`;
  return left.length === 0 ? before : `${before}; then ${left.join(", ")}`;
}

function duration(seconds: number): string {
  return seconds < 90
    ? `${String(Math.round(seconds))} s`
    : `${String(Math.round(seconds / 60))} min`;
}
