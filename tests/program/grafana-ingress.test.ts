/** Tests: Grafana's Ingress, and the address that everything takes from it. */
import * as assert from "node:assert/strict";
import { runProgram, valueOf } from "../../lib/pulumi/mocks/program";
import type { Stack } from "../../lib/pulumi/stack-files";

interface Ingress {
  readonly metadata: {
    readonly name: string;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: object;
}

async function run(stack: Stack, ingress: object, more: Readonly<Record<string, string>> = {}) {
  const config = { "lgtm:grafanaIngress": JSON.stringify(ingress), ...more };
  const { resources, outputs } = await runProgram(stack, { config });
  const found = resources.filter(({ label }) => label.startsWith("Ingress "));
  const values = JSON.stringify(
    resources
      .filter(({ label }) => label.startsWith("Release "))
      .map(({ inputs }) => inputs["values"]),
  );
  const url = outputs["grafanaUrl"];
  assert.ok(url);
  return {
    ingresses: found.map(({ inputs }) => inputs as unknown as Ingress),
    url: await valueOf(url),
    values,
  };
}

describe("Grafana's Ingress", function () {
  this.slow(4000);

  it("is not there by default", async () => {
    assert.deepEqual((await run("dev", {})).ingresses, []);
  });

  for (const chartSet of ["maintained", "umbrella"]) {
    it(`has class, host and a certificate of cert-manager's with chartSet ${chartSet}, and links lead there`, async () => {
      const { ingresses, url, values } = await run(
        "dev",
        {
          className: "nginx",
          host: "Grafana.example.com",
          clusterIssuer: "letsencrypt",
          annotations: {
            "nginx.ingress.kubernetes.io/proxy-body-size": "8m",
            // As `pulumi config set --path` stores it.
            "nginx.ingress.kubernetes.io/proxy-read-timeout": 600,
          },
        },
        { "lgtm:chartSet": chartSet },
      );
      const [ingress, ...others] = ingresses;
      assert.deepEqual(others, []);
      assert.equal(ingress?.metadata.name, "my-lgtm-grafana");
      const { annotations } = ingress.metadata;
      assert.equal(annotations["cert-manager.io/cluster-issuer"], "letsencrypt");
      assert.equal(annotations["nginx.ingress.kubernetes.io/proxy-body-size"], "8m");
      assert.equal(annotations["nginx.ingress.kubernetes.io/proxy-read-timeout"], "600");
      assert.equal(annotations["pulumi.com/skipAwait"], "true");
      assert.deepEqual(ingress.spec, {
        ingressClassName: "nginx",
        tls: [{ hosts: ["grafana.example.com"], secretName: "my-lgtm-grafana-tls" }],
        rules: [
          {
            host: "grafana.example.com",
            http: {
              paths: [
                {
                  path: "/",
                  pathType: "Prefix",
                  backend: { service: { name: "my-lgtm-grafana", port: { number: 80 } } },
                },
              ],
            },
          },
        ],
      });
      assert.equal(url, "https://grafana.example.com");
      assert.match(values, /"root_url":"https:\/\/grafana\.example\.com"/);
    });
  }

  it("takes a Secret that is there, in production", async () => {
    const { ingresses, url } = await run("prod", { host: "g.example.com", tlsSecret: "wildcard" });
    const [ingress] = ingresses;
    assert.ok(ingress);
    assert.match(JSON.stringify(ingress.spec), /"secretName":"wildcard"/);
    assert.ok(!("cert-manager.io/cluster-issuer" in ingress.metadata.annotations));
    assert.equal(url, "https://g.example.com");
  });

  it("leaves TLS to a controller with a certificate of its own", async () => {
    const { ingresses, url } = await run("prod", { host: "g.example.com", tlsAtController: true });
    assert.deepEqual(Object.keys(ingresses[0]?.spec ?? {}), ["rules"]);
    assert.equal(url, "https://g.example.com");
  });

  it("takes a port of a proxy in front of it from grafanaRootUrl", async () => {
    const { url } = await run(
      "dev",
      { host: "g.example.com", tlsAtController: true },
      { "lgtm:grafanaRootUrl": "https://g.example.com:8443" },
    );
    assert.equal(url, "https://g.example.com:8443");
  });
});
