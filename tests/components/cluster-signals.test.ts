/** Tests: the collectors of the cluster's own signals. */
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ClusterSignals } from "../../components";
import type { nodeCollectorValues } from "../../components/values/cluster-signals";
import { type Recorded, runProgram, underMocks, valueOf } from "../../lib/pulumi/mocks/program";

const on = { "lgtm:clusterSignals": '{"enabled":true}' };

interface Config {
  readonly receivers: Readonly<
    Record<string, { readonly exclude?: string[]; readonly include?: string[] }>
  >;
  readonly exporters: Readonly<Record<string, { readonly endpoint: string }>>;
}

interface FirstCollector {
  readonly processors: Readonly<Record<string, { readonly exclude?: { readonly pods: unknown } }>>;
  readonly service: {
    readonly pipelines: Readonly<Record<string, { readonly processors: readonly string[] }>>;
  };
}

type NodeValues = ReturnType<typeof nodeCollectorValues<string>> & {
  readonly tolerations?: readonly object[];
  readonly nodeSelector?: object;
  readonly priorityClassName?: string;
};

function valuesOf(resources: readonly Recorded[], release: string): NodeValues {
  const found = resources.find(({ label }) => label === `Release ${release}`);
  assert.ok(found, release);
  return found.inputs["values"] as NodeValues;
}

const configOf = (values: NodeValues): Config => values.alternateConfig as unknown as Config;

