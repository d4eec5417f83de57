/** Tests of lib/pulumi/locks.ts. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { locksIn, locksOn, mayRun } from "../../../lib/pulumi/locks";
import type { KnownStack } from "../../../lib/pulumi/pulumi";

describe("locks", () => {
  it("are found by the last part of a stack's name, as Pulumi keeps them", () => {
    const backendFolder = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-locks-"));
    const access = { backendFolder } as KnownStack["access"];
    for (const stack of ["dev", "prod"]) {
      const folder = path.join(backendFolder, ".pulumi/locks/organization/lgtm", stack);
      fs.mkdirSync(folder, { recursive: true });
      fs.writeFileSync(path.join(folder, "1.json"), JSON.stringify({ username: stack }));
    }
    for (const name of ["dev", "organization/dev", "organization/lgtm/dev"]) {
      const holders = locksOn({ access, name }).map(({ username }) => username);
      assert.deepEqual(holders, ["dev"], name);
    }
    fs.rmSync(backendFolder, { recursive: true });
  });

  it("reads who holds a lock from Pulumi's complaint, and knows a dead process of this machine", () => {
    const dead = `error: the stack is currently locked by 1 lock(s).\n  file:///x.json: created by me@${os.hostname()} (pid 999999999) at 2026-11-24T19:40:05Z`;
    const locks = locksIn(dead);
    assert.deepEqual(
      locks.map(({ username }) => username),
      ["me"],
    );
    assert.deepEqual(locks.filter(mayRun), []);
    // After a restart of the machine its id may be anybody's.
    assert.equal(mayRun({ pid: process.pid, hostname: os.hostname() }), false);
    assert.equal(mayRun({ pid: 999_999_999, hostname: "another-machine" }), true);
    assert.deepEqual(locksIn("error: update failed"), []);
  });
});
