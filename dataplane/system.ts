/** Starts a system: collector, stores, and the links between them. */
import * as path from "node:path";
import type { ChartSet } from "../config/charts";
import type { Stack } from "../lib/pulumi/stack-files";
import type { BuiltToolName, FoundToolName } from "../sandbox/tools/tool";
import { Closers } from "./closers";
import { exportersOfSet, smallQueue } from "./config/collector";
import { generate, type Generated, withStoreOverrides } from "./config/generated";
import { startBystanders } from "./network/bystanders";
import { type Kubelet, startKubelet } from "./network/kubelet";
import { scratchFolder } from "./scratch-folder";
import type { Program } from "./processes/program";
import type { Usage } from "./processes/usage";
import { type Progress, progress } from "./progress";
import { type PartialQueries, type Queries, queriesOf } from "./queries";
import { type Stores, startStores } from "./stores/all-stores";
import { type CollectorNode, collectorNode } from "./stores/collector";
import { diskOf } from "./stores/context";
import type { Store } from "./stores/loki";
import type { TraceStore } from "./stores/tempo";
import { type CollectorVariation, healthyVolumes, type SystemOptions } from "./system-options";

export type { CollectorVariation, SystemOptions } from "./system-options";

/** What every system is made of. */
export const coreTools = [
  "helm",
  "otelcol-contrib",
  "cortex",
  "gofakes3",
  "alertmanager",
] as const satisfies readonly BuiltToolName[];

/** What is there only where somebody has installed it. */
export const storeTools = ["loki", "tempo"] as const satisfies readonly FoundToolName[];

/** The programs of each chart set, where they are not the same. */
export const toolsOfSet = {
  umbrella: { loki: "loki", tempo: "tempo", collector: "otelcol-contrib" },
  maintained: { loki: "loki-3.7", tempo: "tempo-2.10", collector: "otelcol-current" },
} as const satisfies Record<ChartSet, Record<string, BuiltToolName | FoundToolName>>;

/** What a system is made of that lacks nothing. */
export const systemTools = [...coreTools, ...storeTools] as const;

export type SystemBinaries = Readonly<Record<(typeof systemTools)[number], string>> &
  CurrentCollector;

/** The collector of the maintained charts, where their stores run. */
interface CurrentCollector {
  readonly "otelcol-current"?: string;
}

/** The same, without some of Loki and Tempo. */
export type PartialBinaries = Readonly<
  Record<(typeof coreTools)[number], string> &
    Record<(typeof storeTools)[number], string | undefined>
> &
  CurrentCollector;

/** The data plane: collector and stores, running; Loki and Tempo only where they were given. */
export interface PartialSystem extends Stores {
  readonly generated: Generated;
  readonly collector: CollectorNode;
  readonly kubelet: Kubelet;
  readonly ask: PartialQueries;
  /**
   * Starts another collector before the same stores, behind the same links, such as the tutorial's.
   * It ends with the system.
   */
  readonly addCollector: (
    stack: Stack,
    settings?: SystemOptions["settings"],
    variation?: CollectorVariation,
  ) => Promise<CollectorNode>;
  /** Processor time and memory of each program that runs, by name. Linux only; elsewhere empty. */
  readonly usage: () => Readonly<Record<string, Usage>>;
  /** Ends everything and removes every file. */
  readonly stop: () => Promise<void>;
}

/** The data plane with every store. */
export interface System extends PartialSystem {
  readonly loki: Store;
  readonly tempo: TraceStore;
  readonly ask: Queries;
}

class Collectors {
  readonly #started: CollectorNode[] = [];

  constructor(
    private readonly binaries: PartialBinaries,
    private readonly folder: string,
    private readonly stores: Stores,
    private readonly kubelet: Kubelet,
    /** Answers for pods whose programs do not run here, of whatever store. */
    private readonly bystanders: string,
    private readonly scrapeSeconds: number | "generated",
    private readonly steps: Progress,
    private readonly closers: Closers,
  ) {}

  get programs(): Program[] {
    return this.#started.map(({ program }) => program);
  }

