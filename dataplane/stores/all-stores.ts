/** All stores together. */
import { bucketsOf } from "../buckets";
import type { Closers } from "../closers";
import type { Generated } from "../config/generated";
import { startGateway } from "../network/gateway";
import { Link } from "../network/link";
import { startWebhook, type Webhook } from "../network/webhook";
import type { Program } from "../processes/program";
import type { Progress } from "../progress";
import { type Alerting, alertmanagerOf } from "./alertmanager";
import { diskOf } from "./context";
import { cortexStore, type MetricStore } from "./cortex";
import { lokiStore, type Store } from "./loki";
import { type ObjectStore, startObjectStore } from "./object-store";
import { tempoStore, type TraceStore } from "./tempo";

/** Paths of the executables of the stores. */
export type StoreBinaries = Readonly<
  Record<"loki" | "tempo" | "cortex" | "gofakes3" | "alertmanager", string>
>;

/** Alertmanager and the receiver at its end. */
export interface AlertRoute extends Alerting {
  readonly webhook: Webhook;
}

/** Everything behind the collector. */
export interface Stores {
  readonly objectStore: ObjectStore;
  readonly loki: Store;
  readonly tempo: TraceStore;
  /** The stand-in for Mimir. */
  readonly cortex: MetricStore;
  /** `127.0.0.1:port` in place of Mimir's nginx, without a link in between: for queries. */
  readonly gateway: string;
  /** The collector's ways to the stores; `mimir` ends at the stand-in for its nginx. */
  readonly links: Readonly<Record<"loki" | "mimir" | "tempo", Link>>;
  readonly alertRoute: AlertRoute | undefined;
}

/** What starting needs to know. */
export interface StoresArgs {
  readonly binaries: StoreBinaries;
  /** Folder for the disks. */
  readonly folder: string;
  readonly generated: Generated;
  readonly alerting: boolean;
  readonly progress: Progress;
  /** Is told how to end each that has been started. */
  readonly closers: Closers;
}

async function startAlertRoute({ binaries, folder, closers }: StoresArgs): Promise<AlertRoute> {
  const webhook = await startWebhook();
  closers.add(webhook.close);
  const disk = diskOf(folder, "alertmanager");
  return { ...(await alertmanagerOf(binaries.alertmanager, disk, webhook.url)), webhook };
}

async function linkTo(target: string, closers: Closers): Promise<Link> {
  const link = await Link.to(target);
  closers.add(async () => link.close());
  return link;
}

/**
 * Starts the stores: first the object store, on which the others depend, then all others at once.
 *
 * @throws HopError that names the one that did not start
 */
export async function startStores(args: StoresArgs): Promise<Stores> {
  const { binaries, folder, generated, progress, closers } = args;
  const objectStore = await progress.step("object store (gofakes3) ready", async () =>
    startObjectStore(
      binaries.gofakes3,
      diskOf(folder, "object-store"),
      generated.storageSecret["STORAGE_ACCESS_KEY_ID"] ?? "",
      bucketsOf(generated),
    ),
  );
  closers.add(objectStore.stop);

  const alertRoute = args.alerting ? await startAlertRoute(args) : undefined;
  const cortex = await cortexStore(binaries.cortex, diskOf(folder, "cortex"), generated, {
    objectStore: objectStore.address,
    alertmanager: alertRoute && `http://${alertRoute.address}`,
  });
  const gateway = await startGateway(cortex.address);
  closers.add(gateway.close);
  const loki = await lokiStore(
    binaries.loki,
    diskOf(folder, "loki"),
    generated,
    objectStore.address,
  );
  const tempo = await tempoStore(binaries.tempo, diskOf(folder, "tempo"), generated, {
    objectStore: objectStore.address,
    gateway: gateway.address,
  });

  const programs = [loki.program, tempo.program, cortex.program, alertRoute?.program];
  await startAll(programs, progress, closers);
  const links = {
    loki: await linkTo(loki.address, closers),
    mimir: await linkTo(gateway.address, closers),
    tempo: await linkTo(tempo.otlp, closers),
  };
  return { objectStore, loki, tempo, cortex, gateway: gateway.address, links, alertRoute };
}

/** Starts them at once, and waits for all even when one fails: none may be left half started. */
async function startAll(
  programs: readonly (Program | undefined)[],
  progress: Progress,
  closers: Closers,
): Promise<void> {
  const present = programs.filter((program) => program !== undefined);
  closers.add(async () => {
    await Promise.all(present.map(async (program) => program.stop()));
  });
  const results = await Promise.allSettled(
    present.map(async (program) =>
      progress.step(`${program.name} ready`, async () => program.start()),
    ),
  );
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
