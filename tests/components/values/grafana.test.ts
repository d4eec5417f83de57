/** Values of Grafana's own chart. */
import * as assert from "node:assert/strict";
import type { GrafanaValues } from "../../../components/values/chart-values";
import { grafanaValues } from "../../../components/values/grafana";
import { grafanaValues as umbrellaValues } from "../../../components/values/umbrella/grafana";
import { grafanaArgs, leaves, ownDatabase, ownLogin, valuesArgs } from "./support";

const values = grafanaValues(grafanaArgs());

describe("values of Grafana's own chart", () => {
  it("keep what people make on a volume that outlives the release", () => {
    const { size, ...persistence } = values.persistence ?? {};
    assert.match(size ?? "", /^[1-9]\d*Gi$/);
    assert.deepEqual(persistence, {
      enabled: true,
      annotations: { "helm.sh/resource-policy": "keep" },
      lookupVolumeName: false,
    });
    const { persistence: fast } = grafanaValues(grafanaArgs({ storageClass: "fast" }));
    // Not `storageClass`, which the chart ignores.
    assert.equal(fast?.storageClassName, "fast");
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

  describe("with a database of the owner's", () => {
    const grafanaDatabase = ownDatabase;
    const settings = {
      ...{ type: "postgres", host: "db.example:5433", name: "lgtm", user: "grafana" },
      ...{ ssl_mode: "verify-full", ca_cert_path: "/etc/grafana/database/ca.crt" },
    };
    const own = grafanaValues(grafanaArgs({ grafanaDatabase }));
    const [reset] = own.extraInitContainers;
    const file = { name: "database-ca", mountPath: "/etc/grafana/database" };

    it("have no volume, and one pod still", () => {
      assert.equal("persistence" in own, false);
      assert.deepEqual(own.deploymentStrategy, { type: "Recreate" });
      assert.equal("replicas" in own, false);
    });

    it("give Grafana, and what sets the password, its address, and its password from the Secret", () => {
      assert.ok("envFromSecrets" in own && "envFromSecret" in own);
      assert.deepEqual(own.envFromSecrets, [{ name: "the-database" }]);
      assert.equal(own.envFromSecret, "the-contact");
      assert.ok(reset && "envFrom" in reset);
      assert.deepEqual(reset.envFrom, [{ secretRef: { name: "the-database" } }]);
      const ini = own["grafana.ini"];
      assert.deepEqual("database" in ini && ini.database, settings);
    });

    it("give both the certificates", () => {
      assert.deepEqual(own.extraConfigmapMounts.slice(1), [
        { ...file, configMap: "the-authority", readOnly: true },
      ]);
      assert.ok(reset && "volumeMounts" in reset);
      assert.deepEqual(reset.volumeMounts, [file]);
      const without = grafanaValues(
        grafanaArgs({ grafanaDatabase: { ...grafanaDatabase, authority: undefined } }),
      );
      assert.equal(without.extraConfigmapMounts.length, 1);
      assert.doesNotMatch(leaves(without).join("\n"), /database-ca/);
    });

    it("set the password whatever is in it, and make the administrator in an empty one", () => {
      assert.match(reset?.command.at(-1) ?? "", /^printf .* reset-admin-password /);
      const from = (key: string) => ({ secretKeyRef: { name: "the-secret", key } });
      assert.deepEqual(reset?.env, [
        { name: "PASSWORD", valueFrom: from("admin-password") },
        { name: "GF_SECURITY_ADMIN_USER", valueFrom: from("admin-user") },
        { name: "GF_SECURITY_ADMIN_PASSWORD", valueFrom: from("admin-password") },
        ...Object.entries(settings).map(([key, value]) => ({
          name: `GF_DATABASE_${key.toUpperCase()}`,
          value,
        })),
      ]);
    });
  });

  describe("with a provider of OpenID Connect", () => {
    const login = {
      ...{ enabled: true, name: "Example", client_id: "grafana", scopes: "openid email groups" },
      auth_url: "https://login.example/authorize",
      token_url: "https://login.example/token",
      api_url: "https://login.example/userinfo",
      role_attribute_path: "contains(groups[*], 'ops') && 'Admin' || 'Viewer'",
      ...{ role_attribute_strict: true, allow_assign_grafana_admin: false },
      allowed_domains: "example.com example.org",
      ...{ auto_login: false, use_pkce: true },
    };
    const beside = { grafanaDatabase: ownDatabase, grafanaLogin: ownLogin };

    for (const [set, own] of [
      ["maintained", grafanaValues(grafanaArgs(beside))],
      ["umbrella", umbrellaValues(valuesArgs("bundled", beside))],
    ] as const)
      it(`tell Grafana of it, and name the Secret beside the database's, with chartSet ${set}`, () => {
        const { "grafana.ini": ini = {}, envFromSecrets } = own as GrafanaValues<string>;
        assert.deepEqual(ini["auth.generic_oauth"], login);
        assert.deepEqual(envFromSecrets, [{ name: "the-database" }, { name: "the-client-secret" }]);
        assert.doesNotMatch(leaves(own).join("\n"), /client_secret/);
      });

    it("leave out what is not said, and let a path make administrators of the server", () => {
      const of = (given: Partial<typeof ownLogin.oidc | { roleAttributePath: string }>) => {
        const oidc = { ...ownLogin.oidc, ...given };
        const { "grafana.ini": ini } = grafanaValues(
          grafanaArgs({ grafanaLogin: { ...ownLogin, oidc } }),
        );
        assert.ok("auth.generic_oauth" in ini);
        return ini["auth.generic_oauth"];
      };
      const bare = of({ apiUrl: "", roleAttributePath: "", allowedDomains: [] } as object);
      for (const key of ["api_url", "role_attribute_path", "allowed_domains"])
        assert.equal(key in bare, false, key);
      const admins = of({ roleAttributePath: "ops && 'GrafanaAdmin' || 'Viewer'" });
      assert.equal(
        "allow_assign_grafana_admin" in admins && admins.allow_assign_grafana_admin,
        true,
      );
    });
  });

  it("never have two pods at that volume", () => {
    assert.deepEqual(values.deploymentStrategy, { type: "Recreate" });
    assert.equal("replicas" in values, false);
  });

  it("tell Grafana its own address, where it is known", () => {
    const grafanaRootUrl = "https://grafana.example.com";
    const { "grafana.ini": ini } = grafanaValues(grafanaArgs({ grafanaRootUrl }));
    assert.deepEqual("server" in ini && ini.server, { root_url: grafanaRootUrl });
    assert.equal("server" in values["grafana.ini"], false);
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
