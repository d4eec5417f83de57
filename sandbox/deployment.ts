/** Deploys and destroys the sandbox's stack, with the steps as lines and Pulumi's own text in a log. */
import * as fs from "node:fs";
import * as path from "node:path";
import type { EngineEvent, OutputMap, Stack } from "@pulumi/pulumi/automation";
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
  const watch = new Watch(onStep);
  const log = openLog(paths);
  try {
    const options = { color: "never", onEvent: watch.event, onOutput: log.write } as const;
    return (await stack.up(options)).outputs;
  } catch (error) {
    throw watch.failure(error, log.file);
  } finally {
    log.close();
  }
}

/**
 * Removes everything that a stack has deployed.
 *
 * @throws DeploymentError with the engine's error messages
 */
export async function destroy(paths: SandboxPaths, stack: Stack, onStep: OnStep): Promise<void> {
  const watch = new Watch(onStep);
  const log = openLog(paths);
  try {
    await stack.destroy({ color: "never", onEvent: watch.event, onOutput: log.write });
  } catch (error) {
    throw watch.failure(error, log.file);
  } finally {
    log.close();
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

interface Log {
  readonly file: string;
  readonly write: (text: string) => void;
  readonly close: () => void;
}

function openLog(paths: SandboxPaths): Log {
  const file = path.join(paths.logs, "pulumi.log");
  const descriptor = fs.openSync(file, "a", 0o600);
  return {
    file,
    write: (text) => {
      fs.writeSync(descriptor, text);
    },
    close: () => {
      fs.closeSync(descriptor);
    },
  };
}
