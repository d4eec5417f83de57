/** Tests: what the stores' disks may lose, the stores' own programs one by one, without a collector. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { bucketsFolder, flushScript } from "../../components/values/object-store";
import { type ChartSet, chartSets } from "../../config/charts";
import { bucketsOf } from "../../dataplane/buckets";
import { Closers } from "../../dataplane/closers";
import type { Generated } from "../../dataplane/config/generated";
import { noPowerCutDisk, powerCutDisk } from "../../dataplane/power-cut-disk";
import { eventually, notYet } from "../../dataplane/query/eventually";
import { scratchFolder } from "../../dataplane/scratch-folder";
import { type Disk, diskOf } from "../../dataplane/stores/context";
import { type ObjectStore, startObjectStore } from "../../dataplane/stores/object-store";
import { writeOut } from "../../ops/commands/migrate/write-out";
import { skipEverywhere } from "../support/skip";
import { foundTool, requireTools } from "../support/tools";
import { asIngester } from "./support/as-ingester";
import {
  generateOwnBuckets,
  type NumberedStore,
  numberedStore,
  type NumberedStoreName,
  ownBuckets,
  storeNames,
  storePrograms,
} from "./support/numbered-stores";

const NUMBERS = Array.from({ length: 50 }, (_, index) => index);
const LATER = NUMBERS.map((number) => number + NUMBERS.length);

const titles = { loki: "Loki", mimir: "Mimir", tempo: "Tempo" } as const;

const { signal: never } = new AbortController();

/** Where a store of a chart set runs, and an object store for it. */
class Place {
  readonly closers = new Closers();

  private constructor(
    private readonly binary: string,
    private readonly gofakes3: string,
    private readonly generated: Generated,
    readonly folder: string,
  ) {}

  static async of(
    context: Mocha.Context,
    chartSet: ChartSet,
    name: NumberedStoreName,
  ): Promise<Place> {
    const program = storePrograms[chartSet][name];
    const tools = await requireTools(context, ["helm", "gofakes3", program]);
    const generated = await generatedOf(tools.helm, chartSet);
    const scratch = scratchFolder();
    const place = new Place(tools[program], tools.gofakes3, generated, scratch.folder);
    place.closers.add(scratch.remove);
    return place;
  }

  get buckets(): string[] {
    return bucketsOf(this.generated);
  }

  async objectStore(name: string): Promise<ObjectStore> {
    const disk = diskOf(this.folder, name);
    const accounts = [ownBuckets.settings["lgtm:storageAccount"]];
    const store = await startObjectStore(this.gofakes3, disk, accounts, this.buckets);
    this.closers.add(store.stop);
    return store;
  }

  /** The store, running, with the configuration that the program generates. */
  async store(
    name: NumberedStoreName,
    { address }: ObjectStore,
    disk: Disk,
    before?: NumberedStore,
  ): Promise<NumberedStore> {
    const { binary, generated } = this;
    const args = { binary, disk, generated, objectStore: address, before };
    const store = await numberedStore(name, args);
    this.closers.add(async () => store.program.kill());
    await store.program.start();
    return store;
  }
}

const known = new Map<ChartSet, Promise<Generated>>();

/** Generated once per chart set: it takes seconds. */
async function generatedOf(helm: string, chartSet: ChartSet): Promise<Generated> {
  const found = known.get(chartSet) ?? generateOwnBuckets(helm, chartSet);
  known.set(chartSet, found);
  return found;
}

/** Sends, and sends again what a store that has just started does not take yet. */
async function sent(store: NumberedStore, numbers: readonly number[]): Promise<void> {
  await eventually(store.program, "it takes what is sent", async () => store.send(numbers));
}

/** Waits until it finds all of these, and at most for so long; returns those that it does not find. */
async function missing(
  store: NumberedStore,
  numbers: readonly number[],
  timeoutMs = 30_000,
): Promise<number[]> {
  let lost: number[] = [...numbers];
  await eventually(
    store.program,
    "everything is found",
    async () => {
      const found = await store.found();
      lost = numbers.filter((number) => !found.has(number));
      return lost.length === 0 ? true : notYet;
    },
    { timeoutMs },
  ).catch(() => undefined);
  return lost;
}

/** Makes it write out all that it has, and ends it. */
async function writtenOutBy(
  name: NumberedStoreName,
  { program, hop }: NumberedStore,
): Promise<void> {
  const patience = { signal: never, limitMs: 60_000, pauseMs: 200 };
  await writeOut(name, asIngester(program, hop), patience);
}

/** A test on a place of its own. */
function inPlace(
  title: string,
  chartSet: ChartSet,
  name: NumberedStoreName,
  test: (place: Place) => Promise<void>,
): void {
  it(title, async function () {
    const place = await Place.of(this, chartSet, name);
    try {
      await test(place);
    } finally {
      await place.closers.closeAll();
    }
  });
}

for (const chartSet of chartSets) {
  describe(`stores that end in good order and lose their disks, of the ${chartSet} charts`, function () {
    this.timeout(90_000);

    // Mimir's ingesters keep what they have on their volumes: its own default, for restarts that are soon over.
    const flushing = chartSet === "maintained" ? (["loki", "tempo"] as const) : (["loki"] as const);
    for (const name of flushing) {
      inPlace(
        `${titles[name]} has put all of it into the object store`,
        chartSet,
        name,
        async (place) => {
          const objectStore = await place.objectStore("objects");
          const store = await place.store(name, objectStore, diskOf(place.folder, name));
          await sent(store, NUMBERS);
          await store.program.restart({ emptyDisk: true });
          assert.deepEqual(await missing(store, NUMBERS), []);
        },
      );
    }
  });
}

