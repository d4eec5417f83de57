/** Measures up, preview and destroy beside the tutorial's commands. */
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { stackName } from "./bench-sandbox";
import type { BenchSandbox } from "./bench-sandbox";
import { timed } from "./command";
import type { Command } from "./command";
import type { Samples } from "./spread";
import { tutorialCommands } from "./tutorial";

export const measured = {
  up: "pulumi up --skip-preview",
  upWithPreview: "pulumi up",
  preview: "pulumi preview, engine",
  previewCommand: "pulumi preview, command",
  destroy: "pulumi destroy --skip-preview",
  tutorialUp: "tutorial, deploy",
  tutorialDown: "tutorial, remove",
} as const;

const flags = ["--yes", "--non-interactive", "--color", "never"];

/**
 * One round: our deployment and the tutorial's in turn, on the same cluster, each removed before the
 * next begins.
 *
 * @throws Error when a command fails, or when a preview of what was just deployed shows a change
 */
export async function deploymentRound(
  sandbox: BenchSandbox,
  samples: Samples,
  say: (line: string) => void,
): Promise<void> {
  const note = (name: string, seconds: number): void => {
    samples.add(name, seconds);
    say(`${name}: ${seconds.toFixed(1)} s`);
  };
  const pulumi = (...args: string[]): Command => ({
    file: sandbox.pulumi,
    args: [...args, ...flags],
    cwd: sandbox.paths.project,
    env: sandbox.environment,
  });
  const tutorial = tutorialCommands(sandbox);

  note(measured.up, await timed(pulumi("up", "--skip-preview")));
  const preview = await noChangePreview(sandbox);
  note(measured.preview, preview.engine);
  note(measured.previewCommand, preview.command);
  note(measured.destroy, await timed(pulumi("destroy", "--skip-preview")));

  note(measured.tutorialUp, await timedAll(tutorial.up));
  note(measured.tutorialDown, await timedAll(tutorial.down));

  note(measured.upWithPreview, await timed(pulumi("up")));
  note(measured.destroy, await timed(pulumi("destroy", "--skip-preview")));
}

async function timedAll(commands: readonly Command[]): Promise<number> {
  let total = 0;
  for (const command of commands) total += await timed(command);
  return total;
}

/**
 * Engine time is from the engine's first event to its summary, by the moment at which each arrives:
 * the engine's own duration is in whole seconds.
 */
async function noChangePreview(
  sandbox: BenchSandbox,
): Promise<{ engine: number; command: number }> {
  let begun = 0;
  let ended = 0;
  let changes: string[] = [];
  const onEvent = ({ preludeEvent, summaryEvent }: EngineEvent): void => {
    if (preludeEvent !== undefined) begun = performance.now();
    if (summaryEvent === undefined) return;
    ended = performance.now();
    changes = Object.keys(summaryEvent.resourceChanges).filter(
      (operation) => operation !== "same" && operation !== "read",
    );
  };
  const started = performance.now();
  await sandbox.stack.preview({ onEvent, color: "never" });
  const command = (performance.now() - started) / 1000;
  if (begun === 0 || ended === 0) {
    throw new Error(`The engine reported no beginning or no end of the preview of ${stackName}.`);
  }
  if (changes.length > 0) {
    throw new Error(
      `A preview right after pulumi up shows changes (${changes.join(", ")}); it must show none.`,
    );
  }
  return { engine: (ended - begun) / 1000, command };
}
