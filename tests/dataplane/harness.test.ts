/** Tests: programs of the data plane. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { balance } from "../../dataplane/accounting";
import { overridden, valueAt } from "../../dataplane/config/override";
import { Link } from "../../dataplane/network/link";
import { scratchFolder } from "../../dataplane/scratch-folder";
import { LogTail } from "../../dataplane/processes/log-tail";
import { Program } from "../../dataplane/processes/program";
import { eventually, notYet } from "../../dataplane/query/eventually";
import { parseExposition } from "../../dataplane/query/exposition";
import { startFlaskApp } from "../../dataplane/sinks/flask-sender";
import { endpoints } from "../../dataplane/sinks/flask-story";
import { startTempoSink } from "../../dataplane/sinks/stores";
import { freePort } from "../../lib/process/free-port";
import { identify } from "../../lib/process/process-identity";

/** A program that serves what is in its folder's file `said`, or 404. */
async function sampleProgram(data: string, script?: string): Promise<Program> {
  const port = String(await freePort());
  const serve = `
    console.log("serving");
    require("node:http").createServer((request, response) => {
      const fs = require("node:fs");
      if (request.method === "POST") fs.writeFileSync("said", "hello");
      response.writeHead(request.url === "/" || fs.existsSync("said") ? 200 : 404).end();
    }).listen(${port}, "127.0.0.1");`;
  return new Program({
    name: "the sample",
    binary: process.execPath,
    args: ["-e", script ?? serve],
    data,
    ready: `http://127.0.0.1:${port}/`,
  });
}

describe("programs of the data plane", () => {
  const scratch = scratchFolder();
  after(() => {
    scratch.remove();
  });

  it("say why they did not start: how they ended, and what they wrote last", async () => {
    const broken = await sampleProgram(
      path.join(scratch.folder, "broken"),
      'console.error("level=error no such bucket"); process.exit(3);',
    );
    await assert.rejects(
      broken.start(),
      /the sample ended before it was ready .*\n?.*exit code 3.*\n.*the sample's log:\n {2}level=error no such bucket/,
    );
  });

  it("come back with their disk, or with an empty one", async () => {
    const program = await sampleProgram(path.join(scratch.folder, "disk"));
    const has = async (): Promise<number> =>
      (await fetch(program.readyUrl.replace(/\/$/, "/said"))).status;
    await program.start();
    try {
      await fetch(program.readyUrl, { method: "POST" });
      await program.restart();
      assert.equal(await has(), 200);
      await program.restart({ emptyDisk: true });
      assert.equal(await has(), 404);
    } finally {
      await program.kill();
    }
  });

  it("name themselves, and their log, when an answer does not come", async () => {
    const program = await sampleProgram(path.join(scratch.folder, "silent"));
    await program.start();
    try {
      await assert.rejects(
        eventually(program, "the line is stored", () => Promise.resolve(notYet), {
          timeoutMs: 300,
        }),
        /the sample: not within \d+\.\d s: the line is stored; last: nothing found yet\.\nLast lines of the sample's log:\n {2}serving/,
      );
    } finally {
      await program.stop();
    }
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`are gone, and their files with them, when the tests are ended by ${signal}`, async () => {
      const script = path.join(__dirname, "support/interrupted-sample.ts");
      const child = execa(process.execPath, ["-r", "ts-node/register/transpile-only", script], {
        reject: false,
        cleanup: true,
      });
      let told: { pid: number; folder: string } | undefined;
      for await (const line of child) {
        told = JSON.parse(line) as typeof told;
        child.kill(signal);
      }
      const ended = await child;
      assert.ok(told !== undefined, ended.stderr);
      assert.equal(ended.signal, signal, "it ends as by the signal");
      const { pid, folder } = told;
      await eventually(
        { name: "the program", log: new LogTail() },
        "it has ended",
        () => Promise.resolve(identify(pid) === undefined ? true : notYet),
        { timeoutMs: 3000, intervalMs: 50 },
      );
      assert.equal(fs.existsSync(folder), false, folder);
    });
  }
});

describe("links of the data plane", () => {
  it("refuse by gRPC so that a sender tries again, and then let it through", async () => {
    const tempo = await startTempoSink();
    const link = await Link.to(tempo.address);
    try {
      await link.refuseGrpc({ code: "RESOURCE_EXHAUSTED", retryAfter: 1 });
      const app = startFlaskApp({ address: link.address, requestsPerSecond: 0 });
      const { traceId } = app.handle(endpoints.health);
      const sent = app.flush();
      await eventuallyTrue(() => link.refused > 0);
      assert.equal(app.spans.acknowledged.size, 0);
      await link.pass();
      // The sink takes traces only; logs and metrics are refused for good, and counted.
      await sent;
      await tempo.inbox.waitFor((span) => span.traceId === traceId);
      assert.deepEqual(balance(app.spans, new Map([[1, 2]])), {
        acknowledged: 1,
        stored: 1,
        lost: [],
        duplicates: 1,
        unacknowledged: 0,
      });
      assert.ok(app.retries() > 0);
      await app.abandon();
    } finally {
      await link.close();
      await tempo.close();
    }
  });

  it("refuse by HTTP, are cut, hang, and pass", async () => {
    const tempo = await startTempoSink();
    const link = await Link.to(tempo.address);
    const ask = async (patience: number): Promise<string> =>
      fetch(`http://${link.address}/`, { signal: AbortSignal.timeout(patience) }).then(
        ({ status, headers }) => `${String(status)} ${headers.get("retry-after") ?? ""}`,
        (error: unknown) => (error as Error).name,
      );
    try {
      await link.refuseHttp({ status: 429, retryAfter: 7 });
      assert.equal(await ask(5_000), "429 7");
      assert.equal(link.refused, 1);
      await link.cut();
      assert.equal(await ask(5_000), "TypeError");
      await link.hang();
      assert.equal(await ask(300), "TimeoutError");
      assert.equal(link.connections, 3);
    } finally {
      await link.close();
      await tempo.close();
    }
  });
});

async function eventuallyTrue(check: () => boolean): Promise<void> {
  for (let tries = 0; !check(); tries += 1) {
    assert.ok(tries < 100, "not within 5 s");
    await sleep(50);
  }
}

describe("what the data plane reads and writes", () => {
  const config = "ring: { kvstore: { store: memberlist } }\nwal: { dir: /var/loki/wal }\nempty:\n";

  it("overrides keys, whole folders and what occurs everywhere, and nothing else", () => {
    const changed = overridden(config, [
      { everywhere: ["kvstore", "store"], from: "memberlist", to: "inmemory", reason: "" },
      { folder: "/var/loki", to: "/tmp/x", reason: "" },
      { set: ["empty", "deep", "key"], to: [1], reason: "" },
      { remove: ["not", "there"], reason: "" },
    ]);
    assert.deepEqual(valueAt(changed, []), {
      ring: { kvstore: { store: "inmemory" } },
      wal: { dir: "/tmp/x/wal" },
      empty: { deep: { key: [1] } },
    });
  });

  it("reads Prometheus' text format", () => {
    const text = '# HELP a b\na_total{x="1",y="a \\"b\\", c"} 2.5 1700000000\nb NaN\nc +Inf\n';
    assert.deepEqual(parseExposition(text), [
      { name: "a_total", labels: { x: "1", y: 'a \\"b\\", c' }, value: 2.5 },
      { name: "b", labels: {}, value: NaN },
      { name: "c", labels: {}, value: Infinity },
    ]);
  });
});
