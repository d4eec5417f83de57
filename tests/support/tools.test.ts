/** Tests of what becomes of a test whose tools are not there. */
import * as assert from "node:assert/strict";
import * as path from "node:path";
import { FakePath, executable } from "../sandbox/tools/fake-path";
import { skipReason } from "./skip";
import { requireTools, type ToolName } from "./tools";

/** As much of a test that mocha runs as skipping it takes. */
class RunningTest {
  readonly test: { skipReason?: string } = {};
  skipped = false;
  timeout(): number {
    return 0;
  }
  skip(): never {
    this.skipped = true;
    throw new Error("skipped");
  }
}

describe("a test whose tools are missing", () => {
  const fake = new FakePath().forEachTest();
  const { CI, LGTM_CACHE_DIR } = process.env;

  afterEach(() => {
    for (const [name, value] of Object.entries({ CI, LGTM_CACHE_DIR })) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  });

  /** Whether it is skipped, and the reason, or the failure. */
  async function outcome(tool: ToolName, ci: string): Promise<readonly [boolean, string]> {
    Object.assign(process.env, { CI: ci, LGTM_CACHE_DIR: fake.cacheDir });
    const running = new RunningTest();
    const failure: unknown = await requireTools(running as unknown as Mocha.Context, [tool]).catch(
      (error: unknown) => error,
    );
    assert.ok(failure instanceof Error, "it runs");
    return [running.skipped, skipReason(running.test) ?? failure.message];
  }

  for (const ci of ["", "true"]) {
    it(`is skipped aloud where nothing can build them, with CI "${ci}"`, async () => {
      const [skipped, reason] = await outcome("loki", ci);
      assert.equal(skipped, true);
      assert.match(reason, /^loki ~2\.9\.0 is wanted, and none is in .*: install Loki 2\.9/);
    });
  }

  it("says of a version that will not do where it is, with CI too", async () => {
    const loki = path.join(fake.bin, "loki");
    executable(loki, "#!/bin/sh\necho loki, version 3.0.0\n");
    const [skipped, reason] = await outcome("loki", "true");
    assert.equal(skipped, true);
    assert.ok(reason.includes(`${loki} is 3.0.0`), reason);
  });

  it("fails with CI where they can be built, and is skipped aloud elsewhere", async () => {
    const problem = /^needs etcd: .*but no `go` is on PATH/;
    for (const [ci, skipped] of [
      ["", true],
      ["true", false],
    ] as const) {
      const [is, reason] = await outcome("etcd", ci);
      assert.equal(is, skipped);
      assert.match(reason, problem);
    }
  });
});
