/** Tests: the real collector with a node's configuration reads every line of its pods' log files. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import {
  nodeCollectorArguments,
  nodeCollectorConfig,
  podLogFolder,
} from "../../components/values/node-collector-config";
import { Closers } from "../../dataplane/closers";
import { overridden, type Override } from "../../dataplane/config/override";
import { noSmallDisk, smallDisk } from "../../dataplane/loss/small-disk";
import { Link } from "../../dataplane/network/link";
import { podAddress } from "../../dataplane/network/loopback";
import { Program } from "../../dataplane/processes/program";
import { scratchFolder } from "../../dataplane/scratch-folder";
import { type LokiLine, startLogsSink } from "../../dataplane/sinks/stores";
import { requireTools } from "../support/tools";
import { skipEverywhere } from "../support/skip";

const uid = "0d0f1d5c-7a0d-4d9b-9f31-6f6c4f1c2d3e";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";

/** What running here takes: there is no API server and no kubelet, and nobody limits the memory. */
const overrides: readonly Override[] = [
  { remove: ["receivers", "kubelet_stats"], reason: "no kubelet runs here" },
  { remove: ["service", "pipelines", "metrics/kubelet"], reason: "no kubelet runs here" },
  { remove: ["processors", "k8s_attributes"], reason: "no API server runs here" },
  {
    set: ["service", "pipelines", "logs", "processors"],
    to: ["memory_limiter", "transform/line"],
    reason: "no API server runs here",
  },
  {
    set: ["processors", "memory_limiter"],
    to: { check_interval: "1s", limit_mib: 400 },
    reason: "the percentages are of the machine",
  },
];

/** A node: its log files, its collector, and the way to the first collector. */
interface Node {
  readonly agent: Program;
  readonly link: Link;
  /** Waits until its collector has noted how far it has read, which it does after each look. */
  readonly noted: () => Promise<void>;
  readonly lines: () => readonly LokiLine[];
  /** A container's log file. */
  readonly file: (container?: string, namespace?: string) => string;
}

let closers: Closers;
let binary: string;

async function startNode({
  queueMiB = 16,
  disk,
}: { queueMiB?: number; disk?: string } = {}): Promise<Node> {
  const scratch = scratchFolder();
  closers.add(scratch.remove);
  const pods = path.join(scratch.folder, "pods");
  const data = disk ?? path.join(scratch.folder, "data");
  fs.mkdirSync(data, { recursive: true });
  const sink = await startLogsSink();
  closers.add(sink.close);
  const link = await Link.to(sink.address);
  closers.add(async () => link.close());
  const config = nodeCollectorConfig({
    otlpEndpoint: link.address,
    queueMiB,
    excludedNamespaces: ["kube-system", "otel", "lgtm"],
  });
  const host = podAddress();
  const relay = path.join(scratch.folder, "relay.yaml");
  const moved: readonly Override[] = [
    { folder: "/var/lib/otelcol", to: data, reason: "the pod's folder is a temporary one" },
    { folder: podLogFolder, to: pods, reason: "the node's log files are the test's" },
  ];
  fs.writeFileSync(relay, overridden(stringify(config), [...overrides, ...moved]));
  const agent = new Program({
    name: "the node's collector",
    binary,
    args: [`--config=${relay}`, ...nodeCollectorArguments],
    env: { MY_POD_IP: host, OTEL_K8S_NODE_NAME: "node-1" },
    data,
    ready: `http://${host}:13133/`,
  });
  closers.add(async () => agent.kill());
  return {
    agent,
    link,
    noted: async () => {
      const folder = path.join(data, "checkpoints");
      const last = (): number =>
        Math.max(
          ...fs.readdirSync(folder).map((name) => fs.statSync(path.join(folder, name)).mtimeMs),
        );
      const before = last();
      while (last() === before) await sleep(1);
    },
    lines: () => sink.inbox.items,
    file: (container = "web", namespace = "shop") => {
      const folder = path.join(pods, `${namespace}_web-7d9c6b5f4-x2x7k_${uid}`, container);
      fs.mkdirSync(folder, { recursive: true });
      return path.join(folder, "0.log");
    },
  };
}

