/** Programs out of container images, for those that are neither built nor installed. */
import { accessSync, constants } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import * as path from "node:path";
import { execa } from "execa";
import { withoutControls } from "../../lib/terminal/printable";
import type { FoundTool } from "./tool";
import { fits, versionIn } from "./tool-table";

/** Names the command that gives images, or says that no program is to come out of one. */
export const ENGINE_VARIABLE = "LGTM_CONTAINER_ENGINE";

const NO_ENGINE = "none";

/** Their own commands, rather than their API: they know where the engine is, whether one has to run, and its logins. */
const ENGINES = ["docker", "podman"] as const;

/** What is waited for; in milliseconds, all of them. */
export interface Patience {
  /** For the answer of an engine that runs. */
  readonly answerMs: number;
  /** For the first sign that a registry answers. */
  readonly contactMs: number;
  /** For a whole image. */
  readonly pullMs: number;
  /** For a program of 200 MB to be copied out of an image. */
  readonly copyMs: number;
}

const PATIENCE: Patience = {
  answerMs: 5_000,
  contactMs: 30_000,
  pullMs: 10 * 60_000,
  copyMs: 2 * 60_000,
};

/** Milliseconds between two signs of life of a pull that says nothing. */
const SIGN_OF_LIFE_MS = 10_000;

/** How a pull goes on. */
export interface PullStep {
  readonly image: string;
  readonly engine: string;
  /** Since it began. */
  readonly seconds: number;
  /** What the engine has said last; first nothing. */
  readonly line: string;
}

/** How a program is taken. */
export interface Taking {
  readonly cacheDir: string;
  readonly onPull?: (step: PullStep) => void;
  /** What a program prints about its version; undefined when it does not run. */
  readonly printed: (file: string, args: readonly string[]) => Promise<string | undefined>;
}

/** The program, or why there is none; a sentence's part without a full stop. */
export type Taken = { readonly file: string } | { readonly reason: string };

/** Why a program cannot be had. */
class Refused extends Error {}

interface Answer {
  readonly stdout: string;
  /** Undefined when it went well. */
  readonly problem: string | undefined;
}

/** The last line, which says why; a registry may have written it. */
function lastLine(text: string): string {
  return withoutControls(text).trim().split("\n").at(-1)?.trim() ?? "";
}

