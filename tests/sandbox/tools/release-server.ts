/** A server on this machine in the place of those that publish the tools. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import * as tar from "tar";
import { releaseFile, releaseUrls } from "../../../sandbox/tools/tool-releases";
import type { Checksums, ReleaseFile, ReleasedName } from "../../../sandbox/tools/tool-releases";

type Behaviour = (
  body: Buffer,
  request: http.IncomingMessage,
  response: http.ServerResponse,
) => void;

/** How it answers a request for a file. */
export const behaviours = {
  well: (body, _request, response) => {
    response.writeHead(200, { "content-length": body.length }).end(body);
  },
  absent: (_body, _request, response) => {
    response.writeHead(404).end("no such file");
  },
  otherContent: (body, _request, response) => {
    response.end(Buffer.concat([body, Buffer.from("\n# and something else")]));
  },
  cutOff: (body, request, response) => {
    response.writeHead(200, { "content-length": body.length });
    response.write(body.subarray(0, body.length / 2), () => request.socket.destroy());
  },
  /** Begins, and goes on too slowly to ever be done. */
  drip: (body, request, response) => {
    response.writeHead(200, { "content-length": body.length });
    let sent = 0;
    const drops = setInterval(() => {
      response.write(body.subarray(sent, sent + 1));
      sent += 1;
    }, 20);
    request.socket.on("close", () => {
      clearInterval(drops);
    });
  },
  /** Takes the request and says nothing. */
  silent: () => undefined,
} satisfies Record<string, Behaviour>;

/** The table's file for this machine, whether or not a checksum of it is committed. */
export function anyFile(name: ReleasedName): ReleaseFile {
  const file = releaseFile(name, Object.fromEntries(releaseUrls().map((url) => [url, ""])));
  if (file === undefined) throw new Error(`nothing is published of ${name} for this machine`);
  return file;
}

/** Shell code of a program that says its name, long enough to be cut off in the middle. */
export function programText(name: string): string {
  return `#!/bin/sh\necho ${name}, downloaded ${"#".repeat(2_000)}\n`;
}

export class ReleaseServer {
  readonly #files = new Map<string, Buffer>();
  readonly #checksums = new Map<string, string>();
  readonly #server = http.createServer((request, response) => {
    if (request.method !== "HEAD") this.requests.push(request.url ?? "");
    else this.probes += 1;
    const body = this.#files.get(request.url ?? "") ?? Buffer.alloc(0);
    if (request.method === "HEAD" && this.answer !== behaviours.silent) response.end();
    else this.answer(body, request, response);
  });

  answer: Behaviour = behaviours.well;
  /** Paths that were asked for, in order. */
  readonly requests: string[] = [];
  /** How often it was only asked whether it is there. */
  probes = 0;

  get checksums(): Checksums {
    return Object.fromEntries(this.#checksums);
  }

  get address(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  /** Publishes tools in the layout of their projects, without the member that ends with `leaveOut`. */
  async publish(scratch: string, names: readonly ReleasedName[], leaveOut = ""): Promise<void> {
    for (const name of names) {
      const file = anyFile(name);
      const { host, pathname } = new URL(file.url);
      const body =
        file.members.length === 0
          ? Buffer.from(programText(name))
          : await archive(
              path.join(scratch, name),
              file.members.filter((member) => !member.endsWith(leaveOut || "\0")),
            );
      this.#files.set(`/${host}${pathname}`, body);
      this.#checksums.set(file.url, createHash("sha256").update(body).digest("hex"));
    }
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

/** An archive of programs, with a file beside them that nobody wants. */
async function archive(folder: string, members: readonly string[]): Promise<Buffer> {
  for (const member of [...members, "README.md"]) {
    mkdirSync(path.dirname(path.join(folder, member)), { recursive: true });
    writeFileSync(path.join(folder, member), programText(path.basename(member)), { mode: 0o755 });
  }
  const file = path.join(folder, "archive.tar.gz");
  await tar.c({ file, cwd: folder, gzip: true, portable: true, mtime: new Date(0) }, [
    ...members,
    "README.md",
  ]);
  const body = readFileSync(file);
  rmSync(folder, { recursive: true });
  return body;
}
