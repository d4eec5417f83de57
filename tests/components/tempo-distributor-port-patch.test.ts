/** Tests of components/tempo-distributor-port-patch.ts. */
import * as assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { TempoDistributorPortPatch } from "../../components";
import { valueOf } from "../../lib/pulumi/mocks/program";
import { find } from "../../lib/pulumi/mocks/recording";
import { build, publicFields, situations } from "../support/component";
import { tutorialPort } from "../support/tutorial";

interface PatchInputs {
  readonly metadata: object;
  readonly spec: { readonly ports: readonly object[] };
}

describe("TempoDistributorPortPatch", () => {
  for (const { when, cloud } of situations) {
    for (const httpPort of [3100, 3200]) {
      describe(`${when}, with Tempo on ${String(httpPort)}`, () => {
        const make = () =>
          build(
            cloud,
            (opts) =>
              new TempoDistributorPortPatch(
                "one",
                {
                  service: {
                    name: pulumi.output("obs-tempo-distributor"),
                    namespace: pulumi.output("stores"),
                    httpPort,
                  },
                },
                opts,
              ),
          );

        it("patches one Service, whose name is known", async () => {
          const patch = find(await make(), "ServicePatch one");
          assert.equal(patch.parent, "TempoDistributorPortPatch one");
          assert.deepEqual((patch.inputs as unknown as PatchInputs).metadata, {
            name: "obs-tempo-distributor",
            namespace: "stores",
            annotations: { "pulumi.com/skipAwait": "true" },
          });
        });

        it("lists all ports in the chart's order, then the tutorial's", async () => {
          const patch = find(await make(), "ServicePatch one");
          assert.deepEqual((patch.inputs as unknown as PatchInputs).spec.ports, [
            { name: "http-metrics", port: httpPort, targetPort: "http-metrics", protocol: "TCP" },
            { name: "grpc", port: 9095, targetPort: 9095, protocol: "TCP" },
            tutorialPort,
          ]);
        });

        it("gives the endpoint as host and port, and registers it", async () => {
          const run = await make();
          assert.equal(
            await valueOf(run.component.otlpEndpoint),
            "obs-tempo-distributor.stores:4317",
          );
          const registered = run.registeredOutputs.get("TempoDistributorPortPatch one") ?? {};
          assert.deepEqual(Object.keys(registered), publicFields(run.component));
        });
      });
    }
  }

  it("makes users of the endpoint wait for the patch", async () => {
    const service = { name: pulumi.output("a"), namespace: pulumi.output("b"), httpPort: 3200 };
    const run = await build({}, (opts) => {
      const patch = new TempoDistributorPortPatch("one", { service }, opts);
      return new k8s.core.v1.ConfigMap("user", { data: { endpoint: patch.otlpEndpoint } }, opts);
    });
    assert.deepEqual(find(run, "ConfigMap user").dependencies, ["ServicePatch one"]);
  });
});
