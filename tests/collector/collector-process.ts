/** Runs the real collector. */
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import type { Rendered } from "./render";

/** Where the chart mounts the collector's configuration file. */
const mountedConfig = "/conf/relay.yaml";

/** How long the collector may take until its health check answers, in milliseconds. */
const READY_TIMEOUT = 15_000;

/** Folders of the pod that the configuration names, and that have to be there to be accepted. */
const podFolders = /\/var\/(?:run\/secrets\/kubernetes\.io\/serviceaccount\/token|lib\/otelcol)/g;

/** Why the collector does not get `relay`, or undefined when it accepts it. */
export async function complaint(binary: string, relay: string): Promise<string | undefined> {
  // Any file that exists will do for a token, and any folder for a volume: nothing is started.
  const here = relay.replace(podFolders, (place) =>
    place.endsWith("token") ? binary : os.tmpdir(),
  );
  return withConfigFile(here, async (file) => {
    const { exitCode, stderr } = await execa(binary, ["validate", `--config=${file}`], {
      env: { MY_POD_IP: "127.0.0.1", POD_NAME: "otel-collector-0" },
      reject: false,
    });
    return exitCode === 0 ? undefined : `exit code ${String(exitCode)}: ${stderr}`;
  });
}

async function withConfigFile<T>(relay: string, use: (file: string) => Promise<T>): Promise<T> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "lgtm-collector-"));
  try {
    const file = path.join(folder, "relay.yaml");
    await fs.writeFile(file, relay);
    return await use(file);
  } finally {
    await fs.rm(folder, { recursive: true });
  }
}

/** A running collector. */
export interface Collector {
  /** Address of its pod: all receivers listen there, on their own ports. */
  readonly host: string;
  /** What it has logged, line by line. */
  readonly log: readonly string[];
  /** Ends it; what is still in its queues is sent first. */
  readonly stop: () => Promise<void>;
}

/** The last lines of a collector's log, for an error message. */
export function lastLines(log: readonly string[], count = 15): string {
  // The same on every line, and longer than the rest.
  const resource = /"resource": \{[^}]*\}, /;
  const lines = log.slice(-count).map((line) => `  ${line.replace(resource, "")}`);
  return ["Last lines of the collector's log:", ...lines].join("\n");
}

/**
 * Starts the collector as the rendered Deployment would, on this machine.
 *
 * @param host stands for the pod's address
 * @param stores `host:port` that takes the place of each exporter's own, by exporter; all else is
 *   used as generated
 * @throws Error with the end of its log when it ends or does not get healthy within 15 s
 */
export async function startCollector(
  binary: string,
  { relay, config, container }: Rendered,
  host: string,
  stores: Readonly<Record<string, string>>,
): Promise<Collector> {
  const literals = container.env.flatMap(({ name, value }) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const overrides = Object.entries(stores).map(([exporter, store]) => {
    const endpoint = moved(config.exporters[exporter]?.endpoint ?? "", store);
    return `--config=yaml:exporters::${exporter}::endpoint: ${endpoint}`;
  });

  return withConfigFile(relay, async (file) => {
    const args = container.args.map((argument) => argument.replace(mountedConfig, file));
    const child = execa(binary, [...args, ...overrides], {
      env: { ...Object.fromEntries(literals), MY_POD_IP: host },
      all: true,
      buffer: false,
      reject: false,
      stdin: "ignore",
    });
    const log: string[] = [];
    const logged = (async () => {
      for await (const line of child.iterable({ from: "all" })) log.push(line);
    })();
    const stop = async (): Promise<void> => {
      child.kill();
      await child;
      await logged;
    };
    const health = config.extensions.health_check.endpoint.replace("${env:MY_POD_IP}", host);
    const ended = new AbortController();
    void child.finally(() => {
      ended.abort();
    });
    if (!(await isHealthy(`http://${health}/`, ended.signal))) {
      await stop();
      throw new Error(`the collector did not get healthy on ${health}.\n${lastLines(log)}`);
    }
    return { host, log, stop };
  });
}

/** An exporter's endpoint, URL or `host:port`, on another host and port. */
function moved(endpoint: string, store: string): string {
  return endpoint.includes("://") ? endpoint.replace(/(:\/\/)[^/]+/, `$1${store}`) : store;
}

async function isHealthy(url: string, ended: AbortSignal): Promise<boolean> {
  const end = Date.now() + READY_TIMEOUT;
  while (Date.now() < end && !ended.aborted) {
    const status = await fetch(url, { signal: AbortSignal.timeout(1000) }).then(
      async (response) => {
        await response.arrayBuffer();
        return response.status;
      },
      // Not listening yet.
      () => undefined,
    );
    if (status === 200) return true;
    await sleep(50);
  }
  return false;
}
