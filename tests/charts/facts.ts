/** What real charts render for the tutorial, as measured. */
import * as fs from "node:fs";
import * as path from "node:path";
import type {
  KubernetesObject,
  V1Deployment,
  V1Job,
  V1PodSpec,
  V1StatefulSet,
} from "@kubernetes/client-node";
import { projectRoot } from "../../lib/project-root";
import { ofKind } from "./render";

/** What a real chart renders for the tutorial's release, as measured. */
export interface ChartFacts {
  readonly services: readonly ServiceFacts[];
  readonly workloads: readonly WorkloadFacts[];
  /** Names by kind. */
  readonly otherObjects: Readonly<Record<string, readonly string[]>>;
}

interface ServiceFacts {
  readonly name: string;
  readonly type: string;
  readonly headless: boolean;
  readonly selector: Readonly<Record<string, string>>;
  readonly ports: readonly {
    readonly name: string;
    readonly port: number;
    readonly targetPort?: number | string;
    readonly protocol?: string;
  }[];
}

interface WorkloadFacts {
  readonly kind: string;
  readonly name: string;
  /** The Helm hooks that it is; null for a plain part of the release. */
  readonly hook: string | null;
  readonly replicas: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly containers: readonly {
    readonly name: string;
    readonly image: string;
    readonly ports: readonly { readonly name: string; readonly containerPort: number }[] | null;
    readonly requests: Readonly<Record<string, string>> | null;
    readonly limits: Readonly<Record<string, string>> | null;
  }[];
  readonly volumeClaims: readonly { readonly name: string; readonly storage: string }[];
  /** Whether two of its pods never share a node. */
  readonly requiredAntiAffinity: boolean;
}

/** Folder of the measured facts: LGTM_CHART_FACTS, else beside the project. */
export const factsFolder = path.resolve(
  projectRoot,
  process.env["LGTM_CHART_FACTS"] ?? "../shared/charts",
);

/** The facts of a chart, or undefined when they are not at hand. */
export function readFacts(chart: string): ChartFacts | undefined {
  const file = path.join(factsFolder, `${chart}.json`);
  if (!fs.existsSync(file)) return undefined;
  return JSON.parse(fs.readFileSync(file, "utf8")) as ChartFacts;
}

/** The facts in one order and with Kubernetes' defaults spelt out, to be compared. */
export function comparable(facts: ChartFacts): object {
  return {
    services: byName(facts.services).map((service) => ({
      ...service,
      ports: service.ports.map(({ name, port, targetPort = port, protocol = "TCP" }) => {
        return { name, port, targetPort, protocol };
      }),
    })),
    workloads: byName(facts.workloads).map((workload) => ({
      ...workload,
      labels: Object.fromEntries(Object.entries(workload.labels).filter(([key]) => !isStamp(key))),
      containers: workload.containers.map((container) => ({
        ...container,
        // Measured with another Mimir than the one that the published charts hold; the facts say so.
        // Its nginx belongs to it.
        image: workload.name.endsWith("-mimir-nginx")
          ? container.image.replace(/:.*/, "")
          : container.image.replace(/(grafana\/mimir):.*/, "$1"),
        ports: container.ports ?? [],
      })),
    })),
    otherObjects: Object.fromEntries(
      Object.entries(facts.otherObjects)
        // Measured as for Kubernetes 1.24; without pod security policies, dropped in 1.25, the real
        // chart makes none and no Role for Mimir to use one.
        .filter(([kind]) => kind !== "PodSecurityPolicy")
        .map(([kind, names]) => [
          kind,
          names.filter((name) => !(kind.startsWith("Role") && name.endsWith("-mimir"))).sort(),
        ]),
    ),
  };
}

/** The same facts, taken from what a stand-in renders. */
export function factsOf(objects: readonly KubernetesObject[]): ChartFacts {
  const others: Record<string, string[]> = {};
  for (const { kind = "", metadata } of objects) {
    if (["Service", "Deployment", "StatefulSet", "Job"].includes(kind)) continue;
    (others[kind] ??= []).push(metadata?.name ?? "");
  }
  return {
    services: ofKind(objects, "Service").map((service) => ({
      name: service.metadata?.name ?? "",
      type: service.spec?.type ?? "ClusterIP",
      headless: service.spec?.clusterIP === "None",
      selector: service.spec?.selector ?? {},
      ports: (service.spec?.ports ?? []).map(({ name = "", port, targetPort = port, protocol }) => {
        return { name, port, targetPort, protocol: protocol ?? "TCP" };
      }),
    })),
    workloads: (["Deployment", "StatefulSet", "Job"] as const).flatMap((kind) =>
      ofKind(objects, kind).map((workload) => workloadFacts(kind, workload)),
    ),
    otherObjects: others,
  };
}

function workloadFacts(
  kind: string,
  workload: V1Deployment | V1StatefulSet | V1Job,
): WorkloadFacts {
  const { spec } = workload;
  const pod = spec?.template.spec;
  const claims =
    spec !== undefined && "volumeClaimTemplates" in spec ? (spec.volumeClaimTemplates ?? []) : [];
  return {
    kind,
    name: workload.metadata?.name ?? "",
    hook: workload.metadata?.annotations?.["helm.sh/hook"] ?? null,
    replicas: spec !== undefined && "replicas" in spec ? (spec.replicas ?? 1) : 1,
    labels: spec?.template.metadata?.labels ?? {},
    containers: (pod?.containers ?? []).map(({ name, image = "", ports = [], resources }) => ({
      name,
      image,
      ports: ports.map((port) => ({ name: port.name ?? "", containerPort: port.containerPort })),
      requests: resources?.requests ?? null,
      limits: resources?.limits ?? null,
    })),
    volumeClaims: claims.map(({ metadata, spec: claim }) => ({
      name: metadata?.name ?? "",
      storage: claim?.resources?.requests?.["storage"] ?? "",
    })),
    requiredAntiAffinity: isSpread(pod),
  };
}

function isSpread(pod: V1PodSpec | undefined): boolean {
  const rule = pod?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return rule !== undefined && rule.length > 0;
}

/** Labels that carry versions, which nothing selects by. */
export function isStamp(label: string): boolean {
  return ["helm.sh/chart", "app.kubernetes.io/version", "app.kubernetes.io/managed-by"].includes(
    label,
  );
}

function byName<T extends { readonly name: string }>(items: readonly T[]): T[] {
  return [...items].sort((one, other) => one.name.localeCompare(other.name));
}