async function ask(engine: string, args: readonly string[], limitMs: number): Promise<Answer> {
  const result = await execa(engine, args, {
    reject: false,
    stdin: "ignore",
    timeout: limitMs,
    forceKillAfterDelay: 1_000,
  });
  const said = lastLine(result.stderr) || `\`${engine} ${args[0] ?? ""}\` failed`;
  const problem = result.timedOut
    ? `no answer within ${String(limitMs / 1000)} s`
    : result.code === "ENOENT"
      ? "not on PATH"
      : said;
  return { stdout: result.stdout, problem: result.failed ? problem : undefined };
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** An image's content, and the program that it starts. */
interface Image {
  /** Hexadecimal. */
  readonly digest: string;
  readonly program: string;
}

/**
 * Takes programs out of images. What it has learned of an engine stays: one that does not answer, or cannot pull,
 * is asked once, whatever the number of programs and tests.
 */
export class ImagePrograms {
  /** By the surroundings in which it was asked. */
  readonly #engines = new Map<string, Promise<string | Refused>>();
  /** One pull after the other; the first that fails is the last. */
  #pulls: Promise<unknown> = Promise.resolve();
  readonly #refusedBy = new Map<string, Refused>();

  constructor(
    private readonly patience: Patience = PATIENCE,
    private readonly platform: NodeJS.Platform = process.platform,
  ) {}

  /** The program of a tool, of a version that fits: from the cache, from an image at hand, or from one that is pulled. */
  async take(tool: FoundTool, taking: Taking): Promise<Taken> {
    if (this.platform !== "linux") {
      return {
        reason:
          `its program is for Linux, and this is ${this.platform}; ` +
          "`npm run test:container` runs all of `npm test` in a Linux container",
      };
    }
    if (process.env[ENGINE_VARIABLE] === NO_ENGINE) {
      return { reason: `${ENGINE_VARIABLE} is ${NO_ENGINE}` };
    }
    const folder = path.join(taking.cacheDir, "images", tool.image.replaceAll(/[/:@]/g, "+"));
    try {
      const engine = await this.#engine();
      if (engine instanceof Refused) {
        const file = await earlier(folder, tool.name);
        return file === undefined ? { reason: engine.message } : { file };
      }
      const image =
        (await this.#imageAtHand(engine, tool.image)) ??
        (await this.#pull(engine, tool.image, taking.onPull));
      const file = path.join(folder, image.digest.slice(0, 12), tool.name);
      if (!isExecutable(file)) await this.#copy(engine, tool, image, file, taking);
      return { file };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { reason: error.message };
    }
  }

  async #engine(): Promise<string | Refused> {
    const chosen = process.env[ENGINE_VARIABLE] ?? "";
    const key = `${chosen}\n${process.env["PATH"] ?? ""}`;
    const known = this.#engines.get(key) ?? this.#find(chosen === "" ? ENGINES : [chosen]);
    this.#engines.set(key, known);
    return known;
  }

  /** The first one that answers. */
  async #find(commands: readonly string[]): Promise<string | Refused> {
    const problems: string[] = [];
    for (const command of commands) {
      const { problem } = await ask(command, ["ps", "--quiet"], this.patience.answerMs);
      if (problem === undefined) return command;
      problems.push(`${command}: ${problem}`);
    }
    return new Refused(problems.join("; "));
  }

  /** Undefined when it has to be pulled. */
  async #imageAtHand(engine: string, image: string): Promise<Image | undefined> {
    const format = "{{.Id}} {{json .Config.Entrypoint}}";
    const args = ["image", "inspect", "--format", format, image];
    const { stdout, problem } = await ask(engine, args, this.patience.copyMs);
    if (problem !== undefined) return undefined;
    const found = /^(?:sha256:)?(?<digest>[0-9a-f]{64}) \["(?<program>\/[^"]+)"/.exec(stdout);
    if (found?.groups === undefined) throw new Refused(`${image} does not start a program`);
    const { digest = "", program = "" } = found.groups;
    return { digest, program };
  }

  async #pull(engine: string, image: string, onPull: Taking["onPull"]): Promise<Image> {
    const pull = this.#pulls.then(async () => {
      const refused = this.#refusedBy.get(engine);
      if (refused !== undefined) throw refused;
      try {
        await this.#pullNow(engine, image, onPull);
      } catch (error) {
        if (error instanceof Refused) this.#refusedBy.set(engine, error);
        throw error;
      }
    });
    this.#pulls = pull.catch(() => undefined);
    await pull;
    const found = await this.#imageAtHand(engine, image);
    if (found === undefined) throw new Refused(`${engine} has pulled ${image}, and has it not`);
    return found;
  }

  async #pullNow(engine: string, image: string, onPull: Taking["onPull"]): Promise<void> {
    const { contactMs, pullMs } = this.patience;
    const begin = performance.now();
    let line = "";
    const tell = (): void => {
      onPull?.({ image, engine, seconds: (performance.now() - begin) / 1000, line });
    };
    const silence = new AbortController();
    const timer = setTimeout(() => {
      silence.abort();
    }, contactMs);
    const signs = setInterval(tell, SIGN_OF_LIFE_MS);
    const child = execa(engine, ["pull", image], {
      reject: false,
      stdin: "ignore",
      all: true,
      timeout: pullMs,
      cancelSignal: silence.signal,
      forceKillAfterDelay: 1_000,
    });
    tell();
    child.all.setEncoding("utf8");
    child.all.on("data", (text: string) => {
      line = lastLine(text);
      // Podman says this before it has asked.
      if (!line.startsWith("Trying to pull")) clearTimeout(timer);
      tell();
    });
    const result = await child;
    clearTimeout(timer);
    clearInterval(signs);
    if (!result.failed) return;
    const why = result.timedOut
      ? `not done within ${String(pullMs / 1000)} s`
      : result.isCanceled
        ? `the registry did not answer within ${String(contactMs / 1000)} s`
        : lastLine(result.all);
    throw new Refused(`${engine} could not pull ${image}: ${why}`);
  }

  /** Puts the image's program into the cache, where nothing is that does not run or does not fit. */
  async #copy(
    engine: string,
    tool: FoundTool,
    { digest, program }: Image,
    file: string,
    { cacheDir, printed }: Taking,
  ): Promise<void> {
    const { copyMs } = this.patience;
    const run = async (...args: readonly string[]): Promise<string> => {
      const { stdout, problem } = await ask(engine, args, copyMs);
      if (problem === undefined) return stdout.trim();
      throw new Refused(`${engine} could not copy ${program} out of ${tool.image}: ${problem}`);
    };
    await mkdir(path.join(cacheDir, "build"), { recursive: true });
    const scratch = await mkdtemp(path.join(cacheDir, "build", `${tool.name}-`));
    try {
      // Never started; the network would be prepared for it all the same.
      const container = await run("create", "--network", "none", digest);
      const copy = path.join(scratch, tool.name);
      try {
        await run("cp", `${container}:${program}`, copy);
      } finally {
        await ask(engine, ["rm", "--force", container], copyMs);
      }
      await chmod(copy, 0o755);
      const version = "args" in tool.probe ? await printed(copy, tool.probe.args) : undefined;
      if (version === undefined)
        throw new Refused(`${program} out of ${tool.image} does not run on this machine`);
      if (!fits(tool.name, version)) {
        const told = versionIn(version) ?? "of a version that it does not tell";
        throw new Refused(`${program} out of ${tool.image} is ${told}`);
      }
      await mkdir(path.dirname(file), { recursive: true });
      await rename(copy, file);
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
}

/** What was taken out of an image of this name before, whatever it was then. */
async function earlier(folder: string, name: string): Promise<string | undefined> {
  const digests = await readdir(folder).catch(() => []);
  return digests
    .sort()
    .map((digest) => path.join(folder, digest, name))
    .find(isExecutable);
}

/** Of this process, so that what is wrong with an engine costs its time once. */
export const imagePrograms = new ImagePrograms();
