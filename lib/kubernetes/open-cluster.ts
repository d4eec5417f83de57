/** Opens the cluster that a stack's settings name. */
import * as fs from "node:fs";
import * as http from "node:http";
import type * as https from "node:https";
import * as path from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { ask, type KnownStack } from "../pulumi/pulumi";
import { CliError } from "../terminal/errors";
import { exitCodes } from "../terminal/exit-codes";
import type { Progress } from "../terminal/progress";
import type { Context } from "../terminal/run";
import { Cluster, kubectlFor } from "./cluster";
import { logIn } from "./credential-plugin";
import { proxyFor } from "./proxy";
import { type Kubeconfig, kubectlFiles, readContents, readFiles } from "./kubeconfig";

/** Loads the client library, which takes a second: not at the start, where --help would wait for it. */
export function loadClient(): typeof import("@kubernetes/client-node") {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require("@kubernetes/client-node") as typeof import("@kubernetes/client-node");
}

/** A cluster, and the official client's own view of it, which its port-forward takes. */
export interface Connection {
  readonly cluster: Cluster;
  readonly config: KubeConfig;
}

/** How a cluster is reached, as the settings of the Kubernetes provider say it. */
export interface ClusterAccess {
  /** Context of the kubeconfig; undefined is its current one, for a `kubeconfig` only. */
  readonly context?: string | undefined;
  /** A kubeconfig's path or text; undefined is kubectl's own. */
  readonly kubeconfig?: string | undefined;
}

export interface Connecting extends Pick<Context, "signal"> {
  readonly progress: Pick<Progress, "begin" | "step">;
  /** From which relative paths in settings are meant. */
  readonly folder: string;
  /** What `pulumi config set` needs to mean this stack, such as ` --stack dev`. Default: nothing. */
  readonly stackFlag?: string;
}

/**
 * Connects to the cluster that the stack's settings name, never to what kubectl points at.
 *
 * @param folder from which relative paths in settings are meant
 * @throws CliError when the settings name none, or one that is not in the kubeconfig, or when nobody
 *   can log in
 */
export async function connect(
  stack: KnownStack,
  context: Context,
  folder: string,
): Promise<Connection> {
  context.progress.begin("reading the cluster");
  const kubeconfig = await kubeconfigOf(stack, context.signal);
  const access = { context: stack.settings["kubernetes:context"]?.value, kubeconfig };
  const connection = await connectTo(access, {
    ...context,
    folder,
    stackFlag: ` --stack ${stack.name}`,
  });
  context.onEnd(() => {
    connection.cluster.close();
  });
  return connection;
}

/** The kubeconfig that the settings name, in clear; undefined when they name none. */
export async function kubeconfigOf(
  { access, name, settings }: KnownStack,
  signal: AbortSignal,
): Promise<string | undefined> {
  const key = "kubernetes:kubeconfig";
  const setting = settings[key];
  if (setting?.secret !== true) return setting?.value;
  return (await ask(access, ["config", "get", key, "--stack", name], signal)).trim();
}

/**
 * Connects to a cluster; whoever calls closes it.
 *
 * @throws CliError as {@link connect} does
 */
export async function connectTo(
  access: ClusterAccess,
  connecting: Connecting,
): Promise<Connection> {
  const config = new (loadClient().KubeConfig)();
  const { file, impersonation } = load(config, access, connecting);
  const wanted = access.context ?? "";
  if (wanted !== "") choose(config, wanted, connecting);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw unnamed(connecting);
  const original = config.users;
  const logsIn = config.getCurrentUser()?.exec !== undefined;
  throughProxy(config);
  // Before a login takes the user's place.
  const headers = impersonation.get(config.getCurrentUser()?.name ?? "") ?? {};
  const open = async (): Promise<https.RequestOptions> => {
    const options = await optionsOf(config, file, connecting);
    const own = options.headers as http.OutgoingHttpHeaders | undefined;
    return { ...options, headers: { ...own, ...headers } };
  };
  const options = await open();
  const renew = async (): Promise<https.RequestOptions> => {
    config.users = original;
    return open();
  };
  const name = config.getCurrentContext();
  const again = logsIn ? renew : undefined;
  const cluster = new Cluster(name, server, file, options, connecting.signal, again);
  return { cluster, config };
}

