/** Tests of sandbox/pulumi-installation.ts. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { projectRoot } from "../../lib/project-root";
import { installPulumi } from "../../sandbox/pulumi-installation";
import { typescriptEnvironment } from "../../sandbox/run-typescript";
import { sandboxPaths } from "../../sandbox/state";

describe("the sandbox's Pulumi", function () {
  this.timeout(60_000);
  this.slow(20_000);
  const paths = sandboxPaths(path.join(os.tmpdir(), `lgtm-engine-${String(process.pid)}`));
  const tools = { pulumi: process.execPath, "pulumi-resource-kubernetes": process.execPath };
  after(() => {
    fs.rmSync(paths.root, { recursive: true, force: true });
  });

  /** Every file that Pulumi starts, and those that are being written. */
  const programs = (): string[] =>
    [paths.bin, path.join(paths.pulumiHome, "plugins")]
      .flatMap((folder) =>
        fs
          .readdirSync(folder, { recursive: true, withFileTypes: true })
          .filter((entry) => !entry.isDirectory())
          .map((entry) => path.join(entry.parentPath, entry.name)),
      )
      .sort();

  it("is put together again and again, by several at once, and is whole all the time", async () => {
    installPulumi(paths, tools);
    const whole = programs();
    assert.ok(whole.length >= 2);
    const again = `
      const { installPulumi } = require("./sandbox/pulumi-installation");
      const { sandboxPaths } = require("./sandbox/state");
      const paths = sandboxPaths(${JSON.stringify(paths.root)});
      for (let i = 0; i < 300; i++) installPulumi(paths, ${JSON.stringify(tools)});`;
    const args = ["--require", "ts-node/register/transpile-only", "--eval", again];
    const missing = new Set<string>();
    const watch = setInterval(() => {
      for (const file of whole) if (!fs.existsSync(file)) missing.add(file);
    }, 0);
    await Promise.all(
      [1, 2, 3].map(async () =>
        execa(process.execPath, args, { cwd: projectRoot, env: typescriptEnvironment() }),
      ),
    ).finally(() => {
      clearInterval(watch);
    });
    assert.deepEqual([...missing], []);
    assert.deepEqual(programs(), whole, "something was left half written");
  });

  it("leaves the language host to the CLI where the official one came with it", () => {
    const folder = path.join(paths.root, "downloaded");
    fs.mkdirSync(folder, { recursive: true });
    const pulumi = path.join(folder, "pulumi");
    for (const file of [pulumi, path.join(folder, "pulumi-language-nodejs")])
      fs.writeFileSync(file, "", { mode: 0o755 });
    const ours = (): boolean => programs().some((file) => file.endsWith("pulumi-language-nodejs"));
    assert.equal(installPulumi(paths, { ...tools, pulumi }).ownLanguageHost, false);
    assert.ok(!ours());
    fs.rmSync(path.join(folder, "pulumi-language-nodejs"));
    assert.equal(installPulumi(paths, { ...tools, pulumi }).ownLanguageHost, true);
    assert.ok(ours());
    installPulumi(paths, tools);
  });

  it("follows a tool that is elsewhere now", () => {
    const provider = (): string =>
      fs.readlinkSync(programs().find((file) => file.endsWith("-resource-kubernetes")) ?? "");
    installPulumi(paths, { ...tools, "pulumi-resource-kubernetes": "/elsewhere/provider" });
    assert.equal(provider(), "/elsewhere/provider");
    installPulumi(paths, tools);
    assert.equal(provider(), process.execPath);
  });
});
