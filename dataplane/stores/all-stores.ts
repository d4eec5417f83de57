/** All stores together. */
import { bucketsOf } from "../buckets";
import type { Closers } from "../closers";
import type { Generated } from "../config/generated";
import { startGateway } from "../network/gateway";
import { Link } from "../network/link";
import { startWebhook, type Webhook } from "../network/webhook";
import type { Program } from "../processes/program";
import type { Progress } from "../progress";
import {
  type LokiLine,
  type Sink,
  startLokiSink,
  startTempoSink,
  type StoredSpan,
} from "../sinks/stores";
import { type Alerting, alertmanagerOf } from "./alertmanager";
import { diskOf } from "./context";
import { cortexStore, type MetricStore } from "./cortex";
import { lokiStore, type Store } from "./loki";
import { type ObjectStore, startObjectStore } from "./object-store";
import { tempoStore, type TraceStore } from "./tempo";

/** Paths of the executables of the stores; undefined where one is not to be run. */
export type StoreBinaries = Readonly<
  Record<"cortex" | "gofakes3" | "alertmanager", string> &
    Record<"loki" | "tempo", string | undefined>
>;

/** Alertmanager and the receiver at its end. */
export interface AlertRoute extends Alerting {
  readonly webhook: Webhook;
}

/** Everything behind the collector. */
export interface Stores {
  readonly objectStore: ObjectStore;
  /** Undefined where there is no executable; a sink takes the logs then. */
  readonly loki: Store | undefined;
  /** The same for traces. */
  readonly tempo: TraceStore | undefined;
  /** In the place of those that do not run. */
  readonly sinks: {
    readonly loki: Sink<LokiLine> | undefined;
    readonly tempo: Sink<StoredSpan> | undefined;
  };
  /** The stand-in for Mimir. */
  readonly cortex: MetricStore;
  /** `127.0.0.1:port` in place of Mimir's nginx, without a link in between: for queries. */
  readonly gateway: string;
  /** `127.0.0.1:port` where each takes data: store, sink, or the stand-in for Mimir's nginx. */
  readonly doors: Readonly<Record<"loki" | "mimir" | "tempo", string>>;
  /** The collector's ways to these doors. */
  readonly links: Readonly<Record<"loki" | "mimir" | "tempo", Link>>;
  readonly alertRoute: AlertRoute | undefined;
}

export interface StoresArgs {
  readonly binaries: StoreBinaries;
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

/** Takes logs, or traces, where their store does not run. */
async function startSink<T>(start: () => Promise<Sink<T>>, closers: Closers): Promise<Sink<T>> {
  const sink = await start();
  closers.add(sink.close);
  return sink;
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
      Object.values(generated.storageSecrets).map((keys) => keys["STORAGE_ACCESS_KEY_ID"] ?? ""),
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
  const loki =
    binaries.loki === undefined
      ? undefined
      : await lokiStore(binaries.loki, diskOf(folder, "loki"), generated, objectStore.address);
  const tempo =
    binaries.tempo === undefined
      ? undefined
      : await tempoStore(binaries.tempo, diskOf(folder, "tempo"), generated, {
          objectStore: objectStore.address,
          gateway: gateway.address,
        });

  const programs = [loki?.program, tempo?.program, cortex.program, alertRoute?.program];
  await startAll(programs, progress, closers);
  const sinks = {
    loki: loki === undefined ? await startSink(startLokiSink, closers) : undefined,
    tempo: tempo === undefined ? await startSink(startTempoSink, closers) : undefined,
  };
  const doors = {
    loki: loki?.address ?? sinks.loki?.address ?? "",
    mimir: gateway.address,
    tempo: tempo?.otlp ?? sinks.tempo?.address ?? "",
  };
  const links = {
    loki: await linkTo(doors.loki, closers),
    mimir: await linkTo(doors.mimir, closers),
    tempo: await linkTo(doors.tempo, closers),
  };
  return {
    ...{ objectStore, loki, tempo, sinks, cortex, doors, links, alertRoute },
    gateway: gateway.address,
  };
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
