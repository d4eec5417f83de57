/** What every step of a run works with. */
import type { ChartSet } from "../../../config/charts";
import type { Settings } from "../../../config/schema";
import { projectRoot } from "../../../lib/project-root";
import type { Cluster } from "../../../lib/kubernetes/cluster";
import { connect, type Connection } from "../../../lib/kubernetes/open-cluster";
import { explain, run as runPulumi } from "../../../lib/pulumi/pulumi";
import type { Context, Outcome } from "../../../lib/terminal/run";
import { settingsWith } from "../../settings-with";
import { openStack, type Stack } from "../../stack";
import { writeSettings } from "../adopt/settings-file";
import { runUp } from "../migrate/pulumi-up";
import { clusterSystem } from "../verify/cluster-system";
import type { System } from "../verify/system";
import { targetOf } from "../verify/target";
import type { Reach } from "./numbered";
import { type Notes, type Place, stackName, writeNotes } from "./place";

/** A setting as it is typed behind --set. */
export interface Given {
  readonly key: string;
  readonly value: string;
  readonly secret: boolean;
}

export interface Plan {
  readonly chartSet: ChartSet;
  /** What the whole run has, beside the defaults. */
  readonly settings: readonly Given[];
  /** What the first `up` has in place of it, until the step that upgrades. */
  readonly before: readonly Given[];
  /** What the step that changes the size sets. */
  readonly size: Given;
  readonly reportFolder: string;
  readonly picturesFolder: string | undefined;
  readonly keep: boolean;
}

/** One run, from its notes. */
export class Run {
  private system: System | undefined;

  constructor(
    readonly place: Place,
    readonly plan: Plan,
    readonly context: Context,
    readonly connection: Connection,
    public notes: Notes,
  ) {}

  get cluster(): Cluster {
    return this.connection.cluster;
  }

  get signal(): AbortSignal {
    return this.context.signal;
  }

  /** The context with which other commands work on this run's stack, and say nothing. */
  quiet(seconds?: number): Context {
    const { context } = this;
    return {
      ...context,
      on: { name: stackName, access: this.place.access },
      flags: {
        ...{ json: true, yes: true, sandbox: false },
        timeout: seconds ?? context.flags.timeout,
      },
      say: () => undefined,
    };
  }

  async stack(): Promise<Stack> {
    return openStack(this.quiet());
  }

  /** The stack's settings, checked. */
  async settings(): Promise<Settings> {
    return settingsWith(await this.stack(), {});
  }

  async set(settings: readonly Given[]): Promise<void> {
    await writeSettings(await this.stack(), settings, this.context);
  }

  /** Back to what Pulumi.yaml says. */
  async unset(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const args = ["config", "rm", `lgtm:${key}`, "--stack", stackName];
      const result = await runPulumi(this.place.access, args, this.signal);
      if (result.failed) throw explain(this.place.access, ["config", "rm"], result);
    }
  }

  async up(what: string): Promise<void> {
    await runUp(
      { access: this.place.access, name: stackName },
      what,
      this.context,
      "read what it says above; npm run doctor has more where the objects are still there",
    );
    this.system = undefined;
  }

  /** Namespaces of the stack, by its settings. */
  async namespaces(): Promise<string[]> {
    const { lgtmNamespace, otelCollectorNamespace, demoNamespace, ...rest } = await this.settings();
    const nodes = rest.clusterSignals === undefined ? [] : [rest.nodeCollectorNamespace];
    return [...new Set([lgtmNamespace, otelCollectorNamespace, ...nodes, demoNamespace])];
  }

  readonly reach: Reach = async (component, again) => {
    if (again) this.system = undefined;
    this.system ??= await clusterSystem(
      targetOf(await this.stack()),
      this.connection,
      this.context,
    );
    return this.system.to(component);
  };

  /** Keeps what a step has found out, for later ones and for the report. */
  keep(facts: Readonly<Record<string, unknown>>): void {
    this.write({ ...this.notes, facts: { ...this.notes.facts, ...facts } });
  }

  write(notes: Notes): void {
    this.notes = notes;
    writeNotes(this.place, notes);
  }
}

/** Connects with the settings of the run's own stack. */
export async function connectRun(place: Place, context: Context): Promise<Connection> {
  const on = { name: stackName, access: place.access };
  const stack = await openStack({ ...context, on });
  return connect(stack, context, projectRoot);
}

/** Why a command of ours did not end well, in one line; undefined when it did. */
export function whyNot({ exitCode, text }: Outcome): string | undefined {
  return exitCode === 0 ? undefined : `exit code ${String(exitCode)}: ${text.trim()}`;
}
