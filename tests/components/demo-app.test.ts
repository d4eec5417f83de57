/** Tests of components/demo-app.ts. */
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { DemoApp, type DemoAppArgs } from "../../components";
import type { Cloud } from "../../lib/pulumi/mocks/cloud";
import { isKnown, type Recorded, valueOf } from "../../lib/pulumi/mocks/program";
import { find } from "../../lib/pulumi/mocks/recording";
import { build, publicFields, situations } from "../support/component";

const defaults: DemoAppArgs = {
  namespace: "shop",
  image: "registry.example/app:1",
  serviceType: "LoadBalancer",
  loadBalancerSourceRanges: [],
  otlpEndpoint: pulumi.output("http://collector:4317"),
  traffic: { requestsPerMinute: 60, image: "registry.example/curl:1" },
};

interface Container {
  readonly name: string;
  readonly image: string;
  readonly ports?: unknown;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly command?: readonly string[];
  readonly resources: Record<"requests" | "limits", Record<"cpu" | "memory", string>>;
  readonly readinessProbe?: { readonly httpGet: object };
  readonly livenessProbe?: { readonly httpGet: object; readonly timeoutSeconds: number };
  readonly securityContext?: unknown;
}
interface DeploymentSpec {
  readonly selector: { readonly matchLabels: object };
  readonly template: {
    readonly metadata: { readonly labels: object };
    readonly spec: {
      readonly automountServiceAccountToken: boolean;
      readonly containers: readonly [Container];
      readonly securityContext?: unknown;
    };
  };
}

function specOf({ inputs }: Recorded): DeploymentSpec {
  return inputs["spec"] as DeploymentSpec;
}

function make(cloud: Cloud, args: Partial<DemoAppArgs> = {}) {
  return build(cloud, (opts) => new DemoApp("one", { ...defaults, ...args }, opts));
}

