/** Tests: dashboards and alert rules of somebody's own, from the folder to Grafana's values. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import { LgtmStack } from "../../components";
import { readGrafanaFolder } from "../../config/grafana-folder";
import { runProgram, underMocks } from "../../lib/pulumi/mocks/program";

interface ConfigMap {
  readonly immutable: boolean;
  readonly data: Readonly<Record<string, string>>;
}

async function run(config: Readonly<Record<string, string>>) {
  const { resources } = await runProgram("dev", { config });
  const maps = resources.filter(({ label }) => label.startsWith("ConfigMap "));
  const of = (name: string) =>
    maps.find(({ label }) => label.includes(name))?.inputs as unknown as ConfigMap | undefined;
  const values = JSON.stringify(
    resources
      .filter(({ label }) => label.startsWith("Release "))
      .map(({ inputs }) => inputs["values"]),
  );
  return { dashboards: of("own-dashboards-1"), alerting: of("alerting"), values };
}

describe("A folder for Grafana", function () {
  this.slow(4000);

  it("is none by default", async () => {
    const { dashboards, alerting, values } = await run({});
    assert.equal(dashboards, undefined);
    assert.ok(!values.includes('"own-1"'));
    assert.deepEqual(Object.keys(alerting?.data ?? {}), ["rules.yaml"]);
  });

  for (const chartSet of ["maintained", "umbrella"])
    it(`gives Grafana dashboards in a folder of their own, and rules beside ours, with chartSet ${chartSet}`, async () => {
      const { dashboards, alerting, values } = await run({
        "lgtm:grafanaFolder": "examples/grafana",
        "lgtm:chartSet": chartSet,
      });
      const text = (name: string) => fs.readFileSync(`examples/grafana/${name}`, "utf8");
      assert.deepEqual(dashboards?.data, { "shop.json": text("shop.json") });
      assert.equal(dashboards.immutable, true);
      assert.equal(alerting?.data["own-shop-alerts.yaml"], text("shop-alerts.yaml"));
      assert.match(alerting.data["rules.yaml"] ?? "", /lgtm-store-down/);
      assert.ok(
        values.includes(
          '{"allowUiUpdates":false,"disableDeletion":false,"folder":"grafana","name":"own-1","options":{"path":"/var/lib/grafana/dashboards/own-1"},"type":"file"}',
        ),
      );
      assert.match(values, /"dashboardsConfigMaps":\{"lgtm":"[^"]+","own-1":"[^"]+"\}/);
    });

  it("is an argument too, and refused before anything is registered", async () => {
    const { files } = readGrafanaFolder("examples/grafana");
    const { resources } = await underMocks({}, () =>
      Promise.resolve(new LgtmStack("lgtm", { grafana: { files } })),
    );
    assert.ok(resources.some(({ label }) => label.includes("own-dashboards-1")));
    const bad = { ...files, dashboards: { "shop.json": "{" } };
    assert.throws(
      () => new LgtmStack("lgtm", { grafana: { files: bad } }),
      /grafana\.files = shop\.json\n\s+reason: shop\.json is no JSON/,
    );
  });
});
