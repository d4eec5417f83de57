/** Tests of components/lgtm-stack.ts. */
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { Cloud } from "../../lib/pulumi/mocks/cloud";
import { generatedPassword, isKnown, unknown, valueOf } from "../../lib/pulumi/mocks/program";
import { find } from "../../lib/pulumi/mocks/recording";
import { publicFields, situations } from "../support/component";
import { defaults, maintained, make } from "./lgtm-stack";

describe("LgtmStack", () => {
  for (const { when, cloud } of situations) {
    describe(when, () => {
      it("makes a namespace, logins, Grafana's files, a release and Grafana's Service", async () => {
        const { resources } = await make(cloud);
        const children = resources.filter(({ parent }) => parent === "LgtmStack one");
        assert.deepEqual(children.map(({ label }) => label).sort(), [
          "ConfigMap one-alerting",
          "ConfigMap one-dashboards",
          "Namespace one",
          "RandomPassword one",
          "RandomPassword one-minio-password",
          "RandomPassword one-minio-user",
          "Release one",
          "Secret one-grafana-admin",
          "Secret one-minio",
          "Secret one-storage",
          "Service one-grafana",
          "Service one-grafana-address",
        ]);
      });

      it("tells Helm everything before there is a cluster", async () => {
        const { inputs, dependencies } = find(await make(cloud), "Release one");
        const { values, compat, ...rest } = inputs;
        assert.equal(compat, "true"); // added by the SDK
        assert.deepEqual(rest, {
          chart: "lgtm-distributed",
          version: "3.0.1",
          repositoryOpts: { repo: "https://r" },
          name: "obs",
          namespace: "stores",
          timeout: 77,
          skipAwait: false,
          disableOpenapiValidation: true,
          // Or the provider would drop the nulls by which the chart's stores are taken away.
          allowNullValues: true,
        });
        assert.doesNotMatch(JSON.stringify(values), new RegExp(unknown));
        assert.match(JSON.stringify(values), /"existingSecret":"one-grafana-admin-1a2b3c4d"/);
        // Helm runs when everything that a pod mounts is there.
        assert.deepEqual([...dependencies].sort(), [
          "ConfigMap one-alerting",
          "ConfigMap one-dashboards",
          "Namespace one",
          "Secret one-grafana-admin",
          "Secret one-minio",
          "Secret one-storage",
        ]);
      });

      it("knows every address inside the cluster", async () => {
        const { component } = await make(cloud);
        assert.equal(await valueOf(component.lokiUrl), "http://obs-loki-gateway");
        assert.equal(await valueOf(component.mimirUrl), "http://obs-mimir-nginx/prometheus");
        assert.equal(await valueOf(component.tempoUrl), "http://obs-tempo-query-frontend:3200");
        assert.equal(
          await valueOf(component.lokiPushUrl),
          "http://obs-loki-distributor.stores:3100/loki/api/v1/push",
        );
        assert.equal(
          await valueOf(component.mimirPushUrl),
          "http://obs-mimir-nginx.stores/api/v1/push",
        );
        assert.equal(await valueOf(component.mimirOtlpUrl), "http://obs-mimir-nginx.stores/otlp");
        assert.equal(await valueOf(component.namespace), "stores");
        const { name, namespace, httpPort } = component.tempoDistributor;
        assert.equal(await valueOf(name), "obs-tempo-distributor");
        assert.equal(await valueOf(namespace), "stores");
        assert.equal(httpPort, 3200);
      });

      it("gives Grafana a Service that nobody waits for", async () => {
        const { inputs } = find(await make(cloud), "Service one-grafana");
        assert.deepEqual(inputs, {
          apiVersion: "v1",
          kind: "Service",
          metadata: {
            name: "obs-grafana",
            namespace: "stores",
            annotations: { "pulumi.com/skipAwait": "true" },
          },
          spec: {
            type: "LoadBalancer",
            selector: {
              "app.kubernetes.io/name": "grafana",
              "app.kubernetes.io/instance": "obs",
            },
            ports: [{ name: "service", port: 80, targetPort: 3000, protocol: "TCP" }],
          },
        });
      });

      it("keeps the password secret, in our Secret and in the output", async () => {
        const given = pulumi.secret("correct-horse-battery");
        const run = await make(cloud, { grafana: { ...defaults.grafana, adminPassword: given } });
        const secret = find(run, "Secret one-grafana-admin");
        assert.deepEqual(secret.inputs["stringData"], {
          "admin-user": "root",
          "admin-password": "correct-horse-battery",
        });
        assert.deepEqual(secret.secretInputs, ["stringData"]);
        assert.equal(await pulumi.isSecret(run.component.grafanaAdminPassword), true);
        assert.equal(await valueOf(run.component.grafanaAdminPassword), "correct-horse-battery");
        assert.equal(await valueOf(run.component.grafanaAdminUser), "root");
        assert.ok(!run.resources.some(({ clear }) => clear.includes("correct-horse")));
        assert.ok(!run.resources.some(({ label }) => label === "RandomPassword one"));
      });

      it("registers its public fields as outputs", async () => {
        const run = await make(cloud);
        const registered = run.registeredOutputs.get("LgtmStack one") ?? {};
        assert.deepEqual(Object.keys(registered).sort(), publicFields(run.component));
      });
    });
  }

  it("generates a password that is secret and easy to type", async () => {
    const run = await make({});
    const { inputs, additionalSecretOutputs } = find(run, "RandomPassword one");
    assert.deepEqual(inputs, { length: 24, special: false });
    assert.ok(additionalSecretOutputs.includes("result"));
    assert.equal(await valueOf(run.component.grafanaAdminPassword), generatedPassword);
    assert.equal(await pulumi.isSecret(run.component.grafanaAdminPassword), true);
    assert.deepEqual(run.registeredOutputs.get("LgtmStack one")?.["grafanaAdminPassword"], {
      secret: generatedPassword,
    });
  });

  it("generates another password for another number, and no other credentials", async () => {
    const grafana = { ...defaults.grafana, passwordRotation: "2" };
    const { resources } = await make({}, { grafana });
    const keepers = resources
      .filter(({ label }) => label.startsWith("RandomPassword "))
      .map(({ label, inputs }) => [label, inputs["keepers"]] as const);
    assert.deepEqual(Object.fromEntries(keepers), {
      "RandomPassword one": { rotation: "2" },
      "RandomPassword one-minio-user": undefined,
      "RandomPassword one-minio-password": undefined,
    });
  });

  it("marks a password that came in clear as secret", async () => {
    const grafana = { ...defaults.grafana, adminPassword: pulumi.output("correct-horse-battery") };
    const run = await make({}, { grafana });
    assert.equal(await pulumi.isSecret(run.component.grafanaAdminPassword), true);
    const secret = find(run, "Secret one-grafana-admin");
    assert.ok(secret.additionalSecretOutputs.includes("stringData"));
  });

  for (const protectData of [true, false]) {
    it(`protects what deletes volumes when it is deleted: ${String(protectData)}`, async () => {
      const { resources } = await make({}, { protectData });
      const labels = (of: typeof resources) => of.map(({ label }) => label).sort();
      const wanted = protectData ? ["Namespace one", "Release one"] : [];
      assert.deepEqual(labels(resources.filter(({ protect }) => protect)), wanted);
      assert.deepEqual(labels(resources.filter(({ retainOnDelete }) => retainOnDelete)), wanted);
    });
  }

  it("passes source ranges on", async () => {
    const grafana = { ...defaults.grafana, loadBalancerSourceRanges: ["10.0.0.0/8"] };
    const { inputs } = find(await make({}, { grafana }), "Service one-grafana");
    const spec = inputs["spec"] as { loadBalancerSourceRanges?: string[] };
    assert.deepEqual(spec.loadBalancerSourceRanges, ["10.0.0.0/8"]);
  });

  it("tells the cloud what kind of load balancer, and makes another one anew", async () => {
    const service = {
      annotations: { "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal" },
      loadBalancerClass: "service.k8s.aws/nlb",
    };
    const run = await make({}, { grafana: { ...defaults.grafana, service } });
    const { inputs, ...rest } = find(run, "Service one-grafana");
    const { metadata, spec } = inputs as Record<string, Record<string, unknown>>;
    assert.equal(spec?.["loadBalancerClass"], "service.k8s.aws/nlb");
    assert.deepEqual(metadata?.["annotations"], {
      ...service.annotations,
      "pulumi.com/skipAwait": "true",
    });
    assert.deepEqual(rest.replaceOnChanges, ["spec.loadBalancerClass"]);
    assert.equal(rest.deleteBeforeReplace, true, "two cannot have the name");
  });

  it("reads Grafana's address from the live Service, after the release", async () => {
    const run = await make({});
    const address = find(run, "Service one-grafana-address");
    assert.equal(address.read, true);
    assert.equal(address.id, "stores/obs-grafana");
    const labels = run.resources.map(({ label }) => label);
    assert.ok(labels.indexOf("Release one") < labels.indexOf(address.label));
  });

  it("does not read what does not exist yet, in the first preview", async () => {
    const run = await make({ preview: true });
    assert.equal(find(run, "Service one-grafana-address").id, unknown);
    assert.equal(await isKnown(run.component.grafanaIp), false);
    assert.equal(await isKnown(run.component.grafanaUrl), false);
  });

  const addresses: readonly (readonly [string, Cloud, string, string])[] = [
    ["an address", {}, "203.0.113.10", "http://203.0.113.10"],
    ["a host name", { ingress: [{ hostname: "g.example" }] }, "g.example", "http://g.example"],
    [
      "an IPv6 address",
      { ingress: [{ ip: "2001:db8::1" }] },
      "2001:db8::1",
      "http://[2001:db8::1]",
    ],
    ["no address", { ingress: [] }, "pending: the cluster has", "pending: the cluster has"],
    ["no status", { withoutStatus: true }, "pending: the cluster has", "pending: the cluster has"],
  ];
  for (const [what, cloud, ip, url] of addresses) {
    it(`says how to reach Grafana when the load balancer has ${what}`, async () => {
      const { component } = await make(cloud);
      assert.ok((await valueOf(component.grafanaIp)).startsWith(ip));
      assert.ok((await valueOf(component.grafanaUrl)).startsWith(url));
    });
  }

  for (const [set, args] of Object.entries({ umbrella: {}, maintained })) {
    it(`knows Grafana by the address that it is given, with ${set}, in the output and in its alerts`, async () => {
      const rootUrl = "https://grafana.example.com";
      const run = await make({}, { ...args, grafana: { ...defaults.grafana, rootUrl } });
      assert.equal(await valueOf(run.component.grafanaUrl), rootUrl);
      assert.equal(await valueOf(run.component.grafanaIp), "203.0.113.10");
      const release = set === "umbrella" ? "Release one" : "Release one-grafana";
      const values = JSON.stringify(find(run, release).inputs["values"]);
      assert.ok(values.includes(`"server":{"root_url":"${rootUrl}"}`), values);
      const { data } = find(run, "ConfigMap one-alerting").inputs as {
        data: Record<string, string>;
      };
      const rules = data["rules.yaml"] ?? "";
      const urls = [...rules.matchAll(/"runbook_url": "([^"]*)"/g)].map(([, url]) => url ?? "");
      assert.ok(urls.length > 10);
      for (const url of urls) assert.ok(url.startsWith(`${rootUrl}/d/`), url);
    });
  }

  for (const [serviceType, ip, url] of [
    ["NodePort", "any node, port 30080;", "any node, port 30080;"],
    [
      "ClusterIP",
      "none outside the cluster; run: kubectl port-forward -n stores service/obs-grafana 3000:80",
      "http://localhost:3000 while this runs: kubectl port-forward",
    ],
  ] as const) {
    it(`says how to reach Grafana behind a ${serviceType}, and reads nothing`, async () => {
      const run = await make({}, { grafana: { ...defaults.grafana, serviceType } });
      assert.ok((await valueOf(run.component.grafanaIp)).startsWith(ip));
      assert.ok((await valueOf(run.component.grafanaUrl)).startsWith(url));
      assert.ok(!run.resources.some(({ read }) => read));
    });
  }
});
