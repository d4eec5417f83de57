/** A long run of the demo application. */
import { Closers } from "../../../dataplane/closers";
import {
  type FlaskApp,
  type FlaskAppOptions,
  startFlaskApp,
} from "../../../dataplane/sinks/flask-sender";
import { type Endpoint, endpoints } from "../../../dataplane/sinks/flask-story";
import type { PartialSystem } from "../../../dataplane/system";

const { complexOperation, randomSleep, health, root, cpuTask, randomStatus } = endpoints;

/**
 * Every endpoint but the one that fails: half of the requests have logs and durations. None sleeps
 * for up to 4.9 s: of the first few dozen requests one in twenty may then be slow by chance.
 */
export const healthyPaths: readonly Endpoint[] = [
  health,
  root,
  cpuTask,
  randomStatus,
  { ...randomSleep, toMs: complexOperation.toMs },
].flatMap((endpoint) => [endpoint, complexOperation]);

/** Services of the tests' own, by what becomes of them. */
export const services = {
  healthy: "flask-demo-service",
  stops: "service-that-stops",
  fails: "service-that-fails",
  slow: "service-that-is-slow",
} as const;

/** A system with applications, and what may befall it. */
export class Patient {
  readonly #apps = new Map<string, FlaskApp>();
  readonly #closers = new Closers();

  constructor(readonly system: PartialSystem) {
    this.#start(services.healthy, { requestsPerSecond: 8 });
    this.#start(services.stops, { requestsPerSecond: 4 });
  }

  /** A further application, of this name. */
  startApp(service: string, options: Omit<FlaskAppOptions, "address" | "service">): void {
    this.#start(service, options);
  }

  /** Ends applications without a last export; by default all. */
  async stopApps(service?: string): Promise<void> {
    const names = service === undefined ? [...this.#apps.keys()] : [service];
    await Promise.all(names.map(async (name) => this.#apps.get(name)?.abandon()));
    for (const name of names) this.#apps.delete(name);
  }

  /** Does something every 100 ms until the end, whatever comes of it. */
  keepDoing(what: () => Promise<unknown>): void {
    const timer = setInterval(() => {
      what().catch(() => undefined);
    }, 100);
    this.#closers.add(() => {
      clearInterval(timer);
    });
  }

  async close(): Promise<void> {
    await this.#closers.closeAll();
    await this.stopApps();
  }

  #start(service: string, options: Omit<FlaskAppOptions, "address" | "service">): void {
    const address = `${this.system.collector.host}:4317`;
    this.#apps.set(service, startFlaskApp({ paths: healthyPaths, ...options, address, service }));
  }
}
