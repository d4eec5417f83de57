/** Tests of ops/commands/e2e/plan.ts. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { CliError } from "../../../../lib/terminal/errors";
import { askedBy, type E2eFlags, planOf } from "../../../../ops/commands/e2e/plan";

const flags = (more: Partial<E2eFlags> = {}): E2eFlags => ({
  ...{ json: false, yes: false, timeout: 60, sandbox: true, context: "kind" },
  ...more,
});
function refused(more: Partial<E2eFlags>): string {
  try {
    planOf(flags(more));
  } catch (error) {
    assert.ok(error instanceof CliError);
    assert.equal(error.exitCode, 2);
    return error.message;
  }
  return "not refused";
}

describe("what e2e will do", () => {
  it("is the maintained charts, from an older version, when nothing is said", () => {
    const { chartSet, before, size } = planOf(flags());
    assert.equal(chartSet, "maintained");
    assert.deepEqual(before, [{ key: "mimirChartVersion", value: "5.8.0", secret: false }]);
    assert.equal(size.key, "otelCollectorReplicas");
    assert.equal(planOf(flags({ chartSet: "umbrella" })).before[0]?.value, "2.1.0");
    assert.deepEqual(planOf(flags({ upgradeFrom: ["none"] })).before, []);
    assert.deepEqual(planOf(flags({ size: "standard" })).size.key, "size");
  });

  it("refuses what makes no sense", () => {
    assert.match(refused({ stack: "prod" }), /a stack of its own, and touches no other/);
    assert.match(refused({ chartSet: "old" }), /one of maintained, umbrella/);
    assert.match(refused({ set: ["lgtmNamespce=a"] }), /there is no such setting/);
    assert.match(refused({ set: ["lgtmNamespace"] }), /has to be <key>=<value>/);
    assert.match(refused({ size: "huge" }), /has to be <key>=<value>/);
  });

  it("takes relative folders from where the user is, and secrets from files, which it does not tell", () => {
    const file = path.join(os.tmpdir(), `lgtm-e2e-secret-${String(process.pid)}`);
    fs.writeFileSync(file, "s3cret-of-the-store\n");
    try {
      const plan = planOf(
        flags({ set: ["lgtmChartRepository=charts", `storageSecret=@${file}`, "size=laptop"] }),
      );
      const folder = path.resolve(process.env["INIT_CWD"] ?? process.cwd(), "charts");
      assert.ok(plan.settings.some(({ value }) => value === folder));
      const secret = plan.settings.find(({ key }) => key === "storageSecret");
      assert.deepEqual(secret, {
        ...{ key: "storageSecret", value: "s3cret-of-the-store", secret: true },
      });
      const text = askedBy(plan);
      assert.doesNotMatch(text, /s3cret/);
      assert.match(text, /storageSecret=\(secret\)/);
    } finally {
      fs.rmSync(file);
    }
    assert.match(refused({ set: ["storageSecret=s3cret"] }), /storageSecret=@<file>/);
    assert.doesNotMatch(refused({ set: ["storageSecret=s3cret"] }), /s3cret/);
    assert.match(refused({ set: ["storageSecret=@/nowhere"] }), /cannot be read/);
  });
});
