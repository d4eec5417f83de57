/** Every store as the several processes of a size, and collectors before them. */
import * as path from "node:path";
import type { SizeName } from "../config/sizes";
import { bucketsOf } from "./buckets";
import { Closers } from "./closers";
import { generate, type Generated, withStoreOverrides } from "./config/generated";
import type { LaneSystem } from "./loss/lane";
import { defaultTenant } from "./network/gateway";
import { startReverseProxy } from "./network/reverse-proxy";
import { type Progress, progress } from "./progress";
import { httpHop } from "./query/ask";
import { LogQueries } from "./query/logs";
import { MetricQueries } from "./query/metrics";
import { TraceQueries } from "./query/traces";
import { scratchFolder } from "./scratch-folder";
import { collectorNode } from "./stores/collector";
import { diskOf } from "./stores/context";
import { lokiMembers } from "./stores/loki-members";
import { type Member, ofRole, oneOf, startMembers } from "./stores/members";
import { mimirMembers } from "./stores/mimir-members";
import { type ObjectStore, startObjectStore } from "./stores/object-store";
import { tempoMembers } from "./stores/tempo-members";
import type { SystemOptions } from "./system-options";

/** What it is made of: the programs of the maintained charts, Mimir itself among them. */
export const replicatedTools = [
  "helm",
  "gofakes3",
  "otelcol-current",
  "loki-3.7",
  "tempo-2.10",
  "mimir-3.0",
] as const;

export type ReplicatedBinaries = Readonly<Record<(typeof replicatedTools)[number], string>>;

const storeNames = ["loki", "mimir", "tempo"] as const;
export type StoreName = (typeof storeNames)[number];

export interface ReplicatedSystem extends LaneSystem {
  readonly generated: Generated;
  readonly objectStore: ObjectStore;
  readonly members: Readonly<Record<StoreName, readonly Member[]>>;
  /** The ingesters of this number of every store. */
  readonly ingesters: (number: number) => readonly Member[];
  /** Ends everything and removes every file. */
  readonly stop: () => Promise<void>;
}

async function assemble(
  binaries: ReplicatedBinaries,
  size: SizeName,
  storeOverrides: SystemOptions["storeOverrides"],
  steps: Progress,
  closers: Closers,
): Promise<ReplicatedSystem> {
  const settings = {
    "lgtm:chartSet": "maintained",
    "lgtm:size": size,
    "lgtm:bundledStoreInProduction": "true",
  };
  const plain = await generate(binaries.helm, "dev", settings);
  const generated = withStoreOverrides(plain, storeOverrides?.(plain) ?? {});
  const scratch = scratchFolder();
  closers.add(scratch.remove);
  const folder = path.resolve(scratch.folder);
  const objectStore = await startObjectStore(
    binaries.gofakes3,
    diskOf(folder, "object-store"),
    Object.values(generated.storageSecrets).map((keys) => keys["STORAGE_ACCESS_KEY_ID"] ?? ""),
    bucketsOf(generated),
  );
  closers.add(objectStore.stop);
  const { address } = objectStore;
  const neighbours = { objectStore: address, gateway: "127.0.0.1:9" };
  const members = {
    loki: lokiMembers(binaries["loki-3.7"], folder, generated, address),
    mimir: mimirMembers(binaries["mimir-3.0"], folder, generated, address),
    tempo: tempoMembers(binaries["tempo-2.10"], folder, generated, neighbours),
  };
  const all = Object.values(members).flat();
  closers.add(async () => {
    await Promise.all(all.map(async ({ program }) => program.kill()));
  });
  await steps.step(`${String(all.length)} processes ready`, async () => startMembers(all));

  const lokiDoor = oneOf(members.loki, "distributor").host;
  const mimirDoor = await startReverseProxy(
    `${oneOf(members.mimir, "distributor").host}:8080`,
    // As the chart's nginx does.
    ({ path: asked, headers }) => ({
      path: asked,
      headers: { ...headers, "x-scope-orgid": defaultTenant },
    }),
  );
  closers.add(mimirDoor.close);
  const tempoDoor = oneOf(members.tempo, "distributor").host;
  const doors = {
    loki: `${lokiDoor}:3100`,
    mimir: mimirDoor.address,
    tempo: `${tempoDoor}:4317`,
  };
  const mimirRead = oneOf(members.mimir, "read");
  let collectors = 0;
  return {
    generated,
    objectStore,
    members,
    doors,
    ask: {
      logs: new LogQueries(oneOf(members.loki, "read").hop),
      metrics: new MetricQueries(
        httpHop(mimirRead.program, `http://${mimirRead.host}:8080`, mimirRead.hop.headers),
        oneOf(members.mimir, "ingester").hop,
      ),
      traces: new TraceQueries(oneOf(members.tempo, "read").hop),
    },
    ingesters: (number) =>
      storeNames.flatMap((store) => ofRole(members[store], "ingester").slice(number, number + 1)),
    addCollector: async (_stack, _settings, variation) => {
      collectors += 1;
      const disk = diskOf(folder, `collector-${String(collectors)}`);
      const places = {
        stores: variation?.stores ?? doors,
        programs: {},
        kubelet: "127.0.0.1:9",
        tokenFile: disk.file("token", ""),
        scrapeSeconds: undefined,
      };
      const binary = binaries["otelcol-current"];
      const node = collectorNode(binary, disk, generated, places, variation?.overrides);
      closers.add(async () => node.program.kill());
      await node.program.start();
      return node;
    },
    stop: async () => closers.closeAll(),
  };
}

/**
 * Starts every store as the several processes of a size, with the maintained charts' configuration.
 *
 * @param storeOverrides on top of what running here takes
 * @throws HopError that names the process that did not start; everything has been ended then
 */
export async function startReplicated(
  binaries: ReplicatedBinaries,
  size: SizeName,
  storeOverrides?: SystemOptions["storeOverrides"],
): Promise<ReplicatedSystem> {
  const closers = new Closers();
  try {
    return await assemble(binaries, size, storeOverrides, progress(), closers);
  } catch (error) {
    // The first failure is the one to see.
    await closers.closeAll().catch(() => undefined);
    throw error;
  }
}
