/** Kills operations of the real engine. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BatchV1Api, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { execa } from "execa";
import { projectRoot } from "../../../lib/project-root";
import { omit } from "../../../lib/kubernetes/objects";
import { typescriptArguments, typescriptEnvironment } from "../../../sandbox/run-typescript";
import type { TestSandbox } from "../../sandbox/support/test-sandbox";
import type { Ran } from "./command";
import { until } from "../../support/until";
import { familyOf, kill, killFamily, startOperation } from "./pulumi-process";
import { startCli } from "./run-cli";

/** Questions about a cluster that are answered fast enough to hit a moment. */
export class Watcher {
  private readonly core: CoreV1Api;
  private readonly batch: BatchV1Api;

  constructor({ paths }: TestSandbox) {
    const config = new KubeConfig();
    config.loadFromFile(paths.kubeconfig);
    this.core = config.makeApiClient(CoreV1Api);
    this.batch = config.makeApiClient(BatchV1Api);
  }

  /** Whether a revision of the release in this namespace is in this state. */
  async release(namespace: string, status: string): Promise<boolean> {
    const labelSelector = `owner=helm,status=${status}`;
    const { items } = await this.core.listNamespacedSecret({ namespace, labelSelector });
    return items.length > 0;
  }

  /** UIDs of the claims in a namespace, by name. */
  async claims(namespace: string): Promise<Record<string, string>> {
    const { items } = await this.core.listNamespacedPersistentVolumeClaim({ namespace });
    return Object.fromEntries(
      items.map(({ metadata }) => [metadata?.name ?? "", metadata?.uid ?? ""]),
    );
  }

  /** Whether a Service has this port. */
  async port(namespace: string, name: string, port: number): Promise<boolean> {
    const fieldSelector = `metadata.name=${name}`;
    const { items } = await this.core.listNamespacedService({ namespace, fieldSelector });
    return items.some(({ spec }) => spec?.ports?.some((one) => one.port === port) === true);
  }

  /** Whether a Job of Helm's hooks is there. */
  async hook(namespace: string): Promise<boolean> {
    const { items } = await this.batch.listNamespacedJob({ namespace });
    return items.some(({ metadata }) => metadata?.annotations?.["helm.sh/hook"] !== undefined);
  }

  /** `Active`, or `Terminating` while it is being deleted; undefined when there is none. */
  async namespace(name: string): Promise<string | undefined> {
    const { items } = await this.core.listNamespace({ fieldSelector: `metadata.name=${name}` });
    return items[0]?.status?.phase;
  }
}

/**
 * Who is killed. `both`: the engine and all that it has started, as by a power cut. `engine`: the
 * providers are left at their work. `provider`: the engine lives to see it, and ends with a failure.
 */
export type Victims = "both" | "engine" | "provider";

/** An operation of the real engine that is to be killed. */
export class Doomed {
  private constructor(private readonly running: ReturnType<typeof startOperation>["running"]) {}

  static start(sandbox: TestSandbox, operation: "up" | "destroy"): Doomed {
    return new Doomed(startOperation(sandbox, operation).running);
  }

  get pid(): number {
    return this.running.pid ?? 0;
  }

  get runs(): boolean {
    return this.running.exitCode === null && this.running.signalCode === null;
  }

  /** @throws Error when the operation ends before the moment has come */
  async reach(moment: () => Promise<boolean>): Promise<this> {
    while (!(await moment())) {
      if (!this.runs) throw new Error(`the moment never came:\n${(await this.running).all}`);
      await sleep(20);
    }
    return this;
  }

  /** Kills without a chance to tidy up, and waits until the engine has ended. */
  async kill(victims: Victims = "both"): Promise<void> {
    // The engine first, or it notes that the others have died.
    const family = familyOf(this.pid).reverse();
    const chosen = {
      both: family,
      engine: [this.pid],
      provider: family.filter(isProvider),
    }[victims];
    if (!this.runs || chosen.length === 0) throw new Error("there was nobody to kill");
    kill(chosen);
    await this.running;
  }
}

function isProvider(pid: number): boolean {
  const file = `/proc/${String(pid)}/cmdline`;
  try {
    return fs.readFileSync(file, "utf8").includes("resource-kubernetes");
  } catch {
    // It has ended meanwhile.
    return false;
  }
}

