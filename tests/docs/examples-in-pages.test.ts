/** Tests: settings as the pages show them are accepted. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { runProgram } from "../../lib/pulumi/mocks/program";
import { find } from "../../lib/pulumi/mocks/recording";
import { root } from "../../scripts/docs-tables";

const shown = /^pulumi config set (grafanaService) '(.*)'$/gm;

describe("Services for people, as the pages show them", () => {
  for (const page of ["docs/configuration.md", "docs/ko/configuration.md"]) {
    const text = fs.readFileSync(path.join(root, page), "utf8");
    const examples = [...text.matchAll(shown)].map(([, , value = ""]) => value);

    it(`of ${page} are for three clouds`, () => {
      assert.equal(examples.length, 3, "the page shows others than are tried here");
    });

    for (const value of examples)
      it(`of ${page} are accepted, and reach Grafana's Service: ${value}`, async () => {
        const { annotations, loadBalancerClass } = JSON.parse(value) as Record<string, object>;
        const { resources } = await runProgram("dev", {
          config: { "lgtm:grafanaServiceType": "LoadBalancer", "lgtm:grafanaService": value },
        });
        const { metadata, spec } = find({ resources }, "Service lgtm-grafana").inputs as {
          metadata: { annotations: object };
          spec: { loadBalancerClass?: string };
        };
        assert.deepEqual({ ...metadata.annotations, ...annotations }, metadata.annotations);
        assert.equal(spec.loadBalancerClass, loadBalancerClass);
      });
  }
});
