/** Tests of sandbox/cluster/processes.ts. */
import assert from "node:assert/strict";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { spawn } from "node:child_process";
import { identify, isSame } from "../../../lib/process/process-identity";
import { claim } from "../../../sandbox/cluster/claims";
import { cleanUpInterrupted, isTornApart } from "../../../sandbox/cluster/interrupted";
import {
  lastLines,
  markedEnvironment,
  recordedProcesses,
  startDetached,
  stopProcesses,
} from "../../../sandbox/cluster/processes";
import { projectRoot } from "../../../lib/project-root";
import { typescriptArguments, typescriptEnvironment } from "../../../sandbox/run-typescript";
import { createFolders, sandboxPaths, type SandboxPaths } from "../../../sandbox/state";
import { until } from "../../support/until";

const node = process.execPath;
const forEver = "setInterval(() => undefined, 1000);";

describe("what the sandbox starts and stops", function () {
  this.timeout(30_000);
  let paths: SandboxPaths;

  beforeEach(() => {
    paths = sandboxPaths(fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-processes-")));
    createFolders(paths);
  });
  afterEach(async () => {
    await stopProcesses(paths, recordedProcesses(paths), 0);
    fs.rmSync(paths.root, { recursive: true, force: true });
  });

  it("records a process, keeps its output and ends it", async () => {
    const script = `console.log("hello"); ${forEver}`;
    const record = startDetached(paths, "one", node, ["-e", script]);
    assert.deepEqual(recordedProcesses(paths), [record]);
    while (lastLines(record) !== "hello") await new Promise((done) => setTimeout(done, 20));
    assert.equal(await stopProcesses(paths, [record]), 1);
    assert.equal(identify(record.pid), undefined);
    assert.deepEqual(recordedProcesses(paths), []);
  });

  it("ends one that does not want to", async () => {
    const script = `process.on("SIGTERM", () => undefined); console.log("on"); ${forEver}`;
    const record = startDetached(paths, "stubborn", node, ["-e", script]);
    while (lastLines(record) !== "on") await new Promise((done) => setTimeout(done, 20));
    assert.equal(await stopProcesses(paths, [record], 200), 1);
    assert.equal(identify(record.pid), undefined);
  });

  it("leaves a process alone that has only inherited the id of one of ours", async () => {
    const record = startDetached(paths, "other", node, ["-e", forEver]);
    const stale = { ...record, startTime: "earlier" };
    assert.equal(await stopProcesses(paths, [stale]), 0);
    assert.ok(isSame(record));
    await stopProcesses(paths, [record], 0);
  });

  it("says which program could not be started", () => {
    assert.throws(() => startDetached(paths, "none", "/no/such/program", []), /none could not be/);
  });

  it("lets one command at a time start or stop the sandbox", () => {
    const folder = path.join(paths.root, "claims");
    fs.mkdirSync(folder);
    const parent = identify(process.ppid);
    const holder = path.join(folder, `${String(process.ppid)}.json`);
    const hold = (startTime: string | undefined, exclusive: boolean): void => {
      const held = { pid: process.ppid, startTime, purpose: "something", exclusive };
      fs.writeFileSync(holder, JSON.stringify(held));
    };
    hold(parent?.startTime, false);
    assert.throws(() => claim(paths, "up", true), /busy: process \d+ is at "something"/);
    claim(paths, "preview", false)();
    hold(parent?.startTime, true);
    assert.throws(() => claim(paths, "preview", false), /busy/);
    hold("of a process that was killed", true);
    claim(paths, "up", true)();
    assert.deepEqual(fs.readdirSync(folder), []);
  });

  it("ends a sandbox with the process that must not be outlived by it", async function () {
    if (process.platform !== "linux") this.skip();
    const script = `
      const { spawn } = require("node:child_process");
      const processes = require("./sandbox/cluster/processes");
      const paths = require("./sandbox/state").sandboxPaths(${JSON.stringify(paths.root)});
      require("./tests/sandbox/support/test-sandbox").endWithThisProcess(paths);
      const { pid } = processes.startDetached(paths, "one", ${JSON.stringify(node)}, ["-e", "${forEver}"]);
      const env = processes.markedEnvironment(paths);
      const stray = spawn(process.execPath, ["-e", "${forEver}"], { env, detached: true, stdio: "ignore" });
      console.log(pid, stray.pid);
      ${forEver}`;
    const args = ["--require", "ts-node/register/transpile-only", "--eval", script];
    const starter = spawn(node, args, { cwd: projectRoot, stdio: ["ignore", "pipe", "inherit"] });
    const [output] = (await once(starter.stdout, "data")) as [Buffer];
    const started = String(output).trim().split(" ").map(Number);
    assert.ok(started.every((pid) => identify(pid) !== undefined));
    starter.kill("SIGTERM");
    assert.deepEqual(await once(starter, "exit"), [null, "SIGTERM"]);
    await until("the end of both", () =>
      Promise.resolve(started.every((pid) => identify(pid) === undefined)),
    );
    assert.ok(!fs.existsSync(paths.root));
  });

  it("ends the stand-in for the random provider with the Pulumi that has started it", async () => {
    const [command, ...args] = [node, ...typescriptArguments("sandbox/random-provider/main.ts")];
    const env = { ...process.env, ...typescriptEnvironment() };
    const pulumi = `const { spawn } = require("node:child_process");
      const provider = spawn(${JSON.stringify(command)}, ${JSON.stringify([...args, "127.0.0.1:1"])});
      provider.stdout.once("data", () => console.log(provider.pid));
      ${forEver}`;
    const starter = spawn(node, ["-e", pulumi], { env, stdio: ["ignore", "pipe", "inherit"] });
    const [output] = (await once(starter.stdout, "data")) as [Buffer];
    const pid = Number(String(output));
    assert.notEqual(identify(pid), undefined);
    starter.kill("SIGKILL");
    await until("the provider's end", () => Promise.resolve(identify(pid) === undefined));
  });

  describe("after a run was cut off", () => {
    const stacks = (): string => path.join(paths.backend, ".pulumi", "stacks", "lgtm");
    const writeStack = (pending: unknown): void => {
      fs.mkdirSync(stacks(), { recursive: true });
      const checkpoint = { latest: { pending_operations: pending } };
      fs.writeFileSync(path.join(stacks(), "dev.json"), JSON.stringify({ checkpoint }));
    };

    it("finds nothing half done where nothing is", async () => {
      assert.equal(await cleanUpInterrupted(paths), false);
      writeStack(undefined);
      assert.equal(await cleanUpInterrupted(paths), false);
      assert.equal(isTornApart(paths), true, "a stack without its cluster");
      fs.mkdirSync(path.join(paths.cluster, "etcd"));
      assert.equal(isTornApart(paths), false);
    });

    it("finds an operation that never ended", async () => {
      writeStack([{ type: "creating" }]);
      assert.equal(await cleanUpInterrupted(paths), true);
    });

    it("finds a lock that nobody holds any more", async () => {
      const locks = path.join(paths.backend, ".pulumi", "locks", "organization", "lgtm", "dev");
      fs.mkdirSync(locks, { recursive: true });
      fs.writeFileSync(path.join(locks, "a.json"), "{}");
      assert.equal(await cleanUpInterrupted(paths), true);
    });

    it("ends engines whose command was killed, and nobody else's processes", async function () {
      // Elsewhere the environment of a process cannot be read.
      if (process.platform !== "linux") this.skip();
      const other = { ...process.env, LGTM_SANDBOX_ROOT: `${paths.root}-other` };
      const theirs = spawn(node, ["-e", forEver], { env: other, stdio: "ignore" });
      const env = markedEnvironment(paths);
      const ours = spawn(node, ["-e", forEver], { env, stdio: "ignore" });
      const ended = new Promise((done) => ours.on("exit", done));
      await cleanUpInterrupted(paths);
      await ended;
      assert.equal(theirs.exitCode ?? theirs.signalCode, null);
      theirs.kill("SIGKILL");
    });
  });
});