describe("ClusterSignals", () => {
  it("is a collector on each node and one of the cluster, which send to the first one", async () => {
    const { resources, outputs } = await runProgram("dev", { config: on });
    const endpoint = await valueOf(outputs["otlpGrpcEndpoint"] ?? pulumi.output(""));
    const [node, cluster] = [
      valuesOf(resources, "signals-node"),
      valuesOf(resources, "signals-cluster"),
    ];
    assert.deepEqual([node.mode, cluster.mode], ["daemonset", "statefulset"]);
    for (const values of [node, cluster]) {
      const endpoints = Object.values(configOf(values).exporters).map((one) => one.endpoint);
      assert.deepEqual(endpoints, [endpoint]);
    }
    const places = resources
      .filter(({ label }) => label.startsWith("Release signals-"))
      .map(({ inputs }) => `${String(inputs["namespace"])}/${String(inputs["name"])}`);
    assert.deepEqual(places.sort(), [
      "otel-nodes/otel-collector-node",
      "otel/otel-collector-cluster",
    ]);
  });

  it("is known to Loki, to the first collector and to Grafana", async () => {
    const other = {
      "lgtm:otelCollectorReleaseName": "gather",
      "lgtm:demoImage": "registry.example/app:1",
    };
    const seen = async (config: Readonly<Record<string, string>>) => {
      const { resources } = await runProgram("dev", { config: { ...other, ...config } });
      const loki = JSON.stringify(valuesOf(resources, "lgtm-loki"));
      const { alternateConfig, clusterRole } = valuesOf(resources, "otel");
      const dashboards = resources.find(({ label }) => label === "ConfigMap lgtm-dashboards");
      const rules = resources.find(({ label }) => label === "ConfigMap lgtm-alerting");
      const { processors, service } = alternateConfig as unknown as FirstCollector;
      return {
        lokiLabels: loki.includes('"ignore_defaults":true'),
        senders: Object.values(service.pipelines).every(({ processors: names }) =>
          names.includes("k8s_attributes"),
        ),
        notOf: processors["k8s_attributes"]?.exclude?.pods,
        mayReadPods: clusterRole.rules.some(({ resources: kinds }) => kinds.includes("pods")),
        dashboards: /k8s_pod_phase/.test(JSON.stringify(dashboards?.inputs)),
        rules: /k8s_node_condition/.test(JSON.stringify(rules?.inputs)),
        runbooks: /gather-node-opentelemetry-collector-agent/.test(
          JSON.stringify(dashboards?.inputs),
        ),
      };
    };
    assert.deepEqual(await seen(on), {
      lokiLabels: true,
      senders: true,
      notOf: [
        {
          name: "^(gather-node-opentelemetry-collector-agent|gather-cluster-opentelemetry-collector)-",
        },
      ],
      mayReadPods: true,
      dashboards: true,
      rules: true,
      runbooks: true,
    });
    assert.deepEqual(await seen({}), {
      lokiLabels: false,
      senders: false,
      notOf: undefined,
      mayReadPods: false,
      dashboards: false,
      rules: false,
      runbooks: false,
    });
  });

  it("is not there unless it is asked for", async () => {
    const { resources } = await runProgram("dev", { config: { "lgtm:clusterSignals": "{}" } });
    assert.deepEqual(
      resources.filter(({ label }) => /signals|node-collector|cluster-collector/.test(label)),
      [],
    );
  });

  it("has a folder on the node of its own, and reads all else there", async () => {
    const other = {
      ...on,
      "lgtm:otelCollectorReleaseName": "gather",
      "lgtm:nodeCollectorNamespace": "nodes",
      "lgtm:demoImage": "registry.example/app:1",
    };
    const { resources } = await runProgram("dev", { config: other });
    const { extraVolumes, extraVolumeMounts, securityContext, podSecurityContext } = valuesOf(
      resources,
      "signals-node",
    );
    assert.deepEqual(
      extraVolumes.map(({ hostPath }) => hostPath.path),
      ["/var/log/pods", "/var/lib/lgtm/nodes/gather-node"],
    );
    assert.deepEqual(
      extraVolumeMounts.filter((mount) => !("readOnly" in mount)).map(({ name }) => name),
      ["queue"],
    );
    assert.deepEqual(securityContext.capabilities, { drop: ["ALL"] });
    assert.equal(securityContext.readOnlyRootFilesystem, true);
    assert.equal(securityContext.allowPrivilegeEscalation, false);
    assert.equal(podSecurityContext.seccompProfile.type, "RuntimeDefault");
  });

  it("reads the logs of those namespaces that the settings say, and never its own", async () => {
    const filesOf = async (signals: object) => {
      const config = { "lgtm:clusterSignals": JSON.stringify(signals) };
      const { resources } = await runProgram("dev", { config });
      const { file_log: files } = configOf(valuesOf(resources, "signals-node")).receivers;
      const namespaces = (patterns: readonly string[] = []) => [
        ...new Set(
          patterns.flatMap((one) => /pods\/([a-z*-]+?)(_\*)?\/\*\/\*\.log$/.exec(one)?.[1] ?? []),
        ),
      ];
      return [namespaces(files?.include), namespaces(files?.exclude)];
    };
    assert.deepEqual(await filesOf({ enabled: true }), [
      ["*"],
      ["lgtm", "otel", "kube-system", "otel-nodes"],
    ]);
    assert.deepEqual(await filesOf({ excludedNamespaces: ["noisy"] }), [
      ["*"],
      ["noisy", "otel-nodes"],
    ]);
    const [included] = await filesOf({ namespaces: ["shop"] });
    assert.deepEqual(included, ["shop"]);
  });

  it("is on every node, wherever all else is, unless its own part says otherwise", async () => {
    const pods = {
      nodeSelector: { pool: "observability" },
      tolerations: [{ key: "dedicated", operator: "Exists" }],
      priorityClassName: "important",
    };
    const own = { nodeCollector: { nodeSelector: { os: "linux" }, memoryMiB: 80 } };
    const placed = async (parts: object) => {
      const { resources } = await runProgram("dev", {
        config: { ...on, "lgtm:pods": JSON.stringify(pods), "lgtm:parts": JSON.stringify(parts) },
      });
      return [valuesOf(resources, "signals-node"), valuesOf(resources, "signals-cluster")] as const;
    };
    const [node, cluster] = await placed({});
    assert.deepEqual(node.tolerations, [{ operator: "Exists" }]);
    assert.equal(node.nodeSelector, undefined);
    assert.equal(node.priorityClassName, "important");
    assert.deepEqual(cluster.tolerations, pods.tolerations);
    const [mine] = await placed(own);
    assert.deepEqual(mine.nodeSelector, { os: "linux" });
    assert.equal(mine.resources.requests.memory, "80Mi");
  });

  it("takes what a program says, and defaults for the rest", async () => {
    const { result, resources } = await underMocks({}, () => {
      const signals = new ClusterSignals("signals", {
        otlpEndpoint: "http://otel:4317",
        collectorNamespace: "otel",
        namespace: "here",
      });
      return valueOf(signals.namespace);
    });
    assert.equal(result, "here");
    assert.equal(valuesOf(resources, "signals-node").resources.requests.memory, "64Mi");
  });
});
