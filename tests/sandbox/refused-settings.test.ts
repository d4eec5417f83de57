/** Tests of settings of the wrong type, through the real CLI: no cluster is needed to refuse them. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { copyProject } from "../../sandbox/project-copy";
import { installPulumi } from "../../sandbox/pulumi-installation";
import { sandboxPaths, writePrivateFile } from "../../sandbox/state";
import { requireTools } from "../support/tools";

describe("settings of the wrong type, through the real CLI", function () {
  this.timeout(120_000);
  this.slow(60_000);
  const paths = sandboxPaths(path.join(os.tmpdir(), `lgtm-types-${String(process.pid)}`));
  after(() => {
    fs.rmSync(paths.root, { recursive: true, force: true });
  });

  it("are told of all at once by the program, not by Pulumi one at a time", async function () {
    const tools = await requireTools(this, ["pulumi", "pulumi-resource-kubernetes"]);
    const pulumi = installPulumi(paths, tools);
    const kubeconfig = path.join(paths.root, "kubeconfig.yaml");
    writePrivateFile(kubeconfig, "apiVersion: v1\nkind: Config\n");
    copyProject(paths, "dev", { kubeconfig, context: "none", chartRepositories: {} as never });
    const stack = await pulumi.stack("dev");
    await stack.setAllConfig({
      "lgtm:helmTimeoutSeconds": { value: "twenty" },
      "lgtm:protectData": { value: "yes" },
      "lgtm:imagePullSecrets": { value: "mirror-login" },
      "lgtm:rotation": { value: "1" },
      // As stack files have had them: a list as text was refused, the rest accepted.
      "lgtm:grafanaLoadBalancerSourceRanges": { value: "[]" },
      "lgtm:demoEnabled": { value: "true" },
      "lgtm:logsRetentionDays": { value: "7" },
    });
    await stack.setConfig("lgtm:size.a", { value: "b" }, true);
    await stack.setConfig("lgtm:tracesRetentionDays", { value: "9" }, true);

    const said = await stack.preview().then(
      () => "nothing",
      (error: unknown) => String(error),
    );
    assert.match(said, /\b5 settings of this stack cannot work; nothing was changed/);
    for (const [key, shown] of [
      ["helmTimeoutSeconds", "twenty"],
      ["protectData", "yes"],
      ["imagePullSecrets", "mirror-login"],
      ["rotation", "1"],
      ["size", '{"a":"b"}'],
    ] as const)
      assert.ok(said.includes(`lgtm:${key} = ${shown}\n`), `${key} in:\n${said}`);
    assert.doesNotMatch(said, /must be of type/);
  });
});
