/** A whole stack as it comes into a cluster: the program's own objects, and what its charts make of their values. */
import type {
  KubernetesObject,
  V1ConfigMap,
  V1PersistentVolumeClaim,
  V1PodSpec,
  V1Service,
  V1ServiceAccount,
  V1StatefulSet,
} from "@kubernetes/client-node";
import { runProgram } from "../../lib/pulumi/mocks/program";
import type { Stack } from "../../lib/pulumi/stack-files";
import type { NetworkPolicy } from "../support/network-policy";
import { realChart, render, type StandIn } from "./render";

/** The pods of one workload: all of them are alike. */
export interface Workload {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly replicas: number;
  readonly spec: V1PodSpec;
}

export interface WholeStack {
  readonly workloads: readonly Workload[];
  readonly services: readonly (V1Service & { readonly namespace: string })[];
  readonly statefulSets: readonly (V1StatefulSet & { readonly namespace: string })[];
  readonly claims: readonly (V1PersistentVolumeClaim & { readonly namespace: string })[];
  readonly accounts: readonly (V1ServiceAccount & { readonly namespace: string })[];
  readonly configMaps: readonly V1ConfigMap[];
  readonly policies: readonly NetworkPolicy[];
  /** Labels of the namespaces that the program makes, by name. */
  readonly namespaces: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Helm's values, by the release's name in the program. */
  readonly values: ReadonlyMap<string, object>;
}

export interface StackCase {
  readonly title: string;
  readonly stack: Stack;
  readonly config: Readonly<Record<string, string>>;
}

const sizes = ["laptop", "standard", "ha"] as const;

/** Every size of both chart sets, with the optional parts that are in one of them only. */
export const stackCases: readonly StackCase[] = [
  ...sizes.map((size) => ({
    title: `maintained, ${size}`,
    stack: "dev" as const,
    config: { "lgtm:size": size },
  })),
  {
    title: "maintained, Mimir 2",
    stack: "dev",
    config: { "lgtm:size": "ha", "lgtm:mimirChartVersion": "5.8.0" },
  },
  ...sizes.map((size) => ({
    title: `umbrella, ${size}`,
    stack: "dev" as const,
    config: { "lgtm:chartSet": "umbrella", "lgtm:size": size },
  })),
  {
    title: "umbrella 2.1.0",
    stack: "dev",
    config: { "lgtm:chartSet": "umbrella", "lgtm:lgtmChartVersion": "2.1.0" },
  },
  { title: "prod", stack: "prod", config: {} },
  {
    title: "maintained, with the cluster's own signals",
    stack: "dev",
    config: { "lgtm:clusterSignals": '{"enabled":true}' },
  },
  {
    title: "other names, in namespaces that are there already, and a public demo",
    stack: "dev",
    config: {
      "lgtm:lgtmReleaseName": "acme",
      "lgtm:lgtmNamespace": "shared",
      "lgtm:otelCollectorReleaseName": "gather",
      "lgtm:otelCollectorNamespace": "agents",
      "lgtm:demoNamespace": "shop",
      "lgtm:existingNamespaces": '["shared","agents","shop"]',
      "lgtm:demoImage": "registry.example/shop:1.2.3",
      "lgtm:demoServiceType": "LoadBalancer",
    },
  },
];

interface Inputs {
  readonly chart: string;
  readonly version: string;
  readonly name: string;
  readonly namespace: string;
  readonly values: object;
}

interface Templated {
  readonly spec?: {
    readonly replicas?: number;
    readonly template?: {
      readonly metadata?: { readonly labels?: Record<string, string> };
      readonly spec?: V1PodSpec;
    };
  };
}

const kindOf = (type: string): string => type.split(":").at(-1) ?? "";

/**
 * Runs the program for a stack, and renders its releases.
 *
 * @param real whether the real charts are taken, where LGTM_TEST_CHARTS has them
 */
export async function wholeStack(
  helm: string,
  { stack, config }: StackCase,
  real = false,
): Promise<WholeStack> {
  const { resources } = await runProgram(stack, { config });
  const made = resources.filter(({ type, read }) => type.startsWith("kubernetes:") && !read);
  const own = made.map(({ type, inputs }) => ({ ...inputs, kind: kindOf(type) }));
  const releases = made.filter(({ type }) => kindOf(type) === "Release");
  const rendered = await Promise.all(
    releases.map(async ({ inputs }) => {
      const { chart, version, name: release, namespace, values } = inputs as unknown as Inputs;
      const standIn = `${chart}-${version}` as StandIn;
      const place = real ? (realChart(standIn) ?? standIn) : standIn;
      const objects = await render(helm, place, values, { release, namespace });
      return objects.map((object) => ({
        ...object,
        metadata: Object.assign({ namespace }, object.metadata),
      }));
    }),
  );
  const objects: readonly (KubernetesObject & Templated)[] = [...own, ...rendered.flat()];
  const ofKind = <T extends KubernetesObject>(kind: string) =>
    objects
      .filter((object) => object.kind === kind)
      .map((object) => ({ ...(object as T), namespace: object.metadata?.namespace ?? "" }));
  return {
    workloads: objects.flatMap(({ kind = "", metadata, spec }): Workload[] => {
      const template = spec?.template;
      if (template?.spec?.containers === undefined) return [];
      return [
        {
          kind,
          name: metadata?.name ?? "",
          namespace: metadata?.namespace ?? "",
          labels: template.metadata?.labels ?? {},
          replicas: spec?.replicas ?? 1,
          spec: template.spec,
        },
      ];
    }),
    services: ofKind<V1Service>("Service"),
    statefulSets: ofKind<V1StatefulSet>("StatefulSet"),
    claims: ofKind<V1PersistentVolumeClaim>("PersistentVolumeClaim"),
    accounts: ofKind<V1ServiceAccount>("ServiceAccount"),
    configMaps: ofKind<V1ConfigMap>("ConfigMap"),
    policies: ofKind("NetworkPolicy") as unknown as NetworkPolicy[],
    namespaces: new Map(
      ofKind("Namespace").map(({ metadata }) => [metadata?.name ?? "", metadata?.labels ?? {}]),
    ),
    values: new Map(
      releases.map(({ name, inputs }) => [name, (inputs as unknown as Inputs).values]),
    ),
  };
}
