/** By what the items of a list are known. */
import { isRecord } from "../../../lib/kubernetes/objects";

/** What an item of a list is known by, as the API server's field owners write it. */
export interface ItemKey {
  readonly fields: Readonly<Record<string, unknown>>;
  /** "name=grafana", "port=4317,protocol=TCP" */
  readonly text: string;
}

/** Lists whose items are known by a field of theirs instead of their place, as Kubernetes merges them. */
const mergeKeys: Readonly<Record<string, readonly (readonly string[])[]>> = {
  containers: [["name"]],
  initContainers: [["name"]],
  ephemeralContainers: [["name"]],
  env: [["name"]],
  volumes: [["name"]],
  imagePullSecrets: [["name"]],
  secrets: [["name"]],
  webhooks: [["name"]],
  volumeMounts: [["mountPath"]],
  volumeDevices: [["devicePath"]],
  hostAliases: [["ip"]],
  topologySpreadConstraints: [["topologyKey", "whenUnsatisfiable"]],
  // A container's, then a Service's.
  ports: [
    ["containerPort", "protocol"],
    ["port", "protocol"],
  ],
};

const defaults: Readonly<Record<string, unknown>> = { protocol: "TCP" };

/** How to tell the items of a list; undefined when their place is all that they have. */
export function itemKey(
  list: string,
  items: readonly unknown[],
): ((item: unknown) => ItemKey) | undefined {
  const candidates = mergeKeys[list] ?? [];
  const fields = candidates.find(([first = ""]) =>
    items.every((item) => isRecord(item) && item[first] !== undefined),
  );
  if (fields === undefined) return undefined;
  return (item) => {
    const record = isRecord(item) ? item : {};
    const key = Object.fromEntries(
      fields.map((field) => [field, record[field] ?? defaults[field]]),
    );
    return { fields: key, text: fields.map((field) => `${field}=${String(key[field])}`).join(",") };
  };
}
