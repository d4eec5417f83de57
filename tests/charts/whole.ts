/** Objects as they are compared whole: without what differs between a stand-in and a real chart and matters to nobody. */
import type { KubernetesObject } from "@kubernetes/client-node";
import { isStamp } from "./facts";

type Tree = Record<string, unknown>;

/** Fields that say what Kubernetes would take anyway. */
const defaults: Readonly<Record<string, unknown>> = {
  protocol: "TCP",
  type: "ClusterIP",
  publishNotReadyAddresses: false,
  hostNetwork: false,
  hostPID: false,
  revisionHistoryLimit: 10,
  terminationGracePeriodSeconds: 30,
};

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a field says nothing. */
function saysNothing(key: string, value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return (typeof value === "object" && Object.keys(value).length === 0) || defaults[key] === value;
}

/** Annotations of charts about themselves. */
function isNote(key: string): boolean {
  return /^(checksum\/|storage\/size$|kubectl\.kubernetes\.io\/default-container$)/.test(key);
}

function clean(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(clean);
    const named = items.filter(isTree).filter((item) => typeof item["name"] === "string");
    if (named.length < items.length) return items;
    // Their order says nothing, and a difference is easier to find by name. One volume can be mounted twice.
    const keyOf = (item: Tree) => [item["name"], item["mountPath"]].join(" ").trim();
    return Object.fromEntries(named.map((item) => [keyOf(item), item]));
  }
  if (!isTree(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !isStamp(key) && !isNote(key))
      .map(([key, item]) => [key, clean(item)] as const)
      .filter(([key, item]) => !saysNothing(key, item)),
  );
}

/** Every object by kind and name. Of a ConfigMap the names of its files only: their content is compared elsewhere. */
export function whole(objects: readonly KubernetesObject[]): Record<string, unknown> {
  return Object.fromEntries(
    objects.map((object) => {
      const { data, ...rest } = structuredClone(object) as KubernetesObject & {
        data?: Tree;
        spec?: { template?: KubernetesObject };
      };
      // A pod is in its owner's.
      delete rest.spec?.template?.metadata?.namespace;
      // Of a pod it is compared, and in a selector; nothing picks other objects by it.
      const labels = Object.entries(object.metadata?.labels ?? {}).filter(
        ([key]) => key !== "app.kubernetes.io/part-of",
      );
      const metadata = Object.assign({}, object.metadata, { labels: Object.fromEntries(labels) });
      const files = object.kind === "ConfigMap" ? Object.keys(data ?? {}).sort() : data;
      const name = `${object.kind ?? ""} ${object.metadata?.name ?? ""}`;
      return [name, clean({ ...rest, metadata, data: files })];
    }),
  );
}
