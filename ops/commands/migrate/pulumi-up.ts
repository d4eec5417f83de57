/** Runs `pulumi up`. */
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { reasonsIn } from "../../../lib/pulumi/engine-events";
import { explain, run } from "../../../lib/pulumi/pulumi";
import { titleOf } from "../../../lib/pulumi/state";
import { mask } from "../../../lib/secrets/mask";
import { CliError } from "../../../lib/terminal/errors";
import type { Context } from "../../../lib/terminal/run";
import type { Stack } from "../../stack";

/**
 * Runs `pulumi up`.
 *
 * @param what is being done, for the screen
 * @param configFile settings in another file than the stack's own
 * @throws CliError with the engine's own reasons
 */
export async function runUp(
  { access, name }: Pick<Stack, "access" | "name">,
  what: string,
  { progress, signal }: Context,
  fix: string,
  configFile?: string,
): Promise<void> {
  const reasons: string[] = [];
  const onEvent = (event: EngineEvent): void => {
    reasons.push(...reasonsIn(event));
    const done = event.resOutputsEvent?.metadata;
    if (done === undefined || done.op === "same" || done.op === "read") return;
    progress.begin(what, `${done.op} ${titleOf(done)}`);
  };
  progress.begin(what);
  const file = configFile === undefined ? [] : ["--config-file", configFile];
  const args = ["up", "--stack", name, "--yes", "--skip-preview", ...file];
  const result = await run(access, args, signal, { changes: true, onEvent });
  if (!result.failed) return;
  if (reasons.length === 0) throw explain(access, ["up"], result);
  throw new CliError(`pulumi up failed:\n${mask([...new Set(reasons)].join("\n"))}`, { fix });
}
