/** Tests: stack outputs. */
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { Cloud } from "../../lib/pulumi/mocks/cloud";
import { isKnown, type Recorded, runProgram, valueOf } from "../../lib/pulumi/mocks/program";
import { omit } from "../../lib/kubernetes/objects";
import { find } from "../../lib/pulumi/mocks/recording";
import { stacks } from "../../lib/pulumi/stack-files";
import { tutorialOtelValues } from "../support/tutorial";

/** A contract with users and scripts: a name may be added, never changed. */
const names = [
  "applicationEnvironment",
  "demoUrl",
  "grafanaAdminPassword",
  "grafanaAdminUser",
  "grafanaIp",
  "grafanaUrl",
  "lokiUrl",
  "mimirUrl",
  "otlpGrpcEndpoint",
  "otlpHttpEndpoint",
  "remoteWriteUrl",
  "stackId",
  "storageServiceAccounts",
  "tempoUrl",
];

describe("stack outputs", () => {
  for (const stack of stacks) {
    it(`of ${stack} have the agreed names and are never empty`, async () => {
      const { outputs } = await runProgram(stack);
      assert.deepEqual(Object.keys(outputs).sort(), names);
      for (const [name, output] of Object.entries(outputs)) {
        const value = String(await valueOf<unknown>(output));
        assert.notEqual(value, "", name);
        assert.doesNotMatch(value, /undefined|\[object|Calling/, name);
      }
    });

    it(`of ${stack} are secret where they hold the password, and only there`, async () => {
      const { outputs } = await runProgram(stack);
      for (const [name, output] of Object.entries(outputs)) {
        assert.equal(await pulumi.isSecret(output), name === "grafanaAdminPassword", name);
      }
    });
  }

  async function shown(name: string, cloud: Cloud, config: Record<string, string>) {
    const prefixed = Object.entries(config).map(([key, value]) => [`lgtm:${key}`, value]);
    const options = { ...cloud, config: Object.fromEntries(prefixed) as Record<string, string> };
    const output = (await runProgram("dev", options)).outputs[name];
    assert.ok(output);
    return valueOf(output);
  }

  it("give Grafana's address when there is a load balancer", async () => {
    const config = { grafanaServiceType: "LoadBalancer" };
    assert.equal(await shown("grafanaIp", {}, config), "203.0.113.10");
    assert.equal(await shown("grafanaUrl", {}, config), "http://203.0.113.10");
    const ingress = [{ hostname: "g.example" }];
    assert.equal(await shown("grafanaUrl", { ingress }, config), "http://g.example");
    assert.match(
      await shown("grafanaUrl", { ingress: [] }, config),
      /^pending: .*pulumi up again$/,
    );
  });

  it("say what to run when there is none", async () => {
    const config = { grafanaServiceType: "NodePort" };
    assert.match(await shown("grafanaIp", {}, config), /kubectl --context \S+ get nodes/);
    assert.match(await shown("grafanaIp", {}, {}), /kubectl --context \S+ port-forward/);
  });

  it("show a late address in the next preview", async () => {
    const { outputs } = await runProgram("tutorial", { preview: true, deployed: true });
    assert.ok(outputs["grafanaIp"]);
    assert.equal(await valueOf(outputs["grafanaIp"]), "203.0.113.10");
  });

  it("are known in the first preview, but for addresses and the password", async () => {
    const { outputs } = await runProgram("tutorial", { preview: true });
    const known = await Promise.all(
      Object.entries(outputs).map(async ([name, output]) =>
        (await isKnown(output)) ? [name] : [],
      ),
    );
    assert.deepEqual(known.flat().sort(), [
      "applicationEnvironment",
      "grafanaAdminUser",
      "lokiUrl",
      "mimirUrl",
      "otlpGrpcEndpoint",
      "otlpHttpEndpoint",
      "remoteWriteUrl",
      "storageServiceAccounts",
      "tempoUrl",
    ]);
  });

  it("say that there is no demo when it is switched off", async () => {
    assert.equal(
      await shown("demoUrl", {}, { demoEnabled: "false" }),
      "none: lgtm:demoEnabled is false",
    );
  });

  it("give the password that was set", async () => {
    const { outputs } = await runProgram("dev", {
      secrets: { "lgtm:grafanaAdminPassword": "correct-horse-battery" },
    });
    assert.ok(outputs["grafanaAdminPassword"]);
    assert.equal(await valueOf(outputs["grafanaAdminPassword"]), "correct-horse-battery");
  });
});

it("the demo sends to the collector's gRPC endpoint, which is also an output", async () => {
  const run = await runProgram("dev");
  const { otlpGrpcEndpoint } = run.outputs;
  assert.ok(otlpGrpcEndpoint);
  const endpoint = await valueOf(otlpGrpcEndpoint);
  const spec = JSON.stringify(find(run, "Deployment demo").inputs["spec"]);
  assert.ok(spec.includes(`{"name":"OTEL_EXPORTER_OTLP_ENDPOINT","value":"${endpoint}"}`), spec);
});

for (const chartSet of ["maintained", "umbrella"])
  it(`applications and a Prometheus elsewhere get addresses with the namespace, with chartSet ${chartSet}`, async () => {
    const { outputs } = await runProgram("dev", { config: { "lgtm:chartSet": chartSet } });
    const { applicationEnvironment, otlpHttpEndpoint, remoteWriteUrl } = outputs;
    assert.ok(applicationEnvironment && otlpHttpEndpoint && remoteWriteUrl);
    const endpoint = await valueOf(otlpHttpEndpoint);
    assert.match(endpoint, /^http:\/\/[a-z-]+\.otel:4318$/);
    assert.deepEqual((await valueOf(applicationEnvironment)).split("\n"), [
      `OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint}`,
      "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
    ]);
    assert.equal(await valueOf(remoteWriteUrl), "http://my-lgtm-mimir-nginx.lgtm/api/v1/push");
  });

describe("the tutorial stack", () => {
  it("has the three datasource URLs of the tutorial's section 6", async () => {
    const { outputs } = await runProgram("tutorial");
    const urls = ["lokiUrl", "mimirUrl", "tempoUrl"].map((name) => outputs[name]);
    assert.deepEqual(await Promise.all(urls.map((url) => valueOf(pulumi.output(url)))), [
      "http://my-lgtm-loki-gateway",
      "http://my-lgtm-mimir-nginx/prometheus",
      "http://my-lgtm-tempo-query-frontend:3100",
    ]);
  });

  it("gives the collector the tutorial's otel-values.yaml", async () => {
    const { inputs } = find(await runProgram("tutorial"), "Release otel");
    // Beside the stack's mark, of which the chart makes nothing.
    const { global, ...values } = inputs["values"] as Record<string, unknown>;
    assert.deepEqual(values, tutorialOtelValues);
    assert.deepEqual(Object.keys(global as object), ["lgtmStack"]);
  });

  it("has the tutorial's names, versions and service types", async () => {
    const run = await runProgram("tutorial");
    const release = (label: string) => {
      const { chart, version, name, namespace } = find(run, label).inputs;
      return [chart, version, name, namespace].map(String).join(" ");
    };
    assert.equal(release("Release lgtm"), "lgtm-distributed 2.1.0 my-lgtm lgtm");
    assert.equal(release("Release otel"), "opentelemetry-collector 0.129.0 otel-collector otel");
    const service = ({ inputs }: Recorded) => {
      const { name, namespace } = inputs["metadata"] as Record<string, string>;
      const { type, ports } = inputs["spec"] as { type: string; ports: { port: number }[] };
      return [name, namespace, type, ports[0]?.port].map(String).join(" ");
    };
    assert.equal(
      service(find(run, "Service lgtm-grafana")),
      "my-lgtm-grafana lgtm LoadBalancer 80",
    );
    assert.equal(service(find(run, "Service demo")), "my-flask-app flask-app LoadBalancer 80");
  });

  it("has an object store that can be pulled, and of MinIO nothing", async () => {
    const run = await runProgram("tutorial");
    assert.match(JSON.stringify(find(run, "StatefulSet lgtm-object-store").inputs), /versitygw/);
    const said = run.resources.filter(({ inputs }) => /minio/i.test(JSON.stringify(inputs)));
    assert.deepEqual(
      said.map(({ label }) => label),
      ["Release lgtm"],
    );
    const { mimir } = find(run, "Release lgtm").inputs["values"] as { mimir: { minio: unknown } };
    assert.deepEqual(mimir.minio, { enabled: false });
  });

  it("has the original MinIO where a setting says who has it, and no other store", async () => {
    const run = await runProgram("tutorial", { config: { "lgtm:minioRegistry": "old.example" } });
    assert.ok(!run.resources.some(({ label }) => label.includes("object-store")));
    const { mimir } = find(run, "Release lgtm").inputs["values"] as {
      mimir: { minio: unknown; global?: unknown; mimir: { structuredConfig: object } };
    };
    assert.deepEqual(mimir.minio, {
      persistence: { annotations: { "helm.sh/resource-policy": "keep" } },
      image: { repository: "old.example/minio/minio" },
      mcImage: { repository: "old.example/minio/mc" },
    });
    assert.equal(mimir.global, undefined);
    assert.deepEqual(Object.keys(mimir.mimir.structuredConfig), ["ingester"]);
  });

  it("has two Tempo ingesters, the value that the tutorial sets", async () => {
    const { inputs } = find(await runProgram("tutorial"), "Release lgtm");
    const { tempo } = inputs["values"] as { tempo: { ingester: { replicas: number } } };
    assert.equal(tempo.ingester.replicas, 2);
  });
});

describe("the prod stack", () => {
  it("has nothing public, no demo, and its data protected", async () => {
    const { resources } = await runProgram("prod");
    for (const { inputs } of resources.filter(({ label }) => label.startsWith("Service "))) {
      assert.equal((inputs["spec"] as { type?: string }).type ?? "ClusterIP", "ClusterIP");
    }
    assert.ok(!resources.some(({ type }) => type.endsWith(":DemoApp")));
    const { protect, retainOnDelete } = find({ resources }, "Namespace lgtm");
    assert.ok(protect && retainOnDelete);
  });

  it("has three of everything that can have three", async () => {
    const run = await runProgram("prod");
    for (const part of ["lgtm-loki", "lgtm-mimir", "lgtm-tempo", "otel"]) {
      const values = find(run, `Release ${part}`).inputs["values"] as Record<string, unknown>;
      // One of its kind, a cache, and other ways to run Loki.
      const text = JSON.stringify(
        omit(values, ...["compactor", "memcached", "backend", "read", "write"]),
      );
      const counts = [...text.matchAll(/"(?:replicas|replicaCount|replication_factor)":(\d+)/g)];
      assert.ok(counts.length > 0);
      for (const [whole, count] of counts) assert.equal(count, "3", whole);
    }
  });
});
