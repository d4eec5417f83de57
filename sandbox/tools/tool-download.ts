/** Downloads what projects publish, checks it, and puts it into the cache. */
import { createHash } from "node:crypto";
import { createWriteStream, existsSync } from "node:fs";
import { chmod, lstat, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import * as path from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as tar from "tar";
import { mask } from "../../lib/secrets/mask";
import { withoutControls } from "../../lib/terminal/printable";
import { moveIntoPlace } from "./tool-build";
import { lockFile } from "./tool-lock";
import { downloadedPath } from "./tool-releases";
import type { Checksums, ReleaseFile, ReleasedName } from "./tool-releases";

/** Names another server for everything, or says `off`. */
export const DOWNLOADS_VARIABLE = "LGTM_DOWNLOADS";

/** When to give up. */
export interface DownloadLimits {
  /** A server that has not answered by then is not there, in milliseconds. */
  readonly answerMs: number;
  /** At least so many bytes have to arrive... */
  readonly leastBytes: number;
  /** ...in each interval of so many milliseconds. */
  readonly intervalMs: number;
  /** How often a transfer that broke off is begun. */
  readonly attempts: number;
}

/** What only tests set. */
export interface DownloadOptions {
  /** Default: those that are committed. */
  readonly checksums?: Checksums;
  readonly limits?: DownloadLimits;
}

/** Hears how downloads go on. */
export interface DownloadListener {
  /** `total` is undefined when the server does not say it. */
  fetching(name: ReleasedName, receivedBytes: number, totalBytes: number | undefined): void;
  /** It is not to be had this way; a reason that several have is the same text. */
  declined(name: ReleasedName, reason: string): void;
}

const LIMITS: DownloadLimits = {
  answerMs: 2_500,
  // 50 KiB/s: below that compiling is not slower.
  leastBytes: 500 * 1024,
  intervalMs: 10_000,
  attempts: 2,
};

/** Time between two reports about the same file, in milliseconds. */
const REPORT_EVERY_MS = 250;

/** An answer that a second attempt does not change. */
class FinalError extends Error {
  override readonly name = "FinalError";
}

/** Whether servers answer, by origin: asked once in a run. */
const answers = new Map<string, Promise<boolean>>();

/** The variable's value: the mirror's address, undefined for the projects' own servers. */
function mirror(): string | undefined {
  const value = process.env[DOWNLOADS_VARIABLE] ?? "";
  return value === "" ? undefined : value;
}

/** Whether the user wants no downloads. */
function downloadsAreOff(): boolean {
  return mirror() === "off";
}

/**
 * Where a file is taken from. A mirror has each server's files in a folder of the server's name, as
 * `wget --force-directories` and the usual repository managers make them.
 *
 * @throws FinalError when the variable is no address, or one with a login
 */
function addressOf(url: string): URL {
  const base = mirror();
  if (base === undefined) return new URL(url);
  const { host, pathname } = new URL(url);
  const whole = `${base.replace(/\/$/, "")}/${host}${pathname}`;
  if (!/^https?:\/\//.test(base) || !URL.canParse(whole))
    throw new FinalError(`${DOWNLOADS_VARIABLE} is neither off nor an http address: ${mask(base)}`);
  const address = new URL(whole);
  // It would be in every reason that is printed, and fetch takes none.
  if (address.username !== "" || address.password !== "")
    throw new FinalError(`${DOWNLOADS_VARIABLE} holds a login, and a mirror has to do without one`);
  return address;
}

/** Whether the server of an address answers, and those that it sends us to. */
function answering(address: URL, { answerMs }: DownloadLimits): Promise<boolean> {
  const asked =
    answers.get(address.origin) ??
    fetch(address, { method: "HEAD", signal: AbortSignal.timeout(answerMs) }).then(
      () => true,
      () => false,
    );
  answers.set(address.origin, asked);
  return asked;
}

/** What went wrong, in a few words; fetch hides it one level below. */
function inShort(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  const code = "code" in cause && typeof cause.code === "string" ? ` (${cause.code})` : "";
  return `${cause.message === "" ? error.message : cause.message}${code}`;
}

/** Writes the file at an address to `to` and returns its checksum. */
async function transfer(
  address: URL,
  to: string,
  { intervalMs, leastBytes }: DownloadLimits,
  onBytes: (received: number, total: number | undefined) => void,
): Promise<string> {
  const tooSlow = new AbortController();
  let received = 0;
  let before = 0;
  const watch = setInterval(() => {
    if (received - before < leastBytes) {
      const [kib, seconds] = [Math.round((received - before) / 1024), intervalMs / 1000];
      tooSlow.abort(new Error(`too slow, ${String(kib)} KiB in ${String(seconds)} s`));
    }
    before = received;
  }, intervalMs);
  try {
    const response = await fetch(address, { signal: tooSlow.signal });
    if (!response.ok || response.body === null) {
      // A server that has no time now may have some in a moment.
      const Kind = response.status < 500 ? FinalError : Error;
      const text = withoutControls(response.statusText);
      throw new Kind(`the server answered ${String(response.status)} ${text}`);
    }
    const length = Number(response.headers.get("content-length") ?? Number.NaN);
    const total = Number.isFinite(length) ? length : undefined;
    const hash = createHash("sha256");
    let reported = 0;
    const count = new Transform({
      transform(part: Buffer, _encoding, done) {
        hash.update(part);
        received += part.length;
        if (Date.now() - reported >= REPORT_EVERY_MS) {
          reported = Date.now();
          onBytes(received, total);
        }
        done(null, part);
      },
    });
    await pipeline(Readable.fromWeb(response.body), count, createWriteStream(to));
    onBytes(received, total);
    return hash.digest("hex");
  } catch (error) {
    // Why it was ended, rather than that it was.
    throw tooSlow.signal.aborted ? tooSlow.signal.reason : error;
  } finally {
    clearInterval(watch);
  }
}

/** Puts what is kept of a checked file into a folder of its own. */
async function unpack({ name, members }: ReleaseFile, file: string, into: string): Promise<void> {
  const kept = members.length === 0 ? [name] : members;
  if (members.length > 0) {
    const plain = (entry: string): string => entry.replace(/^\.\//, "");
    const whole = path.dirname(file);
    await tar.x({ file, cwd: whole, filter: (entry) => members.includes(plain(entry)) });
    for (const member of members) {
      const found = path.join(whole, member);
      const isFile = await lstat(found).then(
        (entry) => entry.isFile(),
        () => false,
      );
      if (!isFile) throw new FinalError(`there is no ${member} in the archive`);
      await rename(found, path.join(into, path.basename(member)));
    }
  } else {
    await rename(file, path.join(into, name));
  }
  for (const member of kept) await chmod(path.join(into, path.basename(member)), 0o755);
}

/** Downloads one file, unless another process has done so meanwhile. */
async function downloadFile(
  file: ReleaseFile,
  cacheDir: string,
  limits: DownloadLimits,
  onBytes: (received: number, total: number | undefined) => void,
): Promise<void> {
  const place = downloadedPath(file, cacheDir);
  const unlock = await lockFile(path.join(cacheDir, "locks", path.basename(path.dirname(place))));
  const parent = path.join(cacheDir, "build");
  await mkdir(parent, { recursive: true });
  const scratch = await mkdtemp(path.join(parent, `${file.name}-`));
  try {
    if (existsSync(place)) return;
    const [arrived, ready] = [path.join(scratch, "arrived"), path.join(scratch, "ready")];
    await mkdir(ready);
    const address = addressOf(file.url);
    const sha256 = await retry(limits.attempts, () => transfer(address, arrived, limits, onBytes));
    if (sha256 !== file.sha256) {
      await rm(arrived);
      throw new FinalError(
        `NOT what was published: its SHA-256 is ${sha256} instead of ${file.sha256}. It was ` +
          `deleted. Either the server, or something between it and this machine, is broken or hostile`,
      );
    }
    await unpack(file, arrived, ready);
    await moveIntoPlace(ready, path.dirname(place));
  } finally {
    await rm(scratch, { recursive: true, force: true });
    await unlock().catch(() => undefined);
  }
}

async function retry<T>(attempts: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (attempts <= 1 || error instanceof FinalError) throw error;
    return retry(attempts - 1, work);
  }
}

/**
 * Downloads files side by side. What cannot be had is told to the listener and left out: it never
 * throws, because there is another way for each. A server that does not answer costs `answerMs` once in
 * a run, whichever number of them there is.
 *
 * @returns the names of those that are in the cache now, at their `downloadedPath`
 */
export async function downloadFiles(
  files: readonly ReleaseFile[],
  cacheDir: string,
  listener: DownloadListener,
  limits: DownloadLimits = LIMITS,
): Promise<Set<ReleasedName>> {
  const done = new Set<ReleasedName>();
  if (downloadsAreOff()) return done;
  const asked = await Promise.all(
    files.map(async (file) => {
      try {
        const address = addressOf(file.url);
        return { file, host: address.host, there: await answering(address, limits) };
      } catch (error) {
        listener.declined(file.name, inShort(error));
        return undefined;
      }
    }),
  );
  const known = asked.filter((one) => one !== undefined);
  const silent = [...new Set(known.filter((one) => !one.there).map(({ host }) => host))].sort();
  await Promise.all(
    known.map(async ({ file, there }) => {
      if (!there) {
        listener.declined(file.name, `no answer from ${silent.join(", ")}`);
        return;
      }
      try {
        await downloadFile(file, cacheDir, limits, (received, total) => {
          listener.fetching(file.name, received, total);
        });
        done.add(file.name);
      } catch (error) {
        listener.declined(file.name, `${addressOf(file.url).href}: ${inShort(error)}`);
      }
    }),
  );
  return done;
}
