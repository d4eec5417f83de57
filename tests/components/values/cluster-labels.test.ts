/** Tests: which attributes of Kubernetes become labels, and that data of applications gets them of its own pod. */
import * as assert from "node:assert/strict";
import { clusterCollectorConfig } from "../../../components/values/cluster-collector-config";
import { logLabels, metricLabels } from "../../../components/values/cluster-labels";
import {
  collectorConfig,
  type CollectorConfigArgs,
} from "../../../components/values/collector-config";
import { nodeCollectorConfig } from "../../../components/values/node-collector-config";

const first: CollectorConfigArgs<string> = {
  logsExporter: "otlphttp",
  queueVolume: { sizeGiB: 5, storageClass: "" },
  replicas: 1,
  lgtmNamespace: "lgtm",
  volumeNamespaces: "lgtm",
  lokiPushUrl: "http://loki/push",
  lokiOtlpUrl: "http://loki/otlp",
  mimirPushUrl: "http://mimir/push",
  mimirOtlpUrl: "http://mimir/otlp",
  tempoOtlpEndpoint: "tempo:4317",
};
const agent = { otlpEndpoint: "otel:4317", queueMiB: 64 };

describe("labels of the cluster's own signals", () => {
  it("have a short list, with no id and nothing of the pod's own making in it", () => {
    const all = [...metricLabels, ...logLabels].map(({ attribute }) => attribute);
    assert.ok(metricLabels.length <= 12 && logLabels.length <= 4);
    assert.deepEqual(
      all.filter((attribute) => /uid|\bid$|image|label|annotation/.test(attribute)),
      [],
    );
  });

  it("are all that is left of a resource in Mimir, beside job and instance", () => {
    const configs = [
      nodeCollectorConfig({ ...agent, excludedNamespaces: [] }),
      clusterCollectorConfig(agent),
    ];
    for (const { processors } of configs) {
      const statements = processors["transform/labels"].metric_statements.flatMap(
        (group) => group.statements,
      );
      for (const { attribute } of metricLabels) {
        assert.ok(
          statements.includes(
            `set(datapoint.attributes["${attribute}"], resource.attributes["${attribute}"])`,
          ),
        );
      }
      const [cleared, ...named] = statements.slice(-3);
      assert.equal(cleared, "keep_keys(resource.attributes, [])");
      assert.deepEqual(
        named.map((statement) => /"service\.(name|instance\.id)"/.exec(statement)?.[1]),
        ["name", "instance.id"],
      );
    }
  });

  it("come of the pod that sent the data, of no collector's, and only where they are asked for", () => {
    const without = collectorConfig(first);
    assert.equal("k8s_attributes" in without.processors, false);
    const { processors, service } = collectorConfig({
      ...first,
      signalPods: "^otel-(node|cluster)-",
    });
    const { extract, pod_association, exclude } = processors.k8s_attributes ?? {};
    assert.deepEqual(pod_association, [{ sources: [{ from: "connection" }] }]);
    assert.deepEqual(exclude, { pods: [{ name: "^otel-(node|cluster)-" }] });
    // Both stay what the application said.
    assert.deepEqual(
      extract?.metadata.filter((name) => name.startsWith("service.")),
      [],
    );
    for (const pipeline of Object.values(service.pipelines)) {
      assert.deepEqual(pipeline.processors.slice(0, 3), [
        "memory_limiter",
        "k8s_attributes",
        "resource",
      ]);
    }
  });
});

describe("the collector of each node", () => {
  const files = (namespaces: readonly string[]) =>
    nodeCollectorConfig({ ...agent, namespaces, excludedNamespaces: ["otel", "lgtm"] }).receivers
      .file_log;

  it("reads the namespaces that are named, or all but the excluded, and nothing that is compressed", () => {
    assert.deepEqual(files([]).include, ["/var/log/pods/*/*/*.log", "/var/log/pods/*/*/*.log.*"]);
    assert.deepEqual(files(["shop"]).include, [
      "/var/log/pods/shop_*/*/*.log",
      "/var/log/pods/shop_*/*/*.log.*",
    ]);
    for (const excluded of [
      "/var/log/pods/*/*/*.gz",
      "/var/log/pods/otel_*/*/*.log",
      "/var/log/pods/lgtm_*/*/*.log.*",
    ]) {
      assert.ok(files(["shop"]).exclude.includes(excluded), excluded);
    }
  });
});
