/** Tests: what the collectors of the cluster's own signals may read is what their configurations need. */
import * as assert from "node:assert/strict";
import {
  clusterCollectorValues,
  nodeCollectorValues,
} from "../../../components/values/cluster-signals";
import { sizes } from "../../../config/sizes";

const signals = {
  image: { repository: "otel/opentelemetry-collector-contrib", tag: "0.158.0" },
  imagePullSecrets: [],
  otlpEndpoint: "http://otel:4317",
};
const { node, cluster } = sizes.maintained.laptop.signals;
const values = {
  node: nodeCollectorValues({
    ...{ ...signals, ...node, releaseName: "otel-node", namespace: "otel-nodes" },
    ...{ namespaces: undefined, excludedNamespaces: [] },
  }),
  cluster: clusterCollectorValues({
    ...{ ...signals, ...cluster },
    queueVolume: { sizeGiB: 1, storageClass: "" },
  }),
};

interface Component {
  readonly metrics?: Readonly<Record<string, { readonly enabled?: boolean }>>;
  readonly extract?: {
    readonly metadata: readonly string[];
    readonly labels?: unknown;
    readonly annotations?: unknown;
    readonly deployment_name_from_replicaset?: boolean;
  };
  readonly objects?: readonly {
    readonly name: string;
    readonly group?: string;
    readonly mode: string;
  }[];
  readonly extra_metadata_labels?: readonly string[];
}

const follow = ["list", "watch"];

/** `group/resource verb` that a component asks for, by its source at this version. */
function asked(name: string, component: Component): string[] {
  const [type = ""] = name.split("/");
  const of = (group: string, resources: readonly string[], verbs: readonly string[]) =>
    resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource} ${verb}`));
  switch (type) {
    case "k8s_attributes": {
      const { extract } = component;
      // By these it would follow nodes, namespaces, ReplicaSets or Jobs as well.
      assert.equal(extract?.labels, undefined);
      assert.equal(extract?.annotations, undefined);
      assert.notEqual(extract?.deployment_name_from_replicaset, false);
      for (const attribute of extract?.metadata ?? []) assert.doesNotMatch(attribute, /uid$/);
      return of("", ["pods"], follow);
    }
    case "kubelet_stats":
      // These are read from the kubelet's list of pods, which needs nodes/proxy.
      assert.equal(component.extra_metadata_labels, undefined);
      for (const metric of Object.entries(component.metrics ?? {}))
        assert.ok(!/utilization/.test(metric[0]) || metric[1].enabled === false, metric[0]);
      return of("", ["nodes/stats"], ["get"]);
    case "k8s_cluster":
      assert.notEqual(component.metrics?.["k8s.service.endpoint.count"]?.enabled, true);
      return [
        ...of(
          "",
          ["namespaces", "nodes", "pods", "replicationcontrollers", "resourcequotas", "services"],
          follow,
        ),
        ...of("apps", ["daemonsets", "deployments", "replicasets", "statefulsets"], follow),
        ...of("autoscaling", ["horizontalpodautoscalers"], follow),
        ...of("batch", ["cronjobs", "jobs"], follow),
      ];
    case "k8s_objects":
      return (component.objects ?? []).flatMap(({ group = "", name: resource, mode }) => {
        assert.equal(mode, "watch");
        return of(group, [resource], follow);
      });
    default:
      return [];
  }
}

describe("rights of the collectors of the cluster's own signals", () => {
  for (const [which, { alternateConfig, clusterRole }] of Object.entries(values))
    it(`are those that the configuration uses, and no others: ${which}`, () => {
      const { receivers, processors } = alternateConfig as unknown as Readonly<
        Record<"processors" | "receivers", Readonly<Record<string, Component>>>
      >;
      const needed = [...Object.entries(receivers), ...Object.entries(processors)].flatMap(
        ([name, component]) => asked(name, component),
      );
      const given = clusterRole.rules.flatMap(({ apiGroups, resources, verbs }) =>
        apiGroups.flatMap((group) =>
          resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource} ${verb}`)),
        ),
      );
      assert.ok(given.length > 1);
      assert.deepEqual([...new Set(given)].sort(), [...new Set(needed)].sort());
      // None of these can change anything, and none reads a secret.
      assert.doesNotMatch(given.join("\n"), /create|update|patch|delete|secrets|proxy|\*/);
    });
});
