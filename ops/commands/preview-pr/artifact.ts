/** Reads the artifact that the untrusted workflow hands over. */
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { CliError } from "../../../lib/terminal/errors";

/** What the workflow that runs a pull request's own code hands over: nothing else of it is used. */
export interface Artifact {
  readonly pullRequest: number;
  readonly text: string;
}

/** Names of the two files, as preview.yml writes them. */
export const files = { text: "preview.md", pullRequest: "pull-request" } as const;

const largestArchive = 1_000_000;
/** Longest text, in bytes; GitHub's own limit is 65,536 characters. */
const longestText = 250_000;

function refuse(what: string): never {
  throw new CliError(`The artifact is refused: ${what}.`);
}

/** Reads one file of an archive into memory, no further than to its limit; nothing is unpacked. */
async function entry(archive: string, name: string, limit: number): Promise<string> {
  const result = await execa("unzip", ["-p", archive, name], {
    reject: false,
    maxBuffer: limit,
    stripFinalNewline: false,
  });
  if (result.isMaxBuffer) refuse(`${name} is larger than ${String(limit)} bytes`);
  if (result.failed) refuse(`it holds no ${name}`);
  return result.stdout;
}

/**
 * Reads the artifact of preview.yml. Whoever opened the pull request may have written it, so every
 * part is checked and none is run.
 *
 * @param folder holds the archive, and nothing else
 * @throws CliError when anything is not as preview.yml writes it
 */
export async function readArtifact(folder: string): Promise<Artifact> {
  const found = fs.readdirSync(folder, { withFileTypes: true });
  const [archive] = found;
  if (archive === undefined || found.length > 1 || !archive.isFile()) {
    refuse(`${String(found.length)} files in place of one archive`);
  }
  const file = path.join(folder, archive.name);
  if (fs.statSync(file).size > largestArchive) {
    refuse(`the archive is larger than ${String(largestArchive)} bytes`);
  }
  const number = (await entry(file, files.pullRequest, 100)).trim();
  if (!/^[1-9]\d{0,8}$/.test(number)) refuse("it names no pull request");
  const text = await entry(file, files.text, longestText);
  if (text.trim() === "") refuse(`${files.text} is empty`);
  return { pullRequest: Number(number), text };
}
