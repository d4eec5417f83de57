import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { identify } from "../../lib/process/process-identity";
import { asCliError } from "../../lib/terminal/errors";
import type { Context } from "../../lib/terminal/run";
import { sandboxPulumi } from "../../ops/sandbox-access";
import { SandboxError, UserFileError } from "../../sandbox/errors";
import {
  createFolders,
  sandboxPaths,
  writeState,
  type SandboxPaths,
  type SandboxState,
} from "../../sandbox/state";
import { ToolError } from "../../sandbox/tools/tools";
import { runCli } from "./support/run-cli";

/** Of a real cluster, so that the sandbox counts as running without a control plane of ours. */
const state: SandboxState = {
  cluster: "kind",
  ownsKindCluster: false,
  context: "kind-lgtm",
  stack: "dev",
  lgtmCharts: "/charts",
  otelCollectorCharts: "/charts",
  loadBalancer: true,
  standInCharts: true,
  standInRandom: true,
};

describe("a command that wants the sandbox", function () {
  this.timeout(60_000);
  this.slow(10_000);
  let paths: SandboxPaths;
  /** Nothing is installed, nothing was built, and nothing can be. */
  let noTools: NodeJS.ProcessEnv;
  const claims = (): string => path.join(paths.root, "claims");

  beforeEach(() => {
    paths = sandboxPaths(fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-busy-")));
    createFolders(paths);
    writeState(paths, state);
    fs.mkdirSync(claims());
    const empty = path.join(paths.root, "empty");
    noTools = {
      LGTM_SANDBOX_DIR: paths.root,
      PATH: empty,
      LGTM_CACHE_DIR: empty,
      PULUMI_HOME: empty,
    };
  });
  afterEach(() => {
    fs.rmSync(paths.root, { recursive: true });
  });

  it("that is being started says so, and what to do", async () => {
    const held = { ...identify(process.pid), purpose: "npm run sandbox", exclusive: true };
    fs.writeFileSync(path.join(claims(), `${String(process.pid)}.json`), JSON.stringify(held));
    const runs = await Promise.all(
      ["destroy", "recover", "adopt"].map((name) => runCli([name, "--json"], noTools)),
    );
    for (const { exitCode, stdout, stderr } of runs) {
      assert.equal(exitCode, 1, stderr);
      assert.match(stderr, /^The sandbox in .* is busy: .* is at "npm run sandbox"\.$/m);
      assert.match(stderr, /fix: wait until it has ended, then run the same command again$/m);
      assert.doesNotMatch(stderr, /mistake|\n\s+at /);
      assert.match(stdout, /"fix": "wait until/);
    }
  });

  it("without the tools for it says which it lacks", async () => {
    const { exitCode, stderr } = await runCli(["doctor"], noTools);
    assert.equal(exitCode, 1, stderr);
    assert.match(stderr, /^The sandbox compiles the tools .* no `go` is on PATH\. Install it/m);
    assert.doesNotMatch(stderr, /mistake|\n\s+at /);
  });

  it("is told what the sandbox says, and with which exit code", () => {
    const tool = asCliError(new ToolError("Could not compile helm; get Go."));
    assert.deepEqual([tool.message, tool.exitCode], ["Could not compile helm; get Go.", 1]);
    const torn = asCliError(new SandboxError("It is torn.", "wait"));
    assert.deepEqual([torn.message, torn.fix, torn.exitCode], ["It is torn.", "wait", 1]);
    const typo = asCliError(new UserFileError("It is no YAML.", "correct it"));
    assert.deepEqual([typo.message, typo.fix, typo.exitCode], ["It is no YAML.", "correct it", 2]);
  });

  it("claims it under its own name", async () => {
    const before = Object.keys(noTools).map((key) => [key, process.env[key]] as const);
    Object.assign(process.env, noTools);
    try {
      const context = { onEnd: () => undefined } as unknown as Context;
      const access = sandboxPulumi({ state }, context, "recover");
      const [file = ""] = fs.readdirSync(claims());
      const claim = fs.readFileSync(path.join(claims(), file), "utf8");
      assert.equal((JSON.parse(claim) as { purpose: string }).purpose, "npm run recover");
      await assert.rejects(access, ToolError);
    } finally {
      for (const [key, value] of before)
        if (value === undefined) Reflect.deleteProperty(process.env, key);
        else process.env[key] = value;
    }
  });
});
