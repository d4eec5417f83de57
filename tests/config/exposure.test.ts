/** Tests: what is said of Services with an address outside of the cluster. */
import * as assert from "node:assert/strict";
import { openInClear } from "../../config/rules/exposure";
import type { Settings } from "../../config/schema";

const closed = {
  grafanaServiceType: "ClusterIP",
  demoServiceType: "ClusterIP",
  demoEnabled: true,
  grafanaLoadBalancerSourceRanges: [],
  demoLoadBalancerSourceRanges: [],
} as const satisfies Partial<Settings>;

const warnings = (settings: Partial<Settings>): string[] =>
  openInClear({ ...closed, ...settings } as Settings);

describe("the warning of an address without TLS", () => {
  it("is not there for what only the cluster reaches", () => {
    assert.deepEqual(warnings({}), []);
    assert.deepEqual(warnings({ demoServiceType: "LoadBalancer", demoEnabled: false }), []);
  });

  it("names the setting, who reaches it, and what closes it", () => {
    const [said = "", ...others] = warnings({ grafanaServiceType: "NodePort" });
    assert.match(said, /^lgtm:grafanaServiceType = NodePort: Grafana .* without TLS/);
    assert.match(said, /for everybody who reaches it; ClusterIP closes it/);
    assert.deepEqual(others, []);
  });

  it("is there for an Ingress without TLS, and not for one that has it", () => {
    const ingress = {
      host: "g.example.com",
      className: undefined,
      tlsSecret: undefined,
      clusterIssuer: undefined,
      tlsAtController: false,
      annotations: {},
    };
    const [said = "", ...others] = warnings({ grafanaIngress: ingress });
    assert.match(
      said,
      /^lgtm:grafanaIngress: Grafana is reached at http:\/\/g\.example\.com without/,
    );
    assert.deepEqual(others, []);
    for (const tls of [{ tlsSecret: "a" }, { clusterIssuer: "a" }, { tlsAtController: true }])
      assert.deepEqual(warnings({ grafanaIngress: { ...ingress, ...tls } }), []);
  });

  it("is there for a route without TLS, and not for one that has it", () => {
    const route = {
      ...{ host: "g.example.com", gateway: "public", gatewayNamespace: undefined },
      ...{ sectionName: undefined, annotations: {} },
    };
    const [said = "", ...others] = warnings({ grafanaRoute: { ...route, tls: false } });
    assert.match(
      said,
      /^lgtm:grafanaRoute: Grafana is reached at http:\/\/g\.example\.com without/,
    );
    assert.deepEqual(others, []);
    assert.deepEqual(warnings({ grafanaRoute: { ...route, tls: true } }), []);
  });

  it("is there with an allow-list, too, which encrypts nothing", () => {
    const [said = ""] = warnings({
      demoServiceType: "LoadBalancer",
      demoLoadBalancerSourceRanges: ["192.0.2.0/24"],
    });
    assert.match(said, /^lgtm:demoServiceType = LoadBalancer: the demo .* for 192\.0\.2\.0\/24;/);
  });
});
