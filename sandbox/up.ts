/** `npm run sandbox`. */
import { Listr } from "listr2";
import type { ListrTask } from "listr2";
import pc from "picocolors";
import type { OutputMap } from "@pulumi/pulumi/automation";
import { stacksIn } from "../lib/pulumi/stack-files";
import { chartSource } from "./chart-source";
import type { ChartSource } from "./chart-source";
import { claim } from "./cluster/claims";
import { ensureKind, requireKind } from "./cluster/kind";
import type { KindCluster } from "./cluster/kind";
import { deploy } from "./deployment";
import { ensureCluster, kindTools, prepareProject, sandboxTools } from "./sandbox";
import type { Prepared, Tools, UserTools } from "./sandbox";
import { nextSteps, outputsTable, simulatedBlock } from "./screen";
import { createFolders, sandboxPaths } from "./state";
import { toolProgress } from "./tools/tool-progress";

/** Options of `npm run sandbox`. */
export interface UpOptions {
  readonly stack: string;
  readonly charts?: string;
  readonly showSecrets: boolean;
  readonly kind: boolean;
  readonly loadBalancer: boolean;
}

/** A failure that is on the screen already, beside the step that it belongs to. */
export class ShownError extends Error {
  override readonly name = "ShownError";
}

interface Context {
  tools?: UserTools;
  simulation?: Tools;
  kind?: KindCluster;
  charts?: ChartSource;
  prepared?: Prepared;
  outputs?: OutputMap;
}

/** Starts the sandbox, deploys the stack and prints what came of it. */
export async function up(options: UpOptions): Promise<void> {
  const { stack } = options;
  if (!stacksIn().includes(stack)) {
    throw new Error(
      `--stack ${stack}: there is no Pulumi.${stack}.yaml. Known stacks: ${stacksIn().join(", ")}.`,
    );
  }
  if (options.kind) await requireKind();
  // A wrong --charts is said before tools are built, which can take minutes.
  if (options.charts !== undefined) await chartSource(stack, options.charts);
  const paths = sandboxPaths();
  createFolders(paths);
  const release = claim(paths, "npm run sandbox", true);
  const interruption = waitForPulumi();
  const started = Date.now();
  try {
    const context: Context = {};
    const list = new Listr<Context>(unless(interruption.came, tasks(options)), {
      ctx: context,
      // Ours waits for Pulumi; listr2's would end this process at once.
      registerSignalListeners: false,
    });
    await list.run().catch((cause: unknown) => {
      throw new ShownError("a step failed", { cause });
    });
    const { prepared, outputs, tools } = context;
    if (prepared === undefined || outputs === undefined || tools === undefined) return;
    const seconds = Math.round((Date.now() - started) / 1000);
    const left = prepared.leftOut.map(
      (key) => `${key}: encrypted with another passphrase, left out here`,
    );
    const parts = [
      `Stack ${stack} is up after ${String(seconds)} s.`,
      outputsTable(outputs, options.showSecrets),
      ...left.map((line) => pc.yellow(line)),
      simulatedBlock(prepared.state),
      nextSteps(paths, prepared.state, tools.kubectl),
    ];
    console.log(`\n${parts.filter((part) => part !== "").join("\n\n")}`);
  } finally {
    interruption.end();
    release();
  }
}

function tasks(options: UpOptions): ListrTask<Context>[] {
  const paths = sandboxPaths();
  return [
    {
      title: "Tools",
      task: async (context, task) => {
        const report = toolProgress(
          (line) => (task.output = line),
          (line) => (task.title = `${task.title}; ${line}`),
        );
        if (options.kind) {
          context.tools = await kindTools({ onProgress: report });
        } else {
          context.simulation = await sandboxTools({ onProgress: report });
          context.tools = context.simulation;
        }
      },
    },
    {
      title: options.kind ? "kind cluster" : "Control plane",
      task: async (context, task) => {
        const onProgress = (line: string): void => {
          task.output = line;
        };
        if (context.simulation === undefined) {
          context.kind = await ensureKind(paths, options.stack, onProgress);
        } else {
          const { stack, loadBalancer } = options;
          await ensureCluster({
            paths,
            tools: context.simulation,
            loadBalancer,
            stack,
            onProgress,
          });
        }
      },
    },
    {
      title: "Charts",
      task: async (context, task) => {
        // On a real cluster stand-ins would only fail later: their images do nothing.
        const given = options.charts ?? (options.kind ? "stack" : undefined);
        context.charts = await chartSource(options.stack, given);
        const { kind, reason } = context.charts;
        task.title =
          kind === "stand-in"
            ? `Charts: STAND-INS of our own, because ${reason}`
            : `Charts ${reason}`;
      },
    },
    {
      title: `Stack ${options.stack}`,
      task: async (context, task) => {
        const { charts, tools, kind } = context;
        if (charts === undefined || tools === undefined) return;
        const { stack, loadBalancer } = options;
        const cluster = kind === undefined ? {} : { cluster: kind };
        context.prepared = prepareProject({
          paths,
          tools,
          stack,
          charts,
          loadBalancer,
          ...cluster,
        });
        const opened = await context.prepared.pulumi.stack(stack);
        context.outputs = await deploy(paths, opened, (line, done) => {
          // A log gets a line for each resource that is done, not one for every step.
          const finished = done === undefined ? "" : `${done}; ${line.split(";")[0] ?? ""}`;
          const shown = process.stdout.isTTY ? line : finished;
          if (shown !== "") task.output = shown;
        });
      },
    },
  ];
}

/** Steps of which none begins once an interruption has come. */
function unless(
  interrupted: () => boolean,
  steps: readonly ListrTask<Context>[],
): ListrTask<Context>[] {
  return steps.map((step) => ({
    ...step,
    task: (context, task) => {
      if (interrupted()) throw new Error("not begun: interrupted");
      return step.task(context, task);
    },
  }));
}

/** The first Ctrl-C also reaches Pulumi, which ends what it has begun; a second one leaves at once. */
function waitForPulumi(): { came: () => boolean; end: () => void } {
  let count = 0;
  const interrupted = (): void => {
    count += 1;
    if (count > 1) process.exit(130);
    console.error(
      "\nInterrupted. Waiting for what has begun to end; press Ctrl-C again to leave at once.",
    );
    process.exitCode = 130;
  };
  process.on("SIGINT", interrupted);
  return {
    came: () => count > 0,
    end: () => {
      process.off("SIGINT", interrupted);
    },
  };
}
