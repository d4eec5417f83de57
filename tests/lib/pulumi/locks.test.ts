/** Tests of lib/pulumi/locks.ts. */
import assert from "node:assert/strict";
import * as os from "node:os";
import { locksIn, mayRun } from "../../../lib/pulumi/locks";

describe("locks", () => {
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
