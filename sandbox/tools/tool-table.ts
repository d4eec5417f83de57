/** Every tool with its version. */
import semver from "semver";
import type { BuiltTool, BuiltToolName, ModuleFiles, Tool, ToolName } from "./tool";
import { FOUND_TOOLS, STORE_TOOLS } from "./tool-stores";
import { HELM, KUBERNETES, KWOK, PROVIDER, PULUMI } from "./tool-versions";

const componentBase = "k8s.io/component-base/version";
const kubernetes = {
  version: KUBERNETES,
  module: "sandbox",
  group: "kubernetes",
  // Without these every chart sees a v0.0.0 cluster and most refuse it.
  variables: {
    [`${componentBase}.gitVersion`]: `v${KUBERNETES}`,
    [`${componentBase}.gitMajor`]: String(semver.major(KUBERNETES)),
    [`${componentBase}.gitMinor`]: String(semver.minor(KUBERNETES)),
    [`${componentBase}.gitTreeState`]: "clean",
  },
  // The control plane's parts promise to work together only within one minor.
  accepts: "~1.36.0",
  probe: { args: ["--version"] },
} as const;

/**
 * Every tool that is built, in build order: a small download first so that compiling starts at once while the
 * large ones are still arriving, and what a cluster needs before what only tests need.
 */
export const TOOLS: readonly BuiltTool[] = [
  {
    name: "etcd",
    version: "3.6.16",
    module: "sandbox",
    group: "etcd",
    package: "./etcd",
    variables: {},
    accepts: "~3.5.0 || ~3.6.0",
    probe: { args: ["--version"] },
  },
  { ...kubernetes, name: "kube-apiserver", package: "k8s.io/kubernetes/cmd/kube-apiserver" },
  {
    ...kubernetes,
    name: "kube-controller-manager",
    package: "k8s.io/kubernetes/cmd/kube-controller-manager",
  },
  { ...kubernetes, name: "kube-scheduler", package: "k8s.io/kubernetes/cmd/kube-scheduler" },
  {
    ...kubernetes,
    name: "kubectl",
    package: "k8s.io/kubernetes/cmd/kubectl",
    // kubectl promises one minor of skew either way.
    accepts: ">=1.35.0 <1.38.0",
    probe: { args: ["version", "--client"] },
  },
  {
    name: "kwok",
    version: KWOK,
    module: "sandbox",
    group: "kwok",
    package: "sigs.k8s.io/kwok/cmd/kwok",
    variables: {},
    accepts: "~0.8.0",
    probe: { args: ["--version"] },
  },
  {
    name: "pulumi",
    version: PULUMI,
    module: "sandbox",
    group: "pulumi",
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    // The Automation API refuses a CLI that does not know its version.
    variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${PULUMI}` },
    // Not older than the SDK in package.json.
    accepts: "^3.248.0",
    probe: { args: ["version"] },
  },
  {
    name: "pulumi-resource-kubernetes",
    version: PROVIDER,
    module: "pulumi-resource-kubernetes",
    package: ".",
    variables: { "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version": PROVIDER },
    // The engine asks for exactly the version of the npm package.
    accepts: PROVIDER,
    probe: { plugin: `resource-kubernetes-v${PROVIDER}` },
  },
  {
    name: "helm",
    version: HELM,
    module: "helm",
    package: "helm.sh/helm/v3/cmd/helm",
    variables: { "helm.sh/helm/v3/internal/version.version": `v${HELM}` },
    accepts: ">=3.14.0 <4.0.0",
    probe: { args: ["version", "--short"] },
  },
  {
    name: "otelcol-contrib",
    version: "0.130.0",
    module: "otelcol",
    package: ".",
    variables: {},
    // The last line that has the loki exporter, and the image that goes with the umbrella chart.
    accepts: "~0.130.0",
    probe: { args: ["--version"] },
  },
  {
    name: "otelcol-current",
    alias: "otelcol-contrib",
    version: "0.158.0",
    module: "otelcol-current",
    package: ".",
    variables: {},
    // The clouds' discoveries, which nothing here configures, are the larger part of the receiver.
    tags: ["remove_all_sd", "enable_kubernetes_sd"],
    // The image that goes with the maintained charts.
    accepts: "~0.158.0",
    probe: { args: ["--version"] },
  },
  ...STORE_TOOLS,
];

/** What the provider's main embeds; its module carries both, its release process only renames them. */
export const PROVIDER_EMBEDS: ModuleFiles = {
  module: "github.com/pulumi/pulumi-kubernetes/provider/v4",
  files: [
    "cmd/pulumi-resource-kubernetes/schema.json",
    "cmd/pulumi-resource-kubernetes/terraform-mapping.json",
  ],
};

/** kwok exits with "no stages found" unless it is given how a node and a pod come to life and end. */
export const KWOK_STAGES: ModuleFiles = {
  module: "sigs.k8s.io/kwok",
  files: [
    "kustomize/stage/node/fast/node-initialize.yaml",
    "kustomize/stage/node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
    "kustomize/stage/pod/fast/pod-ready.yaml",
    "kustomize/stage/pod/fast/pod-complete.yaml",
    "kustomize/stage/pod/fast/pod-delete.yaml",
  ],
};

export function tool(name: BuiltToolName): BuiltTool;
export function tool(name: ToolName): Tool;
export function tool(name: ToolName): Tool {
  const row = [...TOOLS, ...FOUND_TOOLS].find((candidate) => candidate.name === name);
  if (row === undefined) {
    throw new Error(`no tool is called "${name}"; sandbox/tools/tool-table.ts lists them`);
  }
  return row;
}

/** The version in what a tool prints about itself; pre-releases count as the release they precede. */
export function versionIn(output: string): string | undefined {
  return /\d+\.\d+\.\d+/.exec(output)?.[0];
}

/** Whether an installed copy that printed this will do; output without a version does not fit. */
export function fits(name: ToolName, versionOutput: string): boolean {
  const version = versionIn(versionOutput);
  return version !== undefined && semver.satisfies(version, tool(name).accepts);
}
