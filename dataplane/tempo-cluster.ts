/** Tempo as the several processes of a size, with an object store, and nothing before it. */
import { randomBytes } from "node:crypto";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import type { ChartSet } from "../config/charts";
import type { SizeName } from "../config/sizes";
import { bucketsOf } from "./buckets";
import { Closers } from "./closers";
import { generate, type Generated, withStoreOverrides } from "./config/generated";
import { type Override, valueAt } from "./config/override";
import { numberedSpans } from "./loss/numbered-items";
import { askText } from "./query/ask";
import { eventually, notYet } from "./query/eventually";
import { OwnMetrics } from "./query/exposition";
import { scratchFolder } from "./scratch-folder";
import { OtlpClient } from "./sinks/otlp-client";
import { diskOf } from "./stores/context";
import { type Member, ofRole, oneOf, startMembers } from "./stores/members";
import { type ObjectStore, startObjectStore } from "./stores/object-store";
import { tempoMembers } from "./stores/tempo-members";

export interface TempoClusterArgs {
  readonly binaries: Readonly<Record<"gofakes3" | "helm" | "tempo", string>>;
  readonly chartSet: ChartSet;
  readonly size: SizeName;
  /** On top of what is generated, which a test asks for. */
  readonly overrides?: readonly Override[];
}

/** Questions at once: two cores answer no more, and one by one a thousand take a minute. */
const AT_ONCE = 8;

/** Milliseconds between two questions for a trace that was not found. */
const ASK_AGAIN_MS = 500;

/** Settings of an ingester that say when a trace is in its log, as Go writes durations. */
interface TempoConfig {
  readonly ingester: { readonly trace_idle_period: string; readonly flush_check_period: string };
}

function secondsOf(duration: string): number {
  const [, minutes = "0", seconds = "0"] = /^(?:(\d+)m)?(?:(\d+)s)?$/.exec(duration) ?? [];
  return Number(minutes) * 60 + Number(seconds);
}

/** Tempo, running. */
export class TempoCluster {
  readonly ingesters: readonly Member[];
  readonly #client: OtlpClient;

  private constructor(
    readonly generated: Generated,
    readonly members: readonly Member[],
    readonly objectStore: ObjectStore,
    private readonly closers: Closers,
  ) {
    this.ingesters = ofRole(members, "ingester");
    this.#client = new OtlpClient(`${oneOf(members, "distributor").host}:4317`, 60_000);
    closers.add(() => {
      this.#client.close();
    });
  }

  /** @throws HopError when one of the processes does not start; all have been ended then */
  static async start(args: TempoClusterArgs): Promise<TempoCluster> {
    const { binaries, chartSet, size, overrides = [] } = args;
    const closers = new Closers();
    try {
      const settings = {
        "lgtm:chartSet": chartSet,
        "lgtm:size": size,
        // A size that keeps three copies refuses one object store below them, of a single pod.
        "lgtm:bundledStoreInProduction": "true",
      };
      const plain = await generate(binaries.helm, "dev", settings);
      const generated = withStoreOverrides(plain, { tempo: overrides });
      const scratch = scratchFolder();
      closers.add(scratch.remove);
      const folder = path.resolve(scratch.folder);
      const objectStore = await startObjectStore(
        binaries.gofakes3,
        diskOf(folder, "object-store"),
        [generated.storageSecrets.tempo["STORAGE_ACCESS_KEY_ID"] ?? ""],
        bucketsOf(generated),
      );
      closers.add(objectStore.stop);
      const neighbours = { objectStore: objectStore.address, gateway: "127.0.0.1:9" };
      const members = tempoMembers(binaries.tempo, folder, generated, neighbours);
      closers.add(async () => {
        await Promise.all(members.map(async ({ program }) => program.kill()));
      });
      await startMembers(members);
      const cluster = new TempoCluster(generated, members, objectStore, closers);
      await cluster.joined();
      return cluster;
    } catch (error) {
      await closers.closeAll().catch(() => undefined);
      throw error;
    }
  }

  /** On how many ingesters each trace is to be. */
  get copies(): number {
    const path = ["ingester", "lifecycler", "ring", "replication_factor"];
    return Number(valueAt(this.generated.config.tempo, path));
  }

  /** Returns when those that write and those that read know every ingester. */
  async joined(): Promise<void> {
    for (const role of ["distributor", "querier"] as const) {
      const { hop } = oneOf(this.members, role);
      await eventually(hop, "it knows every ingester", async () => {
        const ring = (await new OwnMetrics(hop).all()).find(
          ({ name, labels }) =>
            name === "tempo_ring_members" &&
            labels["name"] === "ingester" &&
            labels["state"] === "ACTIVE",
        );
        return ring?.value === this.ingesters.length ? undefined : notYet;
      });
    }
  }

  /** Sends so many traces of one span; the ids of those that are acknowledged, which are all. */
  async send(traces: number): Promise<string[]> {
    const ids: string[] = [];
    for (let seq = 0; seq < traces; seq += 1) {
      const id = randomBytes(16);
      const message = numberedSpans({ service: "numbered", seqs: [seq], padding: 0 }, id);
      const outcome = await this.#client.export("traces", message, new AbortController().signal);
      if (!outcome.acknowledged) throw new Error(`Tempo took none: ${outcome.reason ?? ""}`);
      ids.push(id.toString("hex"));
    }
    return ids;
  }

  /**
   * Those of the traces that are not found by their id.
   *
   * @param looks how often to ask, half a second apart, for one that is not found; 1 takes the first answer
   */
  async missing(ids: readonly string[], looks: number): Promise<string[]> {
    let missing = [...ids];
    for (let look = 1; ; look += 1) {
      missing = await this.#notFound(missing);
      if (missing.length === 0 || look >= looks) return missing;
      await sleep(ASK_AGAIN_MS);
    }
  }

  /**
   * Returns when what was sent until now is in the ingesters' logs: a trace is held in memory while spans
   * of it may come, and it is looked every so often whether that is over.
   */
  async logged(): Promise<void> {
    const [ingester] = this.ingesters;
    if (ingester === undefined) throw new Error("no ingester runs");
    const text = await askText(ingester.hop, "/status/config");
    const { ingester: config } = parse(text.slice(text.indexOf("\ningester:"))) as TempoConfig;
    const seconds = secondsOf(config.trace_idle_period) + secondsOf(config.flush_check_period);
    await sleep((seconds + 2) * 1000);
  }

  /**
   * Has the ingesters end in good order, which writes everything to the object store, and start again; who answers
   * queries looks into the object store when it starts.
   */
  async writtenOut(): Promise<void> {
    for (const role of ["ingester", "querier", "read"] as const)
      for (const { program } of ofRole(this.members, role)) await program.restart();
    await this.joined();
  }

  async stop(): Promise<void> {
    await this.closers.closeAll();
  }

  async #notFound(ids: readonly string[]): Promise<string[]> {
    const { url } = oneOf(this.members, "read").hop;
    const waiting = [...ids];
    const missing: string[] = [];
    const ask = async (): Promise<void> => {
      for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
        const response = await fetch(`${url}/api/traces/${id}`);
        await response.arrayBuffer();
        if (response.status !== 200) missing.push(id);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, ask));
    return missing;
  }
}
