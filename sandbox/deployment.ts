/** Deploys and destroys the sandbox's stack, with the steps as lines and Pulumi's own text in a log. */
import * as fs from "node:fs";
import * as path from "node:path";
import type {
  DestroyOptions,
  EngineEvent,
  OutputMap,
  Stack,
  UpOptions,
} from "@pulumi/pulumi/automation";
import { reasonsIn } from "../lib/pulumi/engine-events";
import { titleOf } from "../lib/pulumi/state";
import type { SandboxPaths } from "./state";

/** A deployment that failed; the message says what the engine reported. */
export class DeploymentError extends Error {}

/** Called with one line whenever a resource is begun or done; `done` names the one that is. */
export type OnStep = (line: string, done?: string) => void;

/**
 * Deploys a stack; Pulumi's own text goes to <logs>/pulumi.log.
 *
 * @throws DeploymentError with the engine's error messages
 */
export async function deploy(
  paths: SandboxPaths,
  stack: Stack,
  onStep: OnStep,
): Promise<OutputMap> {
  return (await watched(paths, onStep, (options) => stack.up(options))).outputs;
}

/**
 * Removes everything that a stack has deployed.
 *
 * @throws DeploymentError with the engine's error messages
 */
export async function destroy(paths: SandboxPaths, stack: Stack, onStep: OnStep): Promise<void> {
  await watched(paths, onStep, (options) => stack.destroy(options));
}

type Options = Pick<UpOptions & DestroyOptions, "color" | "onEvent" | "onOutput">;

async function watched<T>(
  paths: SandboxPaths,
  onStep: OnStep,
  run: (options: Options) => Promise<T>,
): Promise<T> {
  const watch = new Watch(onStep);
  const file = path.join(paths.logs, "pulumi.log");
  const log = fs.openSync(file, "a", 0o600);
  const onOutput = (text: string): void => {
    fs.writeSync(log, text);
  };
  try {
    return await run({ color: "never", onEvent: watch.event, onOutput });
  } catch (error) {
    throw watch.failure(error, file);
  } finally {
    fs.closeSync(log);
  }
}

/** Turns the engine's events into lines, and keeps its errors. */
class Watch {
  private readonly started = Date.now();
  private readonly reasons: string[] = [];
  private readonly open = new Map<string, string>();
  private done = 0;

  constructor(private readonly onStep: OnStep) {}

  readonly event = (event: EngineEvent): void => {
    const { resourcePreEvent, resOutputsEvent } = event;
    this.reasons.push(...reasonsIn(event));
    if (resourcePreEvent !== undefined && resourcePreEvent.metadata.op !== "same") {
      this.open.set(resourcePreEvent.metadata.urn, describe(resourcePreEvent.metadata));
      this.report();
    }
    if (resOutputsEvent !== undefined) {
      const { urn, op } = resOutputsEvent.metadata;
      this.done += 1;
      this.open.delete(urn);
      this.report(op === "same" ? undefined : describe(resOutputsEvent.metadata, past));
    }
  };

  failure(error: unknown, log: string): DeploymentError {
    const fallback = error instanceof Error ? error.message : String(error);
    const text = this.reasons.length > 0 ? this.reasons.join("\n") : fallback;
    return new DeploymentError(`${text}\nPulumi's whole output: ${log}`, { cause: error });
  }

  private report(done?: string): void {
    const seconds = Math.round((Date.now() - this.started) / 1000);
    const waiting = [...this.open.values()].slice(-2).join(", ");
    const now = waiting === "" ? "" : `; ${waiting}`;
    this.onStep(`${String(this.done)} resources done, ${String(seconds)} s${now}`, done);
  }
}

const present: Verbs = { create: "creating", update: "updating", delete: "deleting" };
const past: Verbs = { create: "created", update: "updated", delete: "deleted" };
type Verbs = Readonly<Record<string, string>>;

/** "creating Release lgtm" */
function describe(metadata: { op: string; type: string; urn: string }, verbs = present): string {
  return `${verbs[metadata.op] ?? metadata.op} ${titleOf(metadata)}`;
}
