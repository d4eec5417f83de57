/** Other Nodes than the one that runs, for the fast rings: from npm, into the cache of the tools. */
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { testedNodes } from "../../lib/node-releases";
import { defaultCacheDir } from "../../sandbox/tools/tools";

export type NodeLine = (typeof testedNodes)[number];

/** Of each line one version, with the hash by which npm knows its package for Linux on x64. */
export const nodePrograms: Readonly<Record<NodeLine, { version: string; integrity: string }>> = {
  20: {
    version: "20.19.6",
    integrity:
      "sha512-nSaDjLjUZdsLMDckfinsQl+hvKifYUuzO7swyacVzrKAIi0ByaORSE1DpaRTjxfCq3mETV/3uTlKXStzd2nJWQ==",
  },
  22: {
    version: "22.23.5",
    integrity:
      "sha512-3jhC+wcoWxKZxcRqF2sUSl0c9HEXFnur/nuIPx6O6CWKV0jOUWQm7Htw5SuXqqlMCEhi0cJqybFPEb5hhcBiMw==",
  },
  24: {
    version: "24.22.3",
    integrity:
      "sha512-KHsob+Fv9YerATvYujMbiyJqnRCvLtrcr/eTNqRqiOSGp97EOiRP1yP47+knGgQ/xnc3XY8xzkW587dlZzNqRA==",
  },
};

/** The one platform whose packages are complete. */
const platform = "linux-x64";
const packageName = `node-${platform}`;

/** How long npm may take for one, in milliseconds: 50 MB. */
const DOWNLOAD_TIMEOUT_MS = 180_000;

export interface NodeProgramOptions {
  /** Default: that of the sandbox's tools. */
  readonly cacheDir?: string;
  /** Default: this machine's. */
  readonly machine?: string;
}

/**
 * Path of a Node of that line, downloaded when it is not there yet.
 *
 * @throws Error that says why there is none, and what to do: a reason to skip
 */
export async function nodeProgram(line: NodeLine, options: NodeProgramOptions = {}) {
  const { cacheDir = defaultCacheDir(), machine = `${process.platform}-${process.arch}` } = options;
  const { version, integrity } = nodePrograms[line];
  const instead = `run "npm run test:fast" with a Node ${String(line)} of yours`;
  const folder = path.join(cacheDir, `node-${version}`);
  const file = path.join(folder, "node");
  if (fs.existsSync(file)) return file;
  if (machine !== platform)
    throw new Error(`npm has no Node ${version} for ${machine} that is known here: ${instead}`);
  fs.mkdirSync(cacheDir, { recursive: true });
  const draft = fs.mkdtempSync(path.join(cacheDir, "node-"));
  try {
    await download(`${packageName}@${version}`, draft, instead);
    const got = integrityIn(draft);
    if (got !== integrity)
      throw new Error(`npm has delivered another ${packageName}@${version} (${got}): ${instead}`);
    fs.mkdirSync(folder, { recursive: true });
    // Into place at once: another run may look for it.
    fs.renameSync(path.join(draft, "node_modules", packageName, "bin/node"), file);
  } finally {
    fs.rmSync(draft, { recursive: true, force: true });
  }
  return file;
}

async function download(spec: string, folder: string, instead: string): Promise<void> {
  const flags = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const { failed, stderr, timedOut } = await execa(
    "npm",
    ["install", "--prefix", folder, ...flags, spec],
    { cwd: folder, reject: false, stdin: "ignore", timeout: DOWNLOAD_TIMEOUT_MS },
  );
  if (!failed) return;
  const [said = "it says nothing"] = timedOut ? ["it takes too long"] : stderr.trim().split("\n");
  throw new Error(`npm cannot download ${spec} (${said}): ${instead}`);
}

/** What npm has checked the package against. */
function integrityIn(folder: string): string {
  const lock = path.join(folder, "node_modules/.package-lock.json");
  const { packages } = JSON.parse(fs.readFileSync(lock, "utf8")) as {
    packages: Readonly<Record<string, { readonly integrity?: string }>>;
  };
  return packages[`node_modules/${packageName}`]?.integrity ?? "no hash";
}
