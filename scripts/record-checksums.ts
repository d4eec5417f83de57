/** `npm run tools:checksums`: notes the checksum of every published tool that has none, and drops old ones. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { CHECKSUMS_FILE, committedChecksums, releaseUrls } from "../sandbox/tools/tool-releases";

/** Downloads a file and returns its checksum; undefined where it is not published. */
async function checksumOf(url: string): Promise<string | undefined> {
  const response = await fetch(url);
  if (response.status === 404 || response.body === null) return undefined;
  if (!response.ok) throw new Error(`${url}: the server answered ${String(response.status)}`);
  const hash = createHash("sha256");
  for await (const part of response.body) hash.update(part as Uint8Array);
  return hash.digest("hex");
}

async function main(): Promise<void> {
  const known = committedChecksums();
  const entries: [string, string][] = [];
  for (const url of releaseUrls().sort()) {
    const sha256 = known[url] ?? (await checksumOf(url));
    if (sha256 === undefined) console.log(`not published: ${url}`);
    else entries.push([url, sha256]);
    if (sha256 !== undefined && known[url] === undefined) console.log(`new: ${url} ${sha256}`);
  }
  writeFileSync(CHECKSUMS_FILE, `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`);
}

void main();