/**
 * Age in milliseconds from which on what a store has taken is on the disk: the kernel's own limit, the time
 * to its next look, and what Tempo keeps in memory before it writes anything at all.
 */
function safeAgeMs(): number {
  const centiseconds = (name: string): number =>
    Number(fs.readFileSync(`/proc/sys/vm/${name}`, "utf8"));
  const kernel = centiseconds("dirty_expire_centisecs") + centiseconds("dirty_writeback_centisecs");
  return kernel * 10 + 25_000;
}

/** Those that a store does not find after a power cut: of what it had written out, and of what was old. */
async function missingAfterPowerCut(
  place: Place,
  name: NumberedStoreName,
): Promise<{ readonly writtenOut: number[]; readonly old: number[] }> {
  try {
    // Mimir's blocks reserve half of it at once.
    const disk = await powerCutDisk(1024);
    place.closers.add(disk.remove);
    const objectStore = await place.objectStore("objects");
    const store = await place.store(name, objectStore, disk.of(name));
    await sent(store, NUMBERS);
    await writtenOutBy(name, store);
    await store.program.start();
    await sent(store, LATER);
    await sleep(safeAgeMs());
    await store.program.kill();
    await disk.cut();
    await store.program.start();
    return { writtenOut: await missing(store, NUMBERS), old: await missing(store, LATER) };
  } finally {
    await place.closers.closeAll();
  }
}

describe("stores whose power is cut", function () {
  this.timeout(180_000);
  const results = new Map<NumberedStoreName, ReturnType<typeof missingAfterPowerCut>>();

  before(async function () {
    const reason = await noPowerCutDisk();
    if (reason !== undefined) skipEverywhere(this, reason);
    for (const name of storeNames) {
      if ((await foundTool(this, storePrograms.maintained[name])) === undefined) continue;
      // Beside each other: most of the time they wait for the kernel.
      const result = missingAfterPowerCut(await Place.of(this, "maintained", name), name);
      result.catch(() => undefined);
      results.set(name, result);
    }
  });
  after(async () => Promise.allSettled(results.values()));

  for (const name of storeNames) {
    it(`${titles[name]} starts again, and has what it had written out and what is a minute old`, async function () {
      await requireTools(this, [storePrograms.maintained[name]]);
      assert.deepEqual(await results.get(name), { writtenOut: [], old: [] });
    });
  }
});

describe("the bundled object store's volume when the power is cut", function () {
  this.timeout(60_000);

  before(async function () {
    const reason = await noPowerCutDisk();
    if (reason !== undefined) skipEverywhere(this, reason);
  });

  /** Whether a file is there that was written, without a sync, these seconds before the cut. */
  async function keepsFile(flushing: boolean): Promise<boolean> {
    const disk = await powerCutDisk(16);
    const { data } = disk.of("volume");
    const file = path.join(data, "object");
    fs.mkdirSync(data);
    const script = flushScript.replaceAll(bucketsFolder, data);
    const flusher = flushing ? execa("sh", ["-c", script]) : undefined;
    try {
      fs.writeFileSync(file, "acknowledged");
      await sleep(3_000);
    } finally {
      flusher?.kill();
      await flusher;
    }
    try {
      await disk.cut();
      return fs.existsSync(file) && fs.readFileSync(file, "utf8") === "acknowledged";
    } finally {
      await disk.remove();
    }
  }

  it("has what is some seconds old, by what the pod's second container runs", async () => {
    assert.ok(await keepsFile(true));
  });

  it("has it not without that, so that the test above can fail", async () => {
    assert.ok(!(await keepsFile(false)));
  });
});

describe("a copy of the buckets", function () {
  this.timeout(90_000);

  for (const name of storeNames) {
    inPlace(
      `is all that ${titles[name]} needs, when object store and disks are lost`,
      "maintained",
      name,
      async (place) => {
        const lost = await place.objectStore("lost");
        const store = await place.store(name, lost, diskOf(place.folder, "lost-disk"));
        await sent(store, NUMBERS);
        await writtenOutBy(name, store);
        const copy = await copyOf(lost, place.buckets);
        assert.ok(copy.length > 0, "nothing is in the buckets");
        await lost.stop();
        fs.rmSync(lost.program.data, { recursive: true });

        const restored = await place.objectStore("restored");
        for (const { bucket, key, content } of copy) await restored.write(bucket, key, content);
        const disk = diskOf(place.folder, "empty-disk");
        const next = await place.store(name, restored, disk, store);
        assert.deepEqual(await missing(next, NUMBERS), []);
      },
    );
  }
});

interface Copied {
  readonly bucket: string;
  readonly key: string;
  readonly content: Buffer<ArrayBuffer>;
}

/** Every object, as a client of S3 copies them. */
async function copyOf(store: ObjectStore, buckets: readonly string[]): Promise<Copied[]> {
  const copy: Copied[] = [];
  for (const bucket of buckets) {
    for (const key of await store.objects(bucket))
      copy.push({ bucket, key, content: await store.read(bucket, key) });
  }
  return copy;
}
