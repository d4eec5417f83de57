/** Values of Grafana's own chart. */
import * as assert from "node:assert/strict";
import { grafanaValues } from "../../../components/values/grafana";
import { grafanaArgs, leaves } from "./support";

const values = grafanaValues(grafanaArgs());

describe("values of Grafana's own chart", () => {
  it("keep what people make on a volume that outlives the release", () => {
    const { size, ...persistence } = values.persistence;
    assert.match(size, /^[1-9]\d*Gi$/);
    assert.deepEqual(persistence, {
      enabled: true,
      annotations: { "helm.sh/resource-policy": "keep" },
      lookupVolumeName: false,
    });
    const { persistence: fast } = grafanaValues(grafanaArgs({ storageClass: "fast" }));
    // Not `storageClass`, which the chart ignores.
    assert.equal(fast.storageClassName, "fast");
    assert.equal("storageClass" in fast, false);
  });

  it("set another password in the database that is there already, and show it nowhere", () => {
    const [reset] = values.extraInitContainers;
    assert.match(reset?.command.at(-1) ?? "", /^\[ -f \S+\/grafana\.db \] \|\| exit 0\n/);
    assert.deepEqual(reset?.env, [
      {
        name: "PASSWORD",
        valueFrom: { secretKeyRef: { name: "the-secret", key: "admin-password" } },
      },
    ]);
    assert.equal(reset.image, `docker.io/grafana/grafana:${values.image.tag}`);
  });

  it("never have two pods at that volume", () => {
    assert.deepEqual(values.deploymentStrategy, { type: "Recreate" });
    assert.equal("replicas" in values, false);
  });

  it("need nothing from the internet", () => {
    assert.deepEqual(values["grafana.ini"].plugins, {
      preinstall_disabled: true,
      preinstall_auto_update: false,
    });
    for (const value of Object.values(values["grafana.ini"].analytics)) assert.equal(value, false);
  });

  it("take the login from our Secret, and leave the Service to us", () => {
    assert.deepEqual(values.admin, {
      existingSecret: "the-secret",
      userKey: "admin-user",
      passwordKey: "admin-password",
    });
    assert.deepEqual(values.service, { enabled: false });
    assert.doesNotMatch(leaves(values).join("\n"), /adminPassword/);
  });

  it("ask the stores where the arguments say, and read our files", () => {
    const urls = leaves(values.datasources).filter((leaf) =>
      /^[^=]*\.datasources\.\d+\.url = /.test(`.${leaf}`),
    );
    assert.deepEqual(
      urls.map((leaf) => JSON.parse(leaf.split(" = ")[1] ?? "") as string).sort(),
      Object.values(grafanaArgs().datasourceUrls).sort(),
    );
    assert.deepEqual(values.dashboardsConfigMaps, { lgtm: "the-dashboards" });
    assert.equal(values.extraConfigmapMounts[0]?.configMap, "the-alerting");
    assert.ok("envFromSecret" in values);
    assert.equal(values.envFromSecret, "the-contact");
  });
});
