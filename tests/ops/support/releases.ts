/** Helm releases as the tutorial makes them. */
import type { HelmRelease } from "../../../lib/helm/release";
import type { KubeObject } from "../../../lib/kubernetes/objects";

/** A release as the tutorial makes it, with what a test wants otherwise. */
export function release(other: Partial<HelmRelease> = {}): HelmRelease {
  return {
    name: "my-lgtm",
    namespace: "lgtm",
    revision: 3,
    status: "deployed",
    description: "",
    deployed: "2026-11-24T12:00:00Z",
    chart: "lgtm-distributed",
    version: "2.1.0",
    values: {},
    objects: [],
    lastGood: 2,
    ...other,
  };
}

/** An object of a release. */
export function workload(kind: string, name: string, spec: object = {}): KubeObject {
  return { apiVersion: "apps/v1", kind, metadata: { name }, spec };
}
