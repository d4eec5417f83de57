/** Builds what rules are asked about. */
import type { Json, Stack, Subject } from "../../policy/subject";

/** What a rule is asked about. */
export interface Case {
  readonly what: string;
  readonly subject?: Subject;
  readonly stack?: Partial<Stack>;
  /** What the rule must say; undefined where it must say nothing. */
  readonly says?: RegExp;
}

export function object(kind: string, props: Json, group = "core/v1"): Subject {
  return { type: `kubernetes:${group}:${kind}`, name: "it", props };
}

export function deployment(container: Json, pod: Json = {}): Subject {
  const spec = { containers: [{ name: "main", image: "app:1.2.3", ...container }], ...pod };
  return object(
    "Deployment",
    { metadata: { namespace: "apps" }, spec: { template: { spec } } },
    "apps/v1",
  );
}

export function job(container: Json): Subject {
  const spec = { containers: [{ name: "main", image: "app:1.2.3", ...container }] };
  return object("Job", { spec: { template: { spec } } }, "batch/v1");
}

export function service(spec: Json, annotations: Json = {}): Subject {
  return object("Service", { metadata: { name: "web", annotations }, spec });
}

export function release(inputs: Json): Subject {
  const props = { chart: "lgtm-distributed", version: "3.0.1", namespace: "lgtm", ...inputs };
  return { type: "kubernetes:helm.sh/v3:Release", name: "lgtm", props, protect: false };
}

export function namespace(labels: Json, protect = false): Subject {
  return { ...object("Namespace", { metadata: { name: "apps", labels } }), protect };
}