describe("DemoApp", () => {
  for (const { when, cloud } of situations) {
    describe(when, () => {
      it("makes the application, its Service and its traffic", async () => {
        const { resources } = await make(cloud);
        const children = resources.filter(({ parent }) => parent === "DemoApp one");
        assert.deepEqual(children.map(({ label }) => label).sort(), [
          "Deployment one",
          "Deployment one-traffic",
          "Namespace one",
          "Service one",
          "Service one-address",
        ]);
      });

      it("runs the image on port 5000 and tells it where the collector is", async () => {
        const app = find(await make(cloud), "Deployment one");
        assert.deepEqual(app.inputs["metadata"], {
          name: "my-flask-app",
          namespace: "shop",
          labels: { app: "my-flask-app" },
        });
        const [container] = specOf(app).template.spec.containers;
        assert.equal(container.image, "registry.example/app:1");
        assert.deepEqual(container.ports, [{ containerPort: 5000 }]);
        assert.deepEqual(container.env, [
          { name: "OTEL_EXPORTER_OTLP_ENDPOINT", value: "http://collector:4317" },
        ]);
      });

      it("serves port 80 from port 5000 of the application's pods", async () => {
        const run = await make(cloud);
        assert.deepEqual(find(run, "Service one").inputs["spec"], {
          type: "LoadBalancer",
          selector: { app: "my-flask-app" },
          ports: [{ port: 80, targetPort: 5000, protocol: "TCP" }],
        });
        const { selector, template } = specOf(find(run, "Deployment one"));
        assert.deepEqual(selector.matchLabels, { app: "my-flask-app" });
        assert.deepEqual(template.metadata.labels, { app: "my-flask-app" });
      });

      it("sends traffic to the Service, from pods that the Service does not select", async () => {
        const traffic = find(await make(cloud), "Deployment one-traffic");
        const { selector, template } = specOf(traffic);
        assert.deepEqual(selector.matchLabels, { app: "traffic-generator" });
        assert.deepEqual(template.metadata.labels, { app: "traffic-generator" });
        const [container] = template.spec.containers;
        assert.equal(container.image, "registry.example/curl:1");
        assert.deepEqual(container.env, [{ name: "TARGET", value: "http://my-flask-app" }]);
        assert.match(container.command?.[2] ?? "", /sleep 1 &/);
        assert.equal((traffic.inputs["metadata"] as { namespace: string }).namespace, "shop");
      });

      it("registers its public fields as outputs", async () => {
        const run = await make(cloud);
        const registered = run.registeredOutputs.get("DemoApp one") ?? {};
        assert.deepEqual(Object.keys(registered).sort(), publicFields(run.component));
      });
    });
  }

  it("has requests and limits in every container", async () => {
    const { resources } = await make({});
    const deployments = resources.filter(({ label }) => label.startsWith("Deployment"));
    assert.equal(deployments.length, 2);
    for (const deployment of deployments) {
      const { containers, automountServiceAccountToken } = specOf(deployment).template.spec;
      assert.equal(automountServiceAccountToken, false);
      for (const { resources: given, name } of containers) {
        for (const kind of ["requests", "limits"] as const) {
          assert.match(given[kind].cpu, /^\d+m$/, name);
          assert.match(given[kind].memory, /^\d+Mi$/, name);
        }
      }
    }
  });

  it("is probed at /health, with more patience than its slowest path takes", async () => {
    const [container] = specOf(find(await make({}), "Deployment one")).template.spec.containers;
    const httpGet = { path: "/health", port: 5000 };
    assert.deepEqual(container.readinessProbe?.httpGet, httpGet);
    assert.deepEqual(container.livenessProbe?.httpGet, httpGet);
    assert.ok(container.livenessProbe.timeoutSeconds > 5);
  });

  it("runs the traffic generator without privileges", async () => {
    const { spec } = specOf(find(await make({}), "Deployment one-traffic")).template;
    const seccompProfile = { type: "RuntimeDefault" };
    assert.deepEqual(spec.securityContext, {
      runAsNonRoot: true,
      runAsUser: 65534,
      seccompProfile,
    });
    assert.deepEqual(spec.containers[0].securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  });

  it("has no traffic generator at 0 requests per minute", async () => {
    const { resources } = await make({}, { traffic: { requestsPerMinute: 0, image: "a:1" } });
    assert.ok(!resources.some(({ name }) => name === "one-traffic"));
  });

  it("passes source ranges on", async () => {
    const run = await make({}, { loadBalancerSourceRanges: ["10.0.0.0/8"] });
    const spec = find(run, "Service one").inputs["spec"] as Record<string, unknown>;
    assert.deepEqual(spec["loadBalancerSourceRanges"], ["10.0.0.0/8"]);
  });

  it("passes on what its owner says of the Service", async () => {
    const service = { annotations: { "example.com/a": "b" }, loadBalancerClass: "example.com/lb" };
    const { inputs } = find(await make({}, { service }), "Service one");
    assert.match(
      JSON.stringify(inputs),
      /"example.com\/a":"b".*"loadBalancerClass":"example.com\/lb"/,
    );
  });

  it("does not know its address in the first preview", async () => {
    assert.equal(await isKnown((await make({ preview: true })).component.url), false);
  });

  const urls: readonly (readonly [string, Cloud, Partial<DemoAppArgs>, string])[] = [
    ["an address", {}, {}, "http://203.0.113.10"],
    ["a host name", { ingress: [{ hostname: "d.example" }] }, {}, "http://d.example"],
    ["an IPv6 address", { ingress: [{ ip: "2001:db8::1" }] }, {}, "http://[2001:db8::1]"],
    ["no address yet", { ingress: [] }, {}, "pending: the cluster has assigned no address"],
    ["no status yet", { withoutStatus: true }, {}, "pending: the cluster has assigned no address"],
    ["a node port", {}, { serviceType: "NodePort" }, "any node, port 30080;"],
    [
      "no way in",
      {},
      { serviceType: "ClusterIP" },
      "http://localhost:5000 while this runs: kubectl port-forward -n shop service/my-flask-app 5000:80",
    ],
  ];
  for (const [what, cloud, args, url] of urls) {
    it(`says how it is reached with ${what}`, async () => {
      const { component } = await make(cloud, args);
      assert.ok((await valueOf(component.url)).startsWith(url), await valueOf(component.url));
    });
  }
});
