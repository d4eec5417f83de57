/** An imitation of a cluster that knows a few objects. */
import { gzipSync } from "node:zlib";
import type { KubeObject, Metadata } from "../../../lib/kubernetes/objects";
import { type Answer, type FakeCluster, fakeCluster } from "./fake-cluster";

/** Kinds that an imitated cluster serves, by their plural. */
const kinds: Readonly<Record<string, { kind: string; namespaced: boolean }>> = {
  namespaces: { kind: "Namespace", namespaced: false },
  persistentvolumes: { kind: "PersistentVolume", namespaced: false },
  clusterroles: { kind: "ClusterRole", namespaced: false },
  configmaps: { kind: "ConfigMap", namespaced: true },
  secrets: { kind: "Secret", namespaced: true },
  services: { kind: "Service", namespaced: true },
  persistentvolumeclaims: { kind: "PersistentVolumeClaim", namespaced: true },
};

/** An object of an imitated cluster, with a uid made from its name where a test needs no other. */
export function live(kind: string, id: string, more: Partial<Metadata> = {}): KubeObject {
  const [name = "", namespace] = id.split("/").reverse();
  return {
    ...{ apiVersion: "v1", kind },
    metadata: { name, ...(namespace !== undefined && { namespace }), uid: `uid of ${id}`, ...more },
  };
}

/** Helm's record of a release, with its objects as YAML. */
export function helmRecord(
  place: string,
  values: Readonly<Record<string, unknown>> = {},
  { status = "deployed", manifest = "", chart = "lgtm-distributed" } = {},
): KubeObject {
  const [namespace = "", name = ""] = place.split("/");
  const record = {
    ...{ version: 1, info: { status }, config: values, manifest },
    chart: { metadata: { name: chart, version: "3.0.1" } },
  };
  const packed = gzipSync(JSON.stringify(record)).toString("base64");
  const labels = { owner: "helm", name, version: "1", status };
  return {
    ...live("Secret", `${namespace}/sh.helm.release.v1.${name}.v1`, { labels }),
    data: { release: Buffer.from(packed).toString("base64") },
  };
}

/** The values by which a stack marks a release. */
export function releaseMark(id: string): Readonly<Record<string, unknown>> {
  return { global: { lgtmStack: { id, project: "lgtm", stack: "other" } } };
}

function isChosen({ metadata }: KubeObject, selector: string): boolean {
  return selector
    .split(/,(?![^(]*\))/)
    .filter((part) => part !== "")
    .every((part) => {
      const [, key = "", , one, many] = /^([^ =]+)(=(.*)| in \((.*)\))$/.exec(part) ?? [];
      const wanted = one === undefined ? (many ?? "").split(",") : [one];
      return wanted.includes(metadata.labels?.[key] ?? "");
    });
}

/**
 * A cluster that holds these objects, by path and as lists; anything else is not there.
 *
 * @param refusals by path, what is answered in place of it
 */
export async function imitationOf(
  objects: readonly KubeObject[],
  refusals: Readonly<Record<string, Answer>> = {},
): Promise<FakeCluster> {
  const resources = Object.entries(kinds).map(([name, kind]) => ({
    ...{ name, ...kind, verbs: ["list"] },
  }));
  return fakeCluster((path, query) => {
    if (refusals[path] !== undefined) return refusals[path];
    if (path === "/apis") return { object: { groups: [] } };
    if (path === "/api/v1") return { object: { resources } };
    const parts = path.replace(/^\/apis?\/([\w.]+\/)?v1\//, "").split("/");
    const [namespace, [plural = "", name]] =
      parts[0] === "namespaces" && parts.length > 2
        ? [parts[1], parts.slice(2)]
        : [undefined, parts];
    const found = objects.filter(
      ({ kind, metadata }) =>
        kind === kinds[plural]?.kind &&
        (namespace === undefined || metadata.namespace === namespace) &&
        isChosen({ apiVersion: "", kind, metadata }, query.get("labelSelector") ?? ""),
    );
    if (name === undefined) return { object: { items: found } };
    const one = found.find(({ metadata }) => metadata.name === name);
    return one === undefined ? undefined : { object: one };
  });
}
