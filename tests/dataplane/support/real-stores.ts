/** The maintained charts' stores, all of them real, and their collector: Mimir runs in place of its stand-in. */
import { defaultTenant } from "../../../dataplane/network/gateway";
import { startReverseProxy } from "../../../dataplane/network/reverse-proxy";
import { type HttpHop, httpHop } from "../../../dataplane/query/ask";
import { MetricQueries } from "../../../dataplane/query/metrics";
import { scratchFolder } from "../../../dataplane/scratch-folder";
import { diskOf } from "../../../dataplane/stores/context";
import type { CollectorNode } from "../../../dataplane/stores/collector";
import { Closers } from "../../../dataplane/closers";
import type { System } from "../../../dataplane/system";
import { requireTools } from "../../support/tools";
import { mimirStore } from "./mimir";
import { startPartialSystem } from "./start-system";

export interface RealStores {
  readonly system: System;
  /** Asks Mimir. */
  readonly metrics: MetricQueries;
  readonly mimir: HttpHop;
  /** Another collector, with these stores in the place of some. */
  readonly addCollector: (
    stores?: Partial<Record<"loki" | "mimir" | "tempo", string>>,
  ) => Promise<CollectorNode>;
  /** `host:port` where each takes data. */
  readonly doors: Readonly<Record<"loki" | "mimir" | "tempo", string>>;
  readonly stop: () => Promise<void>;
}

/** Seconds between two scrapes, of which there are none within a test. */
const NEVER = 3600;

/** Starts them in a `before` hook, or skips aloud where one is not installed. */
export async function startRealStores(context: Mocha.Context): Promise<RealStores> {
  const tools = await requireTools(context, ["loki-3.7", "tempo-2.10", "mimir-3.0"]);
  const options = { chartSet: "maintained", scrapeSeconds: NEVER } as const;
  // Both are installed.
  const system = (await startPartialSystem(context, options)) as System;
  const closers = new Closers();
  closers.add(system.stop);
  try {
    const scratch = scratchFolder();
    closers.add(scratch.remove);
    const { program, address } = await mimirStore(
      tools["mimir-3.0"],
      diskOf(scratch.folder, "mimir"),
      system.generated,
      system.objectStore.address,
    );
    closers.add(async () => program.stop());
    await program.start();
    const tenant = { "x-scope-orgid": defaultTenant };
    const door = await startReverseProxy(address, ({ path, headers }) => ({
      path,
      headers: { ...headers, ...tenant },
    }));
    closers.add(door.close);
    const doors = { ...system.doors, mimir: door.address };
    const mimir = httpHop(program, `http://${address}`, tenant);
    return {
      system,
      mimir,
      metrics: new MetricQueries(httpHop(program, `http://${door.address}`), mimir),
      doors,
      addCollector: async (stores = {}) =>
        system.addCollector(
          "dev",
          { "lgtm:chartSet": "maintained" },
          { stores: { ...doors, ...stores }, scrapeSeconds: NEVER },
        ),
      stop: async () => closers.closeAll(),
    };
  } catch (error) {
    await closers.closeAll();
    throw error;
  }
}