/** Starts an operation, and kills it at a moment. */
export async function killAt(
  sandbox: TestSandbox,
  operation: "up" | "destroy",
  moment: () => Promise<boolean>,
  victims: Victims = "both",
): Promise<void> {
  const doomed = await Doomed.start(sandbox, operation).reach(moment);
  await doomed.kill(victims);
}

/** Ctrl-C as a terminal sends it. */
export const ctrlC = "\u0003";

/** Ctrl-D, which ends the input. */
export const ctrlD = "\u0004";

/**
 * Runs a command on a terminal and types something at its question. The terminal is made by `script`
 * of util-linux, and mixes standard output and standard error.
 *
 * @throws Error when nothing was asked
 */
export async function typeAt(
  question: string,
  keys: string,
  { paths }: TestSandbox,
  ...args: string[]
): Promise<Ran> {
  const line = [process.execPath, ...typescriptArguments("ops/main.ts"), ...args].join(" ");
  const running = execa(
    "script",
    ["--quiet", "--return", "--flush", "--command", line, "/dev/null"],
    {
      cwd: projectRoot,
      env: { ...typescriptEnvironment(), LGTM_SANDBOX_DIR: paths.root },
      stdin: "pipe",
      reject: false,
    },
  );
  let shown = "";
  running.stdout.on("data", (text: Buffer) => {
    const before = shown.includes(question);
    shown += text.toString();
    if (!before && shown.includes(question)) running.stdin.write(keys);
  });
  const { exitCode, stdout, stderr } = await running;
  if (!shown.includes(question)) throw new Error(`nothing was asked:\n${shown}`);
  return { exitCode: exitCode ?? -1, stdout, stderr };
}

/** Files of locks on the stack, relative to the backend. */
export function locksOf({ paths }: TestSandbox): string[] {
  const folder = "locks/organization/lgtm/dev";
  const absolute = path.join(paths.backend, ".pulumi", folder);
  if (!fs.existsSync(absolute)) return [];
  const files = fs.readdirSync(absolute).filter((file) => file.endsWith(".json"));
  return files.map((file) => `${folder}/${file}`);
}

interface Resource {
  readonly urn: string;
  readonly id?: string;
}
interface Stored {
  readonly checkpoint: {
    readonly latest: { resources: Resource[]; pending_operations?: unknown[] };
  };
}

/** Makes Pulumi forget a release, and unsure of a Service that it has made. */
export function loseSight({ paths }: TestSandbox): void {
  // Not through Pulumi, which drops pending operations from what it is given.
  const file = path.join(paths.backend, ".pulumi", "stacks", "lgtm", "dev.json");
  const stored = JSON.parse(fs.readFileSync(file, "utf8")) as Stored;
  const { latest } = stored.checkpoint;
  const is =
    (end: string) =>
    ({ urn }: Resource): boolean =>
      urn.endsWith(end);
  const service = latest.resources.find(is("Service::lgtm-grafana"));
  if (service === undefined) throw new Error("Pulumi knows of no such Service");
  latest.resources = latest.resources.filter((one) => one !== service && !is("Release::otel")(one));
  latest.pending_operations = [
    ...(latest.pending_operations ?? []),
    { type: "creating", resource: omit(service, "id") },
  ];
  fs.writeFileSync(file, JSON.stringify(stored));
}

/**
 * Starts a command, and kills it with all that it has started as soon as something is so; that it runs until then
 * is part of the test.
 *
 * @param what is so, for messages
 * @param isSo is given what the command has said
 */
export async function killedWhen(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  what: string,
  isSo: (said: string) => boolean | Promise<boolean>,
): Promise<void> {
  const running = startCli(args, env);
  let said = "";
  for (const stream of [running.stdout, running.stderr])
    stream.on("data", (part: Buffer) => (said += part.toString()));
  await until(
    what,
    async () => {
      assert.equal(running.exitCode, null, `ended before ${what}:\n${said}`);
      return isSo(said);
    },
    240_000,
  );
  killFamily(running.pid ?? 0);
  const { signal } = await running;
  assert.equal(signal, "SIGKILL", `ended before it was killed:\n${said}`);
}
