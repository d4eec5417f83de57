/** Tests of ops/sandbox-access.ts. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { chartRepositories } from "../../config/charts";
import { identify } from "../../lib/process/process-identity";
import { asCliError } from "../../lib/terminal/errors";
import type { Context } from "../../lib/terminal/run";
import { sandboxPulumi } from "../../ops/sandbox-access";
import { SandboxError, ToolError, UserFileError } from "../../sandbox/errors";
import { copyProject } from "../../sandbox/project-copy";
import {
  createFolders,
  sandboxPaths,
  writeState,
  type SandboxPaths,
  type SandboxState,
} from "../../sandbox/state";
import { runCli } from "./support/run-cli";

/** Of a real cluster, so that the sandbox counts as running without a control plane of ours. */
const state: SandboxState = {
  cluster: "kind",
  ownsKindCluster: false,
  context: "kind-lgtm",
  stack: "dev",
  chartRepositories: chartRepositories(() => "/charts"),
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

  it("whose Pulumi is gone says so, and builds none", async () => {
    const { exitCode, stderr } = await runCli(["doctor"], noTools);
    assert.equal(exitCode, 1, stderr);
    assert.match(stderr, /^The Pulumi of the sandbox in .* is not where it was\.$/m);
    assert.match(stderr, /fix: npm run pulumi -- version puts it there again$/m);
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

  /** Runs with the sandbox of this test, and takes back what was to be taken back at the end. */
  function inSandbox<T>(look: (context: Pick<Context, "onEnd">) => T): T {
    const before = process.env["LGTM_SANDBOX_DIR"];
    const endings: (() => Promise<void> | void)[] = [];
    process.env["LGTM_SANDBOX_DIR"] = paths.root;
    try {
      return look({ onEnd: (cleanUp) => endings.push(cleanUp) });
    } finally {
      for (const cleanUp of endings) void cleanUp();
      if (before === undefined) Reflect.deleteProperty(process.env, "LGTM_SANDBOX_DIR");
      else process.env["LGTM_SANDBOX_DIR"] = before;
    }
  }

  it("claims it under its own name when it changes something, and until it ends", () => {
    inSandbox((context) => {
      assert.throws(() => sandboxPulumi({ state }, context, "recover"), SandboxError);
      const [file = ""] = fs.readdirSync(claims());
      const claim = fs.readFileSync(path.join(claims(), file), "utf8");
      assert.equal((JSON.parse(claim) as { purpose: string }).purpose, "npm run recover");
    });
    assert.deepEqual(fs.readdirSync(claims()), []);
  });

  it("only to look leaves it as it is, and sees the settings as they are now", () => {
    const pulumi = path.join(paths.bin, "pulumi");
    fs.symlinkSync(process.execPath, pulumi);
    const { kubeconfig } = paths;
    copyProject(paths, "dev", { ...state, kubeconfig });
    const copy = path.join(paths.project, "Pulumi.dev.yaml");
    const changed = fs.readFileSync(copy, "utf8") + "encryptionsalt: v1:salt\n";
    fs.writeFileSync(copy, changed.replace("config:\n", "config:\n  lgtm:demoEnabled: false\n"));
    const files = (): string[] =>
      fs.readdirSync(paths.root, { recursive: true, encoding: "utf8" }).map((file) => {
        const { mtimeNs, ino } = fs.statSync(path.join(paths.root, file), { bigint: true });
        return [file, mtimeNs, ino].map(String).join(" ");
      });
    const before = files();
    let folder = "";
    inSandbox((context) => {
      const access = sandboxPulumi({ state }, context, undefined);
      assert.equal(access.executable, pulumi);
      ({ folder } = access);
      const text = fs.readFileSync(path.join(folder, "Pulumi.dev.yaml"), "utf8");
      assert.match(text, /^encryptionsalt: v1:salt$/m);
      assert.match(text, /^ {2}lgtm:demoEnabled: false$/m);
      assert.match(text, /^ {2}lgtm:lgtmChartRepository: \/charts$/m);
      // What the user has written since.
      const later = sandboxPulumi(
        { state: { ...state, chartRepositories: chartRepositories(() => "/new") } },
        context,
        undefined,
      );
      assert.match(
        fs.readFileSync(path.join(later.folder, "Pulumi.dev.yaml"), "utf8"),
        /^ {2}lgtm:lgtmChartRepository: \/new$/m,
      );
      assert.deepEqual(files(), before);
    });
    assert.ok(!fs.existsSync(folder));
  });
});
