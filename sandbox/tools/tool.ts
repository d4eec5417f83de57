/** What is known of a tool. */

/** Names of the executables that are built where no installed copy will do. */
export type BuiltToolName =
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
  | "otelcol-current"
  | "cortex"
  | "gofakes3"
  | "alertmanager";

/** Names of the executables that are found or not there: nothing here builds them. */
export type FoundToolName =
  "loki" | "loki-3.7" | "mimir-2.17" | "mimir-3.0" | "tempo" | "tempo-2.10";

/** Names of the executables that the sandbox and the tests can ask for. */
export type ToolName = BuiltToolName | FoundToolName;

/** One executable, and which installed copy will do. */
interface Executable {
  readonly name: ToolName;
  /** Another file name of an installed copy, looked for where none of the first has a version that fits. */
  readonly alias?: string;
  /** Semver range that an installed copy must be in to be used. */
  readonly accepts: string;
  /**
   * How to learn an installed copy's version: arguments that make it print one, or the folder name
   * of a Pulumi plugin, whose version is in the name.
   */
  readonly probe: { readonly args: readonly string[] } | { readonly plugin: string };
}

/** One that has to be installed, because its licence keeps its module out of `tools/`. */
export interface FoundTool extends Executable {
  readonly name: FoundToolName;
  /** What to install, as it stands after "install ". */
  readonly install: string;
  /** The image that holds it, with its registry, as the charts have it; what it starts is the program. */
  readonly image: string;
}

/** One that is built where no installed copy will do, and where from. */
export interface BuiltTool extends Executable {
  readonly name: BuiltToolName;
  /** Exact version that a build produces, without a leading "v". */
  readonly version: string;
  /** Folder below `tools/` that holds go.mod and go.sum. */
  readonly module: string;
  /** Tools of one group are built together; default the module's. */
  readonly group?: string;
  /** Go import path of the main package; "." is the module's own, "./x" a folder of it. */
  readonly package: string;
  /** Linker variables (`-X key=value`) without which the executable does not know its version. */
  readonly variables: Readonly<Record<string, string>>;
  /** Build tags; default none. */
  readonly tags?: readonly string[];
}

export type Tool = BuiltTool | FoundTool;

/** Files that a build takes from a module of the build itself, below that module's root. */
export interface ModuleFiles {
  /** Go module path. */
  readonly module: string;
  /** Paths below the module's root. */
  readonly files: readonly string[];
}