/** The proxy of the surroundings, where the kubeconfig names none. */
function throughProxy(config: KubeConfig): void {
  const current = config.getCurrentCluster();
  if (current?.server === undefined || (current.proxyUrl ?? "") !== "") return;
  const proxyUrl = proxyFor(new URL(current.server), process.env);
  if (proxyUrl === undefined) return;
  config.clusters = config.clusters.map((one) => (one === current ? { ...one, proxyUrl } : one));
}

async function optionsOf(
  config: KubeConfig,
  file: string | undefined,
  connecting: Connecting,
): Promise<https.RequestOptions> {
  const options: https.RequestOptions = {};
  const check = kubectlFor(config.getCurrentContext(), file, "get nodes");
  await logIn(config, check, connecting);
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    throw unusable(config.getCurrentContext(), check, error);
  }
  // Many small questions are asked at once; a connection each would cost more than the answers.
  const { agent } = options;
  if (agent instanceof http.Agent) Object.assign(agent, { keepAlive: true, maxSockets: 12 });
  return options;
}

/** What kubectl reads where it is told nothing. */
function loadKubectls(config: KubeConfig): Loaded["impersonation"] {
  const files = kubectlFiles(process.env);
  // Inside of a cluster, and on Windows beside a Linux.
  if (files === undefined) {
    config.loadFromDefault();
    return new Map();
  }
  try {
    const { text, impersonation } = readFiles(files);
    config.loadFromString(text);
    return impersonation;
  } catch (error) {
    throw new CliError(`kubectl's kubeconfig: ${(error as Error).message}.`, {
      fix: "check with: kubectl config view",
      exitCode: exitCodes.unreachable,
      cause: error,
    });
  }
}

interface Loaded extends Pick<Kubeconfig, "impersonation"> {
  /** The file that the settings name. */
  readonly file: string | undefined;
}

function load(
  config: KubeConfig,
  { context, kubeconfig: given }: ClusterAccess,
  connecting: Connecting,
): Loaded {
  if (given === undefined) {
    if ((context ?? "") === "") throw unnamed(connecting);
    return { file: undefined, impersonation: loadKubectls(config) };
  }
  const key = "kubernetes:kubeconfig";
  const contents = /[\n{]/.test(given);
  const file = path.resolve(connecting.folder, given);
  try {
    const { text, impersonation } = contents
      ? readContents(given, connecting.folder)
      : readContents(fs.readFileSync(file, "utf8"), path.dirname(file));
    config.loadFromString(text);
    return { file: contents ? undefined : file, impersonation };
  } catch (error) {
    // The text itself holds credentials and is not repeated.
    const reason =
      (error as NodeJS.ErrnoException).code === "ENOENT"
        ? "there is no such file"
        : "it cannot be read as a kubeconfig";
    const what = contents ? key : `${key} = ${given}`;
    throw new CliError(`${what}: ${reason}.`, {
      fix: `pulumi config set ${key} <path>${connecting.stackFlag ?? ""}`,
      exitCode: exitCodes.usage,
      cause: error,
    });
  }
}

function choose(config: KubeConfig, wanted: string, { stackFlag = "" }: Connecting): void {
  const known = config.getContexts().map(({ name }) => name);
  if (known.includes(wanted)) {
    config.setCurrentContext(wanted);
    return;
  }
  const others = known.length === 0 ? "it has none" : `it has ${known.join(", ")}`;
  throw new CliError(
    `kubernetes:context = ${wanted}: the kubeconfig has no such context; ${others}.`,
    {
      fix: `pulumi config set kubernetes:context <name>${stackFlag}`,
      exitCode: exitCodes.usage,
    },
  );
}

function unnamed({ stackFlag = "" }: Connecting): CliError {
  return new CliError(
    `The stack${stackFlag.replace(" --stack", "")} does not say which cluster it is for: kubernetes:context is not set.`,
    {
      fix: `pulumi config set kubernetes:context <name>${stackFlag}, one of: kubectl config get-contexts -o name`,
      exitCode: exitCodes.usage,
    },
  );
}

function unusable(context: string, check: string, cause: unknown): CliError {
  const words = cause instanceof Error ? cause.message : String(cause);
  return new CliError(`Context ${context} of the kubeconfig cannot be used: ${words}`, {
    fix: `check with: ${check}`,
    exitCode: exitCodes.unreachable,
    cause,
  });
}
