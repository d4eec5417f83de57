/** Tests of ops/commands/preview-pr/base.ts. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { CliError } from "../../../../lib/terminal/errors";
import { layTrees } from "../../../../ops/commands/preview-pr/base";

describe("the base of a comparison, where git cannot give it", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-base-"));
  const repository = path.join(folder, "repository");
  const environment = { ...process.env };

  before(async () => {
    // Whoever runs this may have told git to trust every folder.
    Object.assign(process.env, { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" });
    await execa("git", ["init", "--quiet", repository]);
  });
  afterEach(() => {
    for (const key of ["PATH", "GIT_TEST_ASSUME_DIFFERENT_OWNER"]) restore(key);
  });
  after(() => {
    for (const key of ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"]) restore(key);
    fs.rmSync(folder, { recursive: true, force: true });
  });
  function restore(key: string): void {
    const value = environment[key];
    if (value === undefined) Reflect.deleteProperty(process.env, key);
    else process.env[key] = value;
  }

  const refusal = async (place: string): Promise<string> => {
    const error: unknown = await layTrees(place, folder).then(
      () => assert.fail("it was taken"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof CliError, String(error));
    return `${error.message}\nfix: ${error.fix ?? "none"}`;
  };

  it("is said to be no work tree only where it is none", async () => {
    const none = /^\S+ is no git work tree, so .*\.\nfix: clone the repository with git$/;
    assert.match(await refusal(folder), none);
    assert.match(await refusal(path.join(repository, ".git")), none);
    // With a work tree it goes on, to the commits that this one has not.
    assert.match(await refusal(repository), /^There is no commit that HEAD has in common/);
  });

  it("names a git that is not installed", async () => {
    process.env["PATH"] = folder;
    assert.match(await refusal(repository), /^git is not installed.*\nfix: install it/);
  });

  it("names a folder that belongs to somebody else, and git's own way to trust it", async () => {
    // What git's own tests set instead of changing the owner, which takes root.
    process.env["GIT_TEST_ASSUME_DIFFERENT_OWNER"] = "1";
    const told = await refusal(repository);
    assert.match(told, /^git does not read \S+: the folder belongs to another user/);
    assert.ok(told.includes(`: git config --global --add safe.directory ${repository};`), told);
  });

  it("repeats git's reason where it has another", async () => {
    const broken = path.join(folder, "broken");
    await execa("git", ["init", "--quiet", broken]);
    fs.appendFileSync(path.join(broken, ".git/config"), "[x\n");
    assert.match(
      await refusal(broken),
      /^git cannot read \S+: fatal: bad config.*\nfix: .*status$/,
    );
  });
});
