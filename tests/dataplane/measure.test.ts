/** Measures. */
import { setTimeout as sleep } from "node:timers/promises";
import { bucketsOf } from "../../dataplane/buckets";
import { Closers } from "../../dataplane/closers";
import { powerCutDisk } from "../../dataplane/power-cut-disk";
import { scratchFolder } from "../../dataplane/scratch-folder";
import { diskOf } from "../../dataplane/stores/context";
import { startObjectStore } from "../../dataplane/stores/object-store";
import { requireTools } from "../support/tools";
import { generateOwnBuckets, numberedStore, ownBuckets, storeNames, storeTools } from "./support/numbered-stores";

describe("measure", function () {
  this.timeout(400_000);
  it("power", async function () {
    const chartSet = (process.env["SET"] ?? "maintained") as "maintained";
    const seconds = Number(process.env["SECS"] ?? 70);
    const closers = new Closers();
    const names = storeTools[chartSet];
    const tools = await requireTools(this, ["helm", "gofakes3", names.loki, names.mimir, names.tempo] as never) as Record<string,string>;
    const generated = await generateOwnBuckets(tools["helm"]!, chartSet);
    const scratch = scratchFolder();
    closers.add(scratch.remove);
    const objectStore = await startObjectStore(tools["gofakes3"]!, diskOf(scratch.folder, "os"), [ownBuckets.settings["lgtm:storageAccount"]], bucketsOf(generated));
    closers.add(objectStore.stop);
    try {
      await Promise.all(storeNames.filter((n) => !process.env["ONLY"] || process.env["ONLY"] === n).map(async (name) => {
        const disk = await powerCutDisk(512);
        closers.add(disk.remove);
        const store = await numberedStore(name, { binary: tools[names[name]]!, disk: disk.of(name), generated, objectStore: objectStore.address });
        closers.add(async () => store.program.kill());
        await store.program.start();
        await sleep(3000);
        const at: number[] = [];
        const begin = Date.now();
        let n = 0;
        while (Date.now() - begin < seconds * 1000) {
          await store.send([n]).then(() => { at[n] = Date.now(); }, (e) => console.log(name, String(e).slice(0, 200)));
          n += 1;
          await sleep(500);
        }
        await sleep(name === "tempo" ? 200 : 0);
        await store.program.kill();
        const cutAt = Date.now();
        await disk.cut();
        const t0 = Date.now();
        await store.program.start().catch((e) => console.log(name, "START", String(e).slice(0, 1500)));
        console.log(name, "restart ms", Date.now() - t0);
        await sleep(8000);
        const found = await store.found();
        const lost = at.flatMap((t, i) => (t !== undefined && !found.has(i) ? [((cutAt - t) / 1000).toFixed(1)] : []));
        console.log(name, "sent", n, "found", found.size, "lost", lost.length, "oldest lost s", lost[0], "newest lost", lost.at(-1));
        console.log(name, store.program.log.lines.filter((l: string) => /corrupt|repair|replay|truncat/i.test(l)).slice(0, 8).map((l: string) => l.slice(0, 250)).join("\n"));
      }));
    } finally { await closers.closeAll(); }
  });
});
