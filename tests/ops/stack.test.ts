/** Tests: the stack that a command works on, by each of its names. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { locksOn } from "../../lib/pulumi/locks";
import { backendFolderOf, type PulumiAccess } from "../../lib/pulumi/pulumi";
import { stacksNamed } from "../../lib/pulumi/stack-files";
import { meansLocal } from "../../lib/pulumi/stack-name";
import type { Context } from "../../lib/terminal/run";
import { draftWith, rememberSettings } from "../../ops/commands/adopt/settings-file";
import { checkEngine } from "../../ops/commands/doctor/last-run";
import { holdersOf } from "../../ops/commands/recover/holders";
import { hintsFor } from "../../ops/hints";
import { openStack, type Stack } from "../../ops/stack";
import { fakePulumi } from "./support/run-cli";

const names = ["dev", "organization/dev", "organization/lgtm/dev"];
const { signal } = new AbortController();

describe("a stack's full name", function () {
  this.timeout(20_000);
  let folder: string;
  const endings: (() => void)[] = [];

  function contextFor(stack: string): Context {
    return {
      flags: { stack, json: false, yes: true, timeout: 20, sandbox: true },
      progress: { begin: () => undefined },
      signal,
      onEnd: (end: () => void) => endings.push(end),
      say: () => undefined,
    } as unknown as Context;
  }

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-stack-"));
  });
  afterEach(() => {
    for (const end of endings.splice(0)) end();
    fs.rmSync(folder, { recursive: true });
  });

  it("is given to Pulumi, and the lock is seen by doctor and recover after pulumi login", async () => {
    const locks = path.join(folder, ".pulumi/locks/organization/lgtm/dev");
    fs.mkdirSync(locks, { recursive: true });
    const killed = { pid: 999_999_999, username: "me", hostname: os.hostname(), timestamp: "2026" };
    fs.writeFileSync(path.join(locks, "1.json"), JSON.stringify(killed));
    const touched = ["PATH", "LGTM_SANDBOX_DIR", "PULUMI_BACKEND_URL"];
    const own = touched.map((key) => [key, process.env[key]] as const);
    try {
      for (const name of names) {
        const pulumi = fakePulumi({ stack: name, config: {}, backend: `file://${folder}` });
        endings.push(() => {
          pulumi.remove();
        });
        Object.assign(process.env, pulumi.env);
        delete process.env["PULUMI_BACKEND_URL"];
        const stack = await openStack(contextFor(name));
        assert.equal(stack.name, name);
        assert.equal(locksOn(stack).length, 1);
        assert.equal(holdersOf(stack)?.length, 1);
        const hints = hintsFor(stack, { kubectl: String });
        const [found] = checkEngine(stack, hints, new Date());
        assert.equal(found?.symptom, "stack-locked");
        assert.match(found.fix ?? "", new RegExp(`npm run recover -- --stack ${name}$`));
      }
    } finally {
      for (const [key, value] of own)
        if (value === undefined) Reflect.deleteProperty(process.env, key);
        else process.env[key] = value;
    }
  });

  it("asks for the login only where the environment names no backend", async () => {
    const pulumi = fakePulumi({ stack: "dev", config: {}, backend: `file://${folder}` });
    const access = (url?: string): PulumiAccess => ({
      ...{ kind: "own", description: "", folder, backendFolder: undefined },
      executable: path.join(pulumi.env["PATH"]?.split(path.delimiter)[0] ?? "", "pulumi"),
      environment: { ...process.env, PULUMI_BACKEND_URL: url },
    });
    assert.equal(await backendFolderOf(access(), signal), folder);
    assert.equal(await backendFolderOf(access("s3://bucket"), signal), undefined);
    pulumi.remove();
  });

  it("has the settings file of the last part, which is drafted from and put back", async () => {
    for (const name of names) {
      const file = path.join(folder, "Pulumi.dev.yaml");
      fs.writeFileSync(file, "config: {}\n");
      const stack = { name, access: { folder } } as unknown as Stack;
      const draft = await draftWith(stack, [], contextFor(name));
      assert.equal(path.basename(draft), "Pulumi.dev.yaml");
      assert.equal(fs.readFileSync(draft, "utf8"), "config: {}\n");
      const putBack = rememberSettings(stack);
      fs.writeFileSync(file, "config: { lgtm:size: ha }\n");
      putBack();
      assert.equal(fs.readFileSync(file, "utf8"), "config: {}\n");
    }
  });

  it("names a settings file for the commands that read no more than that", () => {
    for (const name of names) assert.deepEqual(stacksNamed(name), ["dev"]);
    assert.ok(stacksNamed(undefined).includes("prod"));
    assert.throws(() => stacksNamed("organization/lgtm/other"), /there is no Pulumi\.other\.yaml/);
  });

  it("means the sandbox's stack too, and another organization's does not", () => {
    for (const name of names) assert.ok(meansLocal(name, "dev"), name);
    for (const name of ["acme/lgtm/dev", "acme/dev", "organization/shop/dev", "prod"])
      assert.ok(!meansLocal(name, "dev"), name);
  });
});
