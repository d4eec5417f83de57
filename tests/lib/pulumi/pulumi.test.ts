import assert from "node:assert/strict";
import * as os from "node:os";
import { explain, localFolder } from "../../../lib/pulumi/pulumi";

const own = { executable: "pulumi", kind: "own" } as const;

describe("the Pulumi CLI", () => {
  it("explains why Pulumi did not answer, and with which exit code", () => {
    const cases = [
      ["error: no stack named 'dev' found", 6, /There is no stack dev/],
      ["error: failed to load checkpoint: EOF", 1, /killed while it wrote/],
      ["error: passphrase must be set with PULUMI_CONFIG_PASSPHRASE", 1, /passphrase is missing/],
      ["error: PULUMI_ACCESS_TOKEN must be set for login", 1, /not logged in/],
      ["error: something else", 1, /failed with exit code 255: something else/],
    ] as const;
    for (const [stderr, code, text] of cases) {
      const failure = explain(own, ["stack", "export"], { exitCode: 255, stderr });
      assert.match(failure.message, text);
      assert.equal(failure.exitCode, code);
    }
    const absent = explain(own, [], { code: "ENOENT", stderr: "" });
    assert.match(absent.message, /not installed/);
    assert.match(absent.fix ?? "", /npm run sandbox/);
  });

  it("finds the folder of a file backend", () => {
    assert.equal(localFolder("file:///srv/state", "/project"), "/srv/state");
    assert.equal(localFolder("file://state", "/project"), "/project/state");
    assert.equal(localFolder("file://~", "/project"), os.homedir());
    assert.equal(localFolder("s3://bucket", "/project"), undefined);
  });
});
