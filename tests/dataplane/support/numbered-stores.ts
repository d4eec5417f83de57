/** The stores of a chart set, one by one and without a collector, that are sent numbers and asked for them. */
import { randomBytes } from "node:crypto";
import type { ChartSet } from "../../../config/charts";
import { generate, type Generated } from "../../../dataplane/config/generated";
import { seqAttribute, numberedSpans } from "../../../dataplane/loss/numbered-items";
import type { Program } from "../../../dataplane/processes/program";
import { askJson, askText, type HttpHop, httpHop } from "../../../dataplane/query/ask";
import { LogQueries } from "../../../dataplane/query/logs";
import { TraceQueries } from "../../../dataplane/query/traces";
import { OtlpClient } from "../../../dataplane/sinks/otlp-client";
import type { Disk } from "../../../dataplane/stores/context";
import { lokiStore } from "../../../dataplane/stores/loki";
import { tempoStore } from "../../../dataplane/stores/tempo";
import { mimirStore } from "./mimir";

export const storeNames = ["loki", "mimir", "tempo"] as const;
export type NumberedStoreName = (typeof storeNames)[number];

/** The program of each store, by the charts. */
export const storePrograms = {
  umbrella: { loki: "loki", mimir: "mimir-2.17", tempo: "tempo" },
  maintained: { loki: "loki-3.7", mimir: "mimir-3.0", tempo: "tempo-2.10" },
} as const satisfies Record<ChartSet, Record<NumberedStoreName, string>>;

/** A store, not started. */
export interface NumberedStore {
  readonly program: Program;
  readonly hop: HttpHop;
  /** Returns when the store has said that it has them. */
  readonly send: (numbers: readonly number[]) => Promise<void>;
  /** Those that it finds. */
  readonly found: () => Promise<ReadonlySet<number>>;
}

export interface NumberedStoreArgs {
  readonly binary: string;
  readonly disk: Disk;
  readonly generated: Generated;
  /** `host:port` */
  readonly objectStore: string;
  /** Who has sent before: what is asked for is known of there only. */
  readonly before?: NumberedStore | undefined;
}

/** Buckets of one's own, with a key for all stores. */
export const ownBuckets = {
  settings: {
    "lgtm:storage": "s3",
    "lgtm:storageEndpoint": "http://object-store.example:9000",
    "lgtm:storageRegion": "us-east-1",
    "lgtm:storageAccount": "AKIAEXAMPLE4711",
    "lgtm:storageLogsBucket": "acme-logs",
    "lgtm:storageMetricsBucket": "acme-metrics",
    "lgtm:storageTracesBucket": "acme-traces",
  },
  secrets: { "lgtm:storageSecret": "Planted-Key-4711" },
} as const;

/** What the program generates for the dev stack with {@link ownBuckets}. */
export async function generateOwnBuckets(helm: string, chartSet: ChartSet): Promise<Generated> {
  const { settings, secrets } = ownBuckets;
  return generate(helm, "dev", { ...settings, "lgtm:chartSet": chartSet }, secrets);
}

const { signal: never } = new AbortController();

/** The traces of each Tempo: it finds them by their id alone. */
const tracesOf = new WeakMap<NumberedStore, string[]>();

async function numberedLoki({ binary, disk, generated, objectStore }: NumberedStoreArgs) {
  const { program, address } = await lokiStore(binary, disk, generated, objectStore);
  const hop = httpHop(program, `http://${address}`);
  return {
    program,
    hop,
    send: async (numbers: readonly number[]) => {
      const nanoseconds = `${String(Date.now())}000000`;
      const values = numbers.map((number) => [nanoseconds, String(number)]);
      await askText(hop, "/loki/api/v1/push", {
        method: "POST",
        contentType: "application/json",
        body: JSON.stringify({ streams: [{ stream: { job: "numbered" }, values }] }),
      });
    },
    found: async () => {
      const lines = await new LogQueries(hop).allLines('{job="numbered"}');
      return new Set(lines.map(({ line }) => Number(line)));
    },
  };
}

async function numberedTempo(args: NumberedStoreArgs): Promise<NumberedStore> {
  const { binary, disk, generated, objectStore, before } = args;
  const neighbours = { objectStore, gateway: "127.0.0.1:9" };
  const { program, address, otlp } = await tempoStore(binary, disk, generated, neighbours);
  const hop = httpHop(program, `http://${address}`);
  const ask = new TraceQueries(hop);
  const traceIds = before === undefined ? [] : [...(tracesOf.get(before) ?? [])];
  const store: NumberedStore = {
    program,
    hop,
    send: async (numbers) => {
      const client = new OtlpClient(otlp, 30_000);
      try {
        const traceId = randomBytes(16);
        const request = { service: "numbered", seqs: numbers, padding: 0 };
        const outcome = await client.export("traces", numberedSpans(request, traceId), never);
        if (!outcome.acknowledged) throw new Error(`Tempo refuses: ${outcome.reason ?? ""}`);
        traceIds.push(traceId.toString("hex"));
      } finally {
        client.close();
      }
    },
    found: async () => {
      const numbers: number[] = [];
      for (const traceId of traceIds) {
        const spans = await ask.trace(traceId).catch((error: unknown) => {
          if (String(error).includes("answered 404")) return [];
          throw error;
        });
        numbers.push(...spans.map(({ attributes }) => Number(attributes[seqAttribute])));
      }
      return new Set(numbers);
    },
  };
  tracesOf.set(store, traceIds);
  return store;
}

/** A querier asks only ingesters for the newest 12 hours: with volumes that are lost, the bucket at once. */
const bucketAtOnce = [
  ["querier", "query_store_after"],
  ["blocks_storage", "bucket_store", "ignore_blocks_within"],
].map((set) => ({ set, to: "0s", reason: "not in 12 hours" }));

async function numberedMimir({ binary, disk, generated, objectStore }: NumberedStoreArgs) {
  const { program, address } = await mimirStore(binary, disk, generated, objectStore, bucketAtOnce);
  const hop = httpHop(program, `http://${address}`, { "x-scope-orgid": "anonymous" });
  return {
    program,
    hop,
    send: async (numbers: readonly number[]) => {
      const timeUnixNano = `${String(Date.now())}000000`;
      const dataPoints = numbers.map((number) => ({
        asDouble: number,
        timeUnixNano,
        attributes: [{ key: "number", value: { stringValue: String(number) } }],
      }));
      const scopeMetrics = [{ metrics: [{ name: "numbered", gauge: { dataPoints } }] }];
      const resourceMetrics = [{ resource: { attributes: [] }, scopeMetrics }];
      await askText(hop, "/otlp/v1/metrics", {
        method: "POST",
        contentType: "application/json",
        body: JSON.stringify({ resourceMetrics }),
      });
    },
    found: async () => {
      const { data } = await askJson<{
        data: { result: readonly { value: readonly [number, string] }[] };
      }>(hop, "/prometheus/api/v1/query", {
        query: { query: "last_over_time(numbered[1h])" },
      });
      return new Set(data.result.map(({ value }) => Number(value[1])));
    },
  };
}

const makers: Readonly<
  Record<NumberedStoreName, (args: NumberedStoreArgs) => Promise<NumberedStore>>
> = { loki: numberedLoki, mimir: numberedMimir, tempo: numberedTempo };

/** One store as one process, with the configuration that the program generates; not started. */
export async function numberedStore(
  name: NumberedStoreName,
  args: NumberedStoreArgs,
): Promise<NumberedStore> {
  return makers[name](args);
}
