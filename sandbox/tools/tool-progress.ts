/** Shows how builds go on. */
import type { ToolEvent } from "./tools";

/**
 * Turns the events of tool builds into lines. On a terminal every step is shown; elsewhere only when
 * a tool starts to compile and when it is done, so that a log stays readable.
 */
export function toolProgress(show: (line: string) => void): (event: ToolEvent) => void {
  const live = process.stdout.isTTY;
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
      case "downloading":
        if (live) show(`${event.tool}: downloading, ${String(event.modules)} modules`);
        else once(`${event.tool}: downloading`);
        return;
      case "compiling":
        if (live)
          show(
            `${event.tool}: compiling, ${String(event.compiled)} of ${String(event.packages)} packages`,
          );
        else once(`${event.tool}: compiling`);
        return;
      case "done":
        if (event.from === "build")
          show(`${event.tool}: built in ${String(Math.round(event.seconds))} s`);
        return;
      case "failed":
        show(`${event.tool}: ${event.reason}`);
    }
  };
}
