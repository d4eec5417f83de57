/** Tests: Grafana's route, and the address that everything takes from it. */
import * as assert from "node:assert/strict";
import { runProgram, valueOf } from "../../lib/pulumi/mocks/program";
import type { Stack } from "../../lib/pulumi/stack-files";
import { exposedBy } from "../../ops/commands/preview-pr/exposure";

async function run(stack: Stack, route: object, more: Readonly<Record<string, string>> = {}) {
  const config = { "lgtm:grafanaRoute": JSON.stringify(route), ...more };
  const { resources, outputs } = await runProgram(stack, { config });
  const values = JSON.stringify(
    resources
      .filter(({ label }) => label.startsWith("Release "))
      .map(({ inputs }) => inputs["values"]),
  );
  const url = outputs["grafanaUrl"];
  assert.ok(url);
  return {
    resources,
    routes: resources.filter(({ type }) => type.endsWith(":HTTPRoute")),
    url: await valueOf(url),
    values,
  };
}

interface Policy {
  readonly spec: {
    readonly podSelector: object;
    readonly ingress: readonly { readonly from?: unknown; readonly ports: readonly object[] }[];
  };
}

describe("Grafana's route", function () {
  this.slow(4000);

  it("is not there by default", async () => {
    assert.deepEqual((await run("dev", {})).routes, []);
  });

  for (const chartSet of ["maintained", "umbrella"]) {
    it(`has host, Gateway and listener with chartSet ${chartSet}, and links lead there`, async () => {
      const { routes, url, values } = await run(
        "dev",
        {
          host: "Grafana.example.com",
          gateway: "public",
          gatewayNamespace: "gateways",
          sectionName: "https",
          annotations: { "external-dns.alpha.kubernetes.io/ttl": 60 },
        },
        { "lgtm:chartSet": chartSet },
      );
      const [route, ...others] = routes;
      assert.deepEqual(others, []);
      assert.equal(route?.type, "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute");
      const { metadata, spec } = route.inputs as {
        readonly metadata: {
          readonly name: string;
          readonly annotations: Readonly<Record<string, string>>;
        };
        readonly spec: object;
      };
      assert.equal(metadata.name, "my-lgtm-grafana");
      assert.equal(metadata.annotations["external-dns.alpha.kubernetes.io/ttl"], "60");
      assert.equal(metadata.annotations["pulumi.com/skipAwait"], "true");
      assert.deepEqual(spec, {
        parentRefs: [
          {
            group: "gateway.networking.k8s.io",
            kind: "Gateway",
            name: "public",
            namespace: "gateways",
            sectionName: "https",
          },
        ],
        hostnames: ["grafana.example.com"],
        rules: [
          {
            matches: [{ path: { type: "PathPrefix", value: "/" } }],
            backendRefs: [
              { group: "", kind: "Service", name: "my-lgtm-grafana", port: 80, weight: 1 },
            ],
          },
        ],
      });
      assert.equal(url, "https://grafana.example.com");
      assert.match(values, /"root_url":"https:\/\/grafana\.example\.com"/);
    });
  }

  it("leads to http where the listener has no TLS, and to a proxy's port where one is given", async () => {
    const route = { host: "g.example.com", gateway: "public" };
    assert.equal((await run("dev", { ...route, tls: false })).url, "http://g.example.com");
    const proxied = await run("prod", route, {
      "lgtm:grafanaRootUrl": "https://g.example.com:8443",
    });
    assert.equal(proxied.url, "https://g.example.com:8443");
  });

  it("is let in by Grafana's NetworkPolicy, whatever namespace the Gateway's pods are in", async () => {
    const { resources } = await run("prod", { host: "g.example.com", gateway: "public" });
    const policy = resources.find(({ label }) => label === "NetworkPolicy network-grafana");
    assert.ok(policy);
    const { ingress } = (policy.inputs as unknown as Policy).spec;
    assert.deepEqual(ingress, [{ ports: [{ protocol: "TCP", port: 3000 }] }]);
  });

  it("is told in the preview of a pull request, with its Gateway", async () => {
    const { routes } = await run("prod", { host: "g.example.com", gateway: "public" });
    const subjects = routes.map(({ type, name, inputs }) => ({ type, name, props: inputs }));
    assert.deepEqual(
      exposedBy(subjects).map(({ how }) => how),
      ["HTTPRoute for g.example.com, through Gateway public"],
    );
  });
});
