/** Tests of ops/commands/doctor/gateway.ts. */
import assert from "node:assert/strict";
import type { GrafanaRoute } from "../../../../config/grafana-route";
import { type Gateway, judgeRoute, type SeenRoute } from "../../../../ops/commands/doctor/gateway";
import { hints } from "../../support/snapshots";

const wanted: GrafanaRoute = {
  ...{ host: "g.example.com", gateway: "public", gatewayNamespace: "gateways" },
  ...{ sectionName: undefined, tls: true, annotations: {} },
};
const open = { namespaces: { from: "All" } };
const https = { name: "https", protocol: "HTTPS", allowedRoutes: open };

function gateway(...listeners: object[]): Gateway {
  return {
    metadata: { name: "public", namespace: "gateways" },
    spec: { listeners: listeners as never },
  };
}

function judged(seen: Partial<SeenRoute>, route: Partial<GrafanaRoute> = {}) {
  const whole = { gateways: [gateway(https)], route: undefined, namespace: undefined, ...seen };
  const [found, ...more] = judgeRoute({ ...wanted, ...route }, "lgtm", whole, hints);
  assert.deepEqual(more, []);
  assert.ok(found);
  return found;
}

const said = (conditions: readonly object[]) => ({
  metadata: { name: "my-lgtm-grafana", namespace: "lgtm" },
  status: { parents: [{ controllerName: "example.com/c", conditions: conditions as never }] },
});
const accepted = { type: "Accepted", status: "True", reason: "Accepted", message: "" };

describe("doctor looks at the Gateway of Grafana's route and", () => {
  it("is content with a listener that takes it", () => {
    const found = judged({});
    assert.deepEqual([found.level, found.object], ["ok", "gateway gateways/public"]);
    assert.equal(judged({ route: said([accepted]) }).level, "ok");
  });

  it("says that there is no such Gateway, and which there are", () => {
    const found = judged({}, { gatewayNamespace: undefined });
    assert.deepEqual(
      [found.level, found.symptom, found.object],
      ["problem", "gateway-missing", "gateway lgtm/public"],
    );
    assert.match(found.message, /the cluster has no such Gateway; it has gateways\/public\./);
    assert.match(found.fix ?? "", /config set --path lgtm:grafanaRoute\.gatewayNamespace gateways/);
    assert.match(judged({ gateways: [] }).message, /it has none at all/);
  });

  const refused: readonly (readonly [
    what: string,
    listener: object,
    route: Partial<GrafanaRoute>,
    words: RegExp,
  ])[] = [
    ["another listener", https, { sectionName: "web" }, /has no listener web .*; it has https\.$/],
    ["TCP only", { name: "tcp", protocol: "TCP" }, {}, /has no listener for HTTP or HTTPS\.$/],
    ["other hosts", { ...https, hostname: "*.example.org" }, {}, /https is for \*\.example\.org/],
    ["the host above", { ...https, hostname: "*.g.example.com" }, {}, /no listener is for g\./],
    ["its own namespace only", { ...https, allowedRoutes: undefined }, {}, /takes no routes of/],
    [
      "namespaces with a label that this one lacks",
      {
        ...https,
        allowedRoutes: { namespaces: { from: "Selector", selector: { matchLabels: { a: "b" } } } },
      },
      {},
      /takes no routes of namespace lgtm/,
    ],
    ["no TLS", { ...https, protocol: "HTTP" }, {}, /speaks HTTP, and links lead to https:/],
    ["TLS only", https, { tls: false }, /speaks HTTPS, and links lead to http:/],
  ];
  for (const [what, listener, route, words] of refused) {
    it(`says why it does not take the route: ${what}`, () => {
      const found = judged({ gateways: [gateway(listener)] }, route);
      assert.deepEqual([found.level, found.symptom], ["problem", "route-refused"]);
      assert.match(found.message, words);
      assert.notEqual(found.fix ?? "", "");
    });
  }

  it("knows a wildcard's host, and a namespace by its labels", () => {
    const wild = { ...https, hostname: "*.example.com" };
    assert.equal(judged({ gateways: [gateway(wild)] }).level, "ok");
    const byName = { matchLabels: { "kubernetes.io/metadata.name": "lgtm" } };
    const selecting = {
      ...https,
      allowedRoutes: { namespaces: { from: "Selector", selector: byName } },
    };
    assert.equal(judged({ gateways: [gateway(selecting)] }).level, "ok");
  });

  it("shows what its controller has said of the route, and when none has said a word", () => {
    const found = judged({
      route: said([{ ...accepted, status: "False", reason: "NotAllowed", message: "no" }]),
    });
    assert.deepEqual([found.level, found.object], ["problem", "route lgtm/my-lgtm-grafana"]);
    assert.deepEqual(found.words, ["Accepted = False, NotAllowed: no"]);
    const silent = judged({ route: said([]) });
    assert.equal(silent.level, "warning");
    assert.match(silent.message, /no controller has said a word/);
  });
});