/** Lines as containerd writes them. */
function cri(text: readonly string[], tag = "F", stream = "stdout"): string {
  return text.map((line) => `${new Date().toISOString()} ${stream} ${tag} ${line}\n`).join("");
}

/** Writes numbered lines, as a container does: some at a time, with pauses. */
class Writer {
  #next = 0;

  constructor(
    readonly file: string,
    readonly padding = 80,
  ) {}

  get written(): number {
    return this.#next;
  }

  write(count: number): void {
    const numbers = Array.from({ length: count }, (_, index) => this.#next + index);
    this.#next += count;
    fs.appendFileSync(
      this.file,
      cri(numbers.map((n) => `line ${String(n)} ${"x".repeat(this.padding)}`)),
    );
  }

  /** As the kubelet does: the file gets another name, and the runtime a new one. */
  rotate(time: string): void {
    fs.renameSync(this.file, `${this.file}.${time}`);
    fs.writeFileSync(this.file, "");
  }
}

/** How often each numbered line has arrived. */
function arrivals(lines: readonly LokiLine[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { line } of lines) {
    for (const [, number] of line.matchAll(/^line (\d+) /gm)) {
      counts.set(Number(number), (counts.get(Number(number)) ?? 0) + 1);
    }
  }
  return counts;
}

/** Waits until all are there; says how many are missing and how many came more than once. */
async function outcome(
  node: Node,
  writer: Writer,
  timeoutMs = 15_000,
): Promise<{ missing: number; twice: number }> {
  const end = Date.now() + timeoutMs;
  let counts = arrivals(node.lines());
  while (counts.size < writer.written && Date.now() < end) {
    await sleep(100);
    counts = arrivals(node.lines());
  }
  return {
    missing: writer.written - counts.size,
    twice: [...counts.values()].filter((count) => count > 1).length,
  };
}

describe("a node's collector", function () {
  this.timeout(60_000);

  before(async function () {
    const tools = await requireTools(this, ["otelcol-current"]);
    binary = tools["otelcol-current"];
  });
  beforeEach(() => {
    closers = new Closers();
  });
  afterEach(async () => {
    await closers.closeAll();
  });

  it("joins what belongs together, and finds whose it is, when it was and its trace", async () => {
    const node = await startNode();
    const java = [
      "java.lang.IllegalStateException: boom",
      "\tat shop.Cart.add(Cart.java:7)",
      "Caused by: java.io.IOException",
      "\t... 3 more",
    ];
    const python = [
      "Traceback (most recent call last):",
      '  File "app.py", line 3, in <module>',
      "ValueError: boom",
    ];
    const json = JSON.stringify({
      level: "warning",
      msg: "slow",
      trace_id: traceId,
      span_id: spanId,
    });
    const text = `otelTraceID=${traceId} otelSpanID=${spanId} paid`;
    fs.writeFileSync(
      node.file(),
      cri(["plain"]) +
        cri(java, "F", "stderr") +
        cri(python) +
        cri([json, text, "first"]) +
        cri(["part one, ", "part two, "], "P") +
        cri(["the end"]) +
        cri(["  indented", "}", "last"]),
    );
    const docker = { log: "of Docker\n", stream: "stderr", time: "2026-11-29T06:00:00.5Z" };
    fs.writeFileSync(node.file("old"), `${JSON.stringify(docker)}\n`.repeat(2));
    for (const namespace of ["kube-system", "otel", "lgtm"]) {
      fs.writeFileSync(node.file("web", namespace), cri(["not to be read"]));
    }
    fs.writeFileSync(`${node.file()}.20261129-060000.gz`, "not to be read");
    await node.agent.start();
    const expected = [
      "plain",
      java.join("\n"),
      python.join("\n"),
      json,
      text,
      "first",
      "part one, part two, the end\n  indented\n}",
      "last",
    ];
    const of = (container: string): LokiLine[] =>
      node.lines().filter(({ labels }) => labels["k8s_container_name"] === container);
    for (let tries = 0; node.lines().length < expected.length + 2 && tries < 100; tries += 1)
      await sleep(100);
    assert.deepEqual(
      of("web").map(({ line }) => line),
      expected,
    );
    assert.deepEqual(
      of("old").map(({ line }) => line.trimEnd()),
      ["of Docker", "of Docker"],
    );
    assert.equal(node.lines().length, expected.length + 2);
    const [plain, stack, , structured, logfmt] = of("web");
    assert.deepEqual(plain?.labels, {
      k8s_namespace_name: "shop",
      k8s_pod_name: "web-7d9c6b5f4-x2x7k",
      k8s_container_name: "web",
      service_name: "web",
      log_iostream: "stdout",
      severity_text: "",
      trace_id: "",
    });
    assert.ok(Math.abs((plain.at ?? 0) - Date.now()) < 30_000, String(plain.at));
    assert.equal(stack?.labels["log_iostream"], "stderr");
    assert.equal(structured?.labels["trace_id"], traceId);
    assert.equal(structured.labels["severity_text"], "WARNING");
    assert.equal(logfmt?.labels["trace_id"], traceId);
  });

  it("loses and doubles no line while files are rotated", async () => {
    const node = await startNode();
    const writer = new Writer(node.file());
    writer.write(200);
    await node.agent.start();
    for (let round = 0; round < 5; round += 1) {
      for (let part = 0; part < 6; part += 1) {
        writer.write(150);
        await sleep(120);
      }
      writer.rotate(`20261129-06000${String(round)}`);
      writer.write(50);
    }
    assert.deepEqual(await outcome(node, writer), { missing: 0, twice: 0 });
  });

  it("loses no line when it is killed or stopped in the middle of a file", async () => {
    const node = await startNode();
    const writer = new Writer(node.file());
    writer.write(20_000);
    await node.agent.start();
    for (const end of ["stop", "kill", "stop", "kill", "kill", "kill"] as const) {
      for (let part = 0; part < 3; part += 1) {
        writer.write(1_000);
        await sleep(100);
      }
      if (end === "kill") {
        // Just when the position after these lines is noted.
        await node.noted();
        writer.write(50);
        await node.noted();
      }
      await node.agent[end]();
      writer.write(100);
      await node.agent.start();
    }
    const { missing, twice } = await outcome(node, writer);
    assert.equal(missing, 0);
    // What was read after the position was noted last, of a file that is read at full speed.
    assert.ok(
      twice < writer.written / 2,
      `${String(twice)} of ${String(writer.written)} came twice`,
    );
  });

  it("holds a file while the collector is away and the queue is full, also when it is killed", async () => {
    const node = await startNode({ queueMiB: 1 });
    const writer = new Writer(node.file(), 400);
    await node.link.cut();
    writer.write(5_000);
    await node.agent.start();
    await sleep(2_000);
    writer.rotate("20261129-060000");
    writer.write(5_000);
    await node.agent.kill();
    await node.agent.start();
    await sleep(1_000);
    assert.equal(node.lines().length, 0);
    await node.link.pass();
    const { missing } = await outcome(node, writer, 25_000);
    assert.equal(missing, 0);
  });

  // The queue notes on the disk that it sends a request, and deletes it where it cannot (QUEUE_SHARE in
  // collector-config.ts): ten at a time, of a hundred lines. All others go on where the
  // queue's file has room, or wait in their files.
  it("loses only what was on its way when its disk filled", async function () {
    const reason = noSmallDisk();
    if (reason !== undefined) skipEverywhere(this, reason);
    const disk = await smallDisk(24);
    closers.add(disk.remove);
    const node = await startNode({ disk: disk.folder });
    const writer = new Writer(node.file());
    writer.write(500);
    await node.agent.start();
    await outcome(node, writer);
    const filler = path.join(disk.folder, "filler");
    fill(filler);
    for (let part = 0; part < 10; part += 1) {
      writer.write(500);
      await sleep(200);
    }
    fs.rmSync(filler);
    const { missing } = await outcome(node, writer, 6_000);
    assert.ok(missing <= 1_000, `${String(missing)} of ${String(writer.written)} are lost`);
  });
});

/** Writes until there is no room. */
function fill(file: string): void {
  const chunk = Buffer.alloc(4096);
  const handle = fs.openSync(file, "w");
  try {
    for (;;) fs.writeSync(handle, chunk);
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, "ENOSPC");
  } finally {
    fs.closeSync(handle);
  }
}
