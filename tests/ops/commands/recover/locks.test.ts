/** Tests: recover: locks. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import type { CliError } from "../../../../lib/terminal/errors";
import { corruptAttributeFiles } from "../../../../ops/commands/recover/corrupt-attributes";
import { holdersOf, judge, refuseRunning, unlock } from "../../../../ops/commands/recover/holders";
import { isSameCluster, orphans } from "../../../../ops/commands/recover/orphaned-providers";
import type { Stack } from "../../../../ops/stack";
import { fakeCluster } from "../../support/fake-cluster";
import { fakePulumi, runCli } from "../../support/run-cli";

const lock = { pid: 4711, username: "me", hostname: os.hostname(), timestamp: "2026-11-24" };
const running = { signal: new AbortController().signal };

describe("recover: locks", function () {
  this.timeout(60_000);
  this.slow(10_000);
  let folder: string;
  let locks: string;
  let stack: Stack;

  /** Whether `pulumi cancel` was run. */
  const cancelled = (): boolean => fs.existsSync(path.join(folder, "cancelled"));
  const put = (name: string, content: object): void => {
    fs.writeFileSync(path.join(locks, `${name}.json`), JSON.stringify(content));
  };

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-locks-"));
    locks = path.join(folder, ".pulumi/locks/organization/lgtm/dev");
    fs.mkdirSync(locks, { recursive: true });
    // A stand-in that can be cancelled, and can be found as a process that runs.
    const executable = path.join(folder, "pulumi");
    const script = `#!/bin/sh\ncase "$1" in\n  cancel) touch "${folder}/cancelled" ;;\n  *) read -r line ;;\nesac\n`;
    fs.writeFileSync(executable, script, { mode: 0o700 });
    const access = { kind: "own", executable, folder, environment: {}, backendFolder: folder };
    stack = { name: "dev", access } as unknown as Stack;
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });

  it("tells one whose process has ended from one that is held", () => {
    assert.equal(judge(lock, () => true).is, "running");
    assert.equal(judge(lock, () => false).is, "gone");
    assert.equal(judge({ ...lock, hostname: "ci-7" }, () => false).is, "elsewhere");
  });

  it("takes an id that another program has now for gone", () => {
    assert.equal(judge({ ...lock, pid: process.pid }).is, "gone");
  });

  it("never breaks one of a Pulumi that runs, also when it began after the question", async () => {
    const pulumi = execa(stack.access.executable, ["up"], { stdin: "pipe" });
    // Its name is the shell's until the script begins.
    const name = `/proc/${String(pulumi.pid)}/comm`;
    while (fs.readFileSync(name, "utf8").trim() !== "pulumi") await new Promise(setImmediate);
    put("a", { ...lock, pid: pulumi.pid });
    const held = holdersOf(stack) ?? [];
    const refusal = /being changed by process \d+ of me@.*, which runs\. Nothing was changed/;
    assert.throws(() => {
      refuseRunning(stack, held);
    }, refusal);
    await assert.rejects(unlock(stack, [judge(lock, () => false)], running), refusal);
    assert.ok(!cancelled());

    pulumi.stdin.end("\n");
    await pulumi.catch(() => undefined);
    const left = holdersOf(stack) ?? [];
    assert.deepEqual(
      left.map(({ is }) => is),
      ["gone"],
    );
    await unlock(stack, left, running);
    assert.ok(cancelled());
  });

  it("takes away only what was shown", async () => {
    put("a", lock);
    const shown = holdersOf(stack) ?? [];
    put("b", { ...lock, hostname: "ci-7" });
    await assert.rejects(unlock(stack, shown, running), (error: CliError) =>
      /was locked meanwhile by process 4711 of me@ci-7/.test(error.message),
    );
    fs.rmSync(locks, { recursive: true });
    await unlock(stack, shown, running);
    assert.ok(!cancelled(), "there was nothing left to take away");
  });

  it("and attributes of this stack are looked at for what was left half written", () => {
    const stacks = path.join(folder, ".pulumi/stacks/lgtm");
    fs.mkdirSync(stacks, { recursive: true });
    const files = [
      [path.join(stacks, "dev.json"), ""],
      [path.join(stacks, "dev.json.attrs"), '{"user.content_type":'],
      [path.join(stacks, "dev.json.bak.attrs"), "{}"],
      [path.join(stacks, "prod.json.attrs"), ""],
      [path.join(locks, "a.json.attrs"), ""],
    ] as const;
    for (const [file, text] of files) fs.writeFileSync(file, text);
    const access = { ...stack.access, backendFolder: folder };
    for (const name of ["dev", "organization/dev", "organization/lgtm/dev"]) {
      const found = corruptAttributeFiles({ name, access }).map((file) => path.basename(file));
      assert.deepEqual(found, ["dev.json.attrs", "a.json.attrs"]);
    }
  });

  it("are not denied where they cannot be seen", async () => {
    const cluster = await fakeCluster((where) =>
      where.endsWith("/secrets") || where.endsWith("claims")
        ? { object: { items: [] } }
        : undefined,
    );
    const config = {
      "kubernetes:context": { value: "fake", secret: false },
      "kubernetes:kubeconfig": { secret: true },
    };
    const pulumi = fakePulumi({ stack: "mine", config, kubeconfig: cluster.kubeconfig });
    const args = ["recover", "--stack", "mine"];
    const [text, json] = [
      await runCli(args, pulumi.env),
      await runCli([...args, "--json"], pulumi.env),
    ];
    await cluster.stop();
    pulumi.remove();
    assert.equal(text.exitCode, 0, text.stderr);
    assert.match(text.stdout, /unless the stack is locked, which this backend does not tell/);
    assert.match(text.stdout, /pulumi cancel --stack mine/);
    const told = JSON.parse(json.stdout) as { recovered: boolean; locksSeen: boolean };
    assert.deepEqual([told.recovered, told.locksSeen], [false, false]);
  });
});

describe("recover: providers that were left", () => {
  it("finds providers that no Pulumi waits for", () => {
    const provider = "/home/me/.pulumi/plugins/x/pulumi-resource-kubernetes 127.0.0.1:1";
    const all = [
      { pid: 10, parent: 1, command: "/usr/bin/pulumi up" },
      { pid: 11, parent: 10, command: provider },
      { pid: 12, parent: 1, command: provider },
      { pid: 13, parent: 1, command: "/usr/bin/pulumi-language-nodejs" },
      { pid: 14, parent: 1, command: "vi pulumi-resource-kubernetes" },
    ];
    assert.deepEqual(
      orphans(all).map(({ pid }) => pid),
      [12],
    );
  });

  it("compares kubeconfigs as well as contexts, since names repeat", () => {
    const settings = {
      "kubernetes:context": { value: "kind-lgtm", secret: false },
      "kubernetes:kubeconfig": { value: "/a", secret: false },
    };
    assert.ok(isSameCluster({ context: "kind-lgtm", kubeconfig: "/a" }, settings));
    assert.ok(!isSameCluster({ context: "kind-lgtm", kubeconfig: "/b" }, settings));
    assert.ok(!isSameCluster({ context: "other", kubeconfig: "/a" }, settings));
    assert.ok(!isSameCluster({}, settings));
    const hidden = { ...settings, "kubernetes:kubeconfig": { secret: true } };
    assert.ok(isSameCluster({ context: "kind-lgtm", kubeconfig: "apiVersion: v1" }, hidden));
  });
});