  async start(generated: Generated, variation: CollectorVariation = {}): Promise<CollectorNode> {
    const { stores, kubelet } = this;
    const { scrapeSeconds = this.scrapeSeconds } = variation;
    const number = this.#started.length + 1;
    const disk = diskOf(this.folder, `collector-${String(number)}`);
    const places = {
      stores: variation.stores ?? {
        loki: stores.links.loki.address,
        mimir: stores.links.mimir.address,
        tempo: stores.links.tempo.address,
      },
      programs: {
        loki: stores.loki?.address ?? this.bystanders,
        mimir: stores.cortex.address,
        tempo: stores.tempo?.address ?? this.bystanders,
        grafana: this.bystanders,
        minio: this.bystanders,
      },
      kubelet: kubelet.address,
      tokenFile: disk.file("token", kubelet.token),
      scrapeSeconds: scrapeSeconds === "generated" ? undefined : scrapeSeconds,
    };
    const binary = this.binaries[toolsOfSet[generated.chartSet].collector];
    if (binary === undefined) throw new Error("this system was started without otelcol-current");
    const node = collectorNode(binary, disk, generated, places, variation.overrides);
    this.#started.push(node);
    this.closers.add(async () => node.program.stop());
    await this.steps.step(`${node.program.name} (${generated.stack}) ready`, async () =>
      node.program.start(),
    );
    return node;
  }
}

/** Generates each configuration once, whoever asks: it takes seconds. */
function onceEach(
  helm: string,
): (...of: [Stack, SystemOptions["settings"]?]) => Promise<Generated> {
  const known = new Map<string, Promise<Generated>>();
  return async (stack, settings) => {
    const key = JSON.stringify([stack, settings]);
    const found = known.get(key) ?? generate(helm, stack, settings);
    known.set(key, found);
    return found;
  };
}

async function assemble(
  binaries: PartialBinaries,
  options: SystemOptions,
  steps: Progress,
  closers: Closers,
): Promise<PartialSystem> {
  const { stack = "dev", chartSet = "umbrella", alerting = false, scrapeSeconds = 5 } = options;
  const settings = { ...options.settings, "lgtm:chartSet": chartSet };
  const configurationOf = onceEach(binaries.helm);
  const plain = await steps.step(`configuration of the ${stack} stack generated`, async () =>
    configurationOf(stack, settings),
  );
  const generated = withStoreOverrides(plain, options.storeOverrides?.(plain) ?? {});
  const scratch = scratchFolder();
  closers.add(scratch.remove);
  const folder = path.resolve(scratch.folder);

  const kubelet = await startKubelet(options.volumes ?? healthyVolumes);
  closers.add(kubelet.close);
  const bystanders = await startBystanders();
  closers.add(bystanders.close);
  const args = { binaries, folder, generated, alerting, progress: steps, closers };
  const stores = await startStores(args);
  const collectors = new Collectors(
    binaries,
    folder,
    stores,
    kubelet,
    bystanders.address,
    scrapeSeconds,
    steps,
    closers,
  );
  const { queueBytes } = options;
  const collector = await collectors.start(
    generated,
    queueBytes === undefined
      ? {}
      : {
          // Before Loki only: what is told of it arrives by the others.
          overrides: [
            smallQueue(
              exportersOfSet(chartSet).logs,
              queueBytes,
              "a full queue without gigabytes of logs",
            ),
          ],
        },
  );
  const storePrograms = [stores.objectStore, stores.loki, stores.tempo, stores.cortex].flatMap(
    (store) => store?.program ?? [],
  );

  return {
    ...stores,
    generated,
    collector,
    kubelet,
    ask: queriesOf(stores, collector),
    addCollector: async (other, own, variation) =>
      collectors.start(await configurationOf(other, own), variation),
    usage: () => {
      const programs = [...storePrograms, ...collectors.programs];
      return Object.fromEntries(
        programs.flatMap(({ name, usage }) => (usage === undefined ? [] : [[name, usage]])),
      );
    },
    stop: async () => closers.closeAll(),
  };
}

/**
 * Starts the data plane with the generated configuration, and says so on the console. Sinks take the
 * place of Loki and Tempo where their executables are not given.
 *
 * @throws HopError that names the program that did not start, with the end of its log; everything
 *   that was started has been ended then
 */
export async function startSystemOf(
  binaries: SystemBinaries,
  options?: SystemOptions,
): Promise<System>;
export async function startSystemOf(
  binaries: PartialBinaries,
  options?: SystemOptions,
): Promise<PartialSystem>;
export async function startSystemOf(
  binaries: PartialBinaries,
  options: SystemOptions = {},
): Promise<PartialSystem> {
  const closers = new Closers();
  const steps = progress();
  try {
    return await steps.step("the whole system ready", async () =>
      assemble(binaries, options, steps, closers),
    );
  } catch (error) {
    // The first failure is the one to see.
    await closers.closeAll().catch(() => undefined);
    throw error;
  }
}
