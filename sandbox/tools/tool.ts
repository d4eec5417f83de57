/** What is known of a tool. */

/** Names of the executables that the sandbox and the tests can ask for. */
export type ToolName =
  | "etcd"
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kube-scheduler"
  | "kubectl"
  | "kwok"
  | "pulumi"
  | "pulumi-resource-kubernetes"
  | "helm"
  | "otelcol-contrib"
  | "loki"
  | "tempo"
  | "cortex"
  | "gofakes3"
  | "alertmanager";

/** One executable: where it is built from, and which installed copy will do instead. */
export interface Tool {
  /** File name of the executable. */
  readonly name: ToolName;
  /** Exact version that a build produces, without a leading "v". */
  readonly version: string;
  /** What go.mod requires where it is not `v` and the version: a release known by its commit only. */
  readonly moduleVersion?: string;
  /** Folder below `tools/` that holds go.mod and go.sum. Tools of one module are built together. */
  readonly module: string;
  /** Go import path of the main package; "." is the module's own. */
  readonly package: string;
  /** Linker variables (`-X key=value`) without which the executable does not know its version. */
  readonly variables: Readonly<Record<string, string>>;
  /** Build tags; default none. */
  readonly tags?: readonly string[];
  /** Semver range that an installed copy must be in to be used instead of a build. */
  readonly accepts: string;
  /**
   * How to learn an installed copy's version: arguments that make it print one, or the folder name
   * of a Pulumi plugin, whose version is in the name.
   */
  readonly probe: { readonly args: readonly string[] } | { readonly plugin: string };
}

/** Files that a build takes from a module of the build itself, below that module's root. */
export interface ModuleFiles {
  /** Go module path. */
  readonly module: string;
  /** Paths below the module's root. */
  readonly files: readonly string[];
}
