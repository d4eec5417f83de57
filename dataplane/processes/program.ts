/** Runs one program: starts, restarts and ends it. */
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa, type ResultPromise } from "execa";
import { firstLine, type Hop, HopError } from "./hop";
import { onInterruption } from "../../lib/process/interruption";
import { LogTail } from "./log-tail";
import { type Usage, usageOf } from "./usage";

export interface ProgramSettings {
  /** As error messages call it, such as `Loki`. */
  readonly name: string;
  readonly binary: string;
  readonly args: readonly string[];
  /** All that it gets but PATH, HOME and TMPDIR: nobody's cloud credentials must get in. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folder of its own, its disk; made at the start, and its working directory. */
  readonly data: string;
  /** URL that answers 200 when it is ready. */
  readonly ready: string;
  /** How long it may take until then, in milliseconds; default 30 s. */
  readonly readyTimeoutMs?: number;
  /** How long it may take to end by itself, in milliseconds; default 20 s. */
  readonly graceMs?: number;
}

/** Milliseconds between two questions whether it is ready; Loki logs each. */
const POLL_MS = 100;

const childOptions = { all: true, buffer: false, reject: false, stdin: "ignore" } as const;
type Child = ResultPromise<typeof childOptions>;

interface Running {
  readonly child: Child;
  /** Settles when it has ended and its last line is in the log. */
  readonly over: Promise<void>;
  readonly isOver: () => boolean;
}

/** A program that the tests start, end and start again: only ever the process that it started itself. */
export class Program implements Hop {
  readonly name: string;
  readonly log = new LogTail();
  #settings: ProgramSettings;
  #running: Running | undefined;
  #ended: string | undefined;

  constructor(settings: ProgramSettings) {
    this.name = settings.name;
    this.#settings = settings;
  }

  get ended(): string | undefined {
    return this.#ended;
  }

  /** What it uses now; undefined when it does not run, or this is not Linux. */
  get usage(): Usage | undefined {
    return this.pid === undefined ? undefined : usageOf(this.pid);
  }

  /** Of the process that runs now; undefined when none does. */
  get pid(): number | undefined {
    return this.#running?.child.pid;
  }

  /** URL that answers 200 when it is ready. */
  get readyUrl(): string {
    return this.#settings.ready;
  }

  /** Folder that is its disk. */
  get data(): string {
    return this.#settings.data;
  }

  /** Takes other arguments and another environment from the next start on. */
  change(settings: Pick<ProgramSettings, "args" | "env">): void {
    this.#settings = { ...this.#settings, ...settings };
  }

  /**
   * Starts it and waits until it is ready.
   *
   * @throws HopError when it ends before that, or takes too long; it has been ended then
   */
  async start(): Promise<void> {
    if (this.#running !== undefined) throw new Error(`${this.name} runs already`);
    const begin = performance.now();
    const running = this.#spawn();
    this.#running = running;
    const { ready, readyTimeoutMs = 30_000 } = this.#settings;
    for (let state = await readiness(ready); state !== "ready"; state = await readiness(ready)) {
      const spent = performance.now() - begin;
      if (!running.isOver() && spent < readyTimeoutMs) {
        await sleep(POLL_MS);
        continue;
      }
      const reason = running.isOver() ? "ended before it was ready" : `was not ready: ${state}`;
      await this.kill();
      const message = `${this.name} ${reason} (${ready}, after ${(spent / 1000).toFixed(1)} s).`;
      throw new HopError(this, message);
    }
    // Somebody else can have been given the same port, and answer in its place.
    if (running.isOver()) {
      await this.kill();
      throw new HopError(this, `${this.name} ended, and another program answers ${ready}.`);
    }
  }

  /** Ends it as Kubernetes does: SIGTERM, time to finish, SIGKILL. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  /** Ends it at once, as when memory runs out: SIGKILL. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /**
   * Starts it again, after stopping it if it runs.
   *
   * @param options emptyDisk: with nothing of what it wrote before; default false
   * @throws HopError as {@link start} does
   */
  async restart({ emptyDisk = false }: { readonly emptyDisk?: boolean } = {}): Promise<void> {
    await this.stop();
    if (emptyDisk) fs.rmSync(this.data, { recursive: true, force: true });
    await this.start();
  }

  #spawn(): Running {
    const { binary, args, env, data } = this.#settings;
    const temporary = path.join(data, "tmp");
    fs.mkdirSync(temporary, { recursive: true });
    this.#ended = undefined;
    const child = execa(binary, args, {
      cwd: data,
      env: { PATH: process.env["PATH"] ?? "", HOME: data, TMPDIR: temporary, ...env },
      extendEnv: false,
      ...childOptions,
    }) as Child;
    const callOff = onInterruption(() => child.kill("SIGKILL"));
    let isOver = false;
    const over = (async () => {
      for await (const line of child.iterable({ from: "all" })) this.log.add(line);
      const { exitCode, signal, shortMessage } = await child;
      callOff();
      isOver = true;
      // Those that were ended by us are no longer what runs here.
      if (this.#running?.child === child) {
        this.#ended =
          signal ?? (exitCode === undefined ? shortMessage : `exit code ${String(exitCode)}`);
      }
    })();
    return { child, over, isOver: () => isOver };
  }

  async #end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    running.child.kill(signal);
    if (signal === "SIGTERM") {
      const waiting = new AbortController();
      const grace = sleep(this.#settings.graceMs ?? 20_000, undefined, waiting).catch(
        () => undefined,
      );
      await Promise.race([running.over, grace]);
      waiting.abort();
      if (!running.isOver()) {
        this.log.add(`(did not end within its grace period: killed by the tests)`);
        running.child.kill("SIGKILL");
      }
    }
    await running.over;
  }
}

/** `ready`, or why not. */
async function readiness(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    const text = await response.text();
    return response.status === 200 ? "ready" : `${String(response.status)} ${text.trim()}`;
  } catch (error) {
    return firstLine(error);
  }
}
