import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as readline from "node:readline";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import {
  ConfigureRequest,
  type ConfigureResponse,
  InvokeRequest,
  type InvokeResponse,
} from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { repositoryKind } from "../../config/charts";
import type { Cluster } from "../layer/cluster";
import { allKinds } from "../layer/discovery";
import { CliError } from "../layer/errors";
import type { KubeObject } from "../layer/objects";
import { programFolder, type Stack } from "../layer/stack";
import type { Running } from "../takeover/engine";
import type { RawResource } from "../takeover/snapshot";

/** How long the provider may take to start, in milliseconds. */
const startLimit = 30_000;

/** The inputs of a release that say what Helm renders. */
interface ReleaseInputs {
  readonly chart: string;
  readonly version?: string;
  readonly name: string;
  readonly namespace: string;
  readonly values?: object;
  readonly repositoryOpts?: { readonly repo?: string };
}

/**
 * Renders releases as the next `up` will: with the Helm inside the provider that the program uses, so
 * that users need no Helm, for the API that the cluster serves. Hooks are left out, as in Helm's own
 * record.
 *
 * @throws CliError when the provider is not installed, or a chart cannot be had
 */
export async function renderReleases(
  stack: Stack,
  cluster: Cluster,
  releases: readonly RawResource[],
  { signal }: Running,
): Promise<KubeObject[][]> {
  const capabilities = await capabilitiesOf(cluster);
  const child = spawn(providerPath(stack), ["127.0.0.1:0"], {
    stdio: ["ignore", "pipe", "ignore"],
    // It reads charts and nothing else; nobody's cluster, not even by mistake.
    env: { ...stack.access.environment, KUBECONFIG: "/dev/null" },
    signal,
  });
  try {
    const address = `127.0.0.1:${await portOf(child)}`;
    const client = new ResourceProviderClient(address, grpc.credentials.createInsecure(), {
      "grpc.max_receive_message_length": -1,
    });
    const configure = new ConfigureRequest();
    configure.setAcceptsecrets(true);
    await call<ConfigureResponse>((done) => client.configure(configure, done));
    const rendered: KubeObject[][] = [];
    for (const { inputs } of releases) {
      const options = optionsFor(inputs as unknown as ReleaseInputs, capabilities);
      rendered.push(await template(client, options));
    }
    client.close();
    return rendered;
  } finally {
    child.kill();
  }
}

/** The plugin that Pulumi has installed for the program. */
function providerPath({ access }: Stack): string {
  const manifest = require.resolve("@pulumi/kubernetes/package.json");
  const { version } = JSON.parse(fs.readFileSync(manifest, "utf8")) as { version: string };
  const name = "pulumi-resource-kubernetes";
  const home = access.environment["PULUMI_HOME"] ?? path.join(os.homedir(), ".pulumi");
  const file = path.join(home, "plugins", `resource-kubernetes-v${version}`, name);
  if (fs.existsSync(file)) return file;
  throw new CliError(`There is no ${file}.`, {
    fix: `pulumi plugin install resource kubernetes ${version}`,
  });
}

interface Capabilities {
  readonly kube_version: string;
  readonly api_versions: readonly string[];
}

async function capabilitiesOf(cluster: Cluster): Promise<Capabilities> {
  const [{ gitVersion }, kinds] = await Promise.all([
    cluster.get<{ gitVersion: string }>("/version"),
    allKinds(cluster),
  ]);
  const versions = kinds.all.flatMap(({ groupVersion, kind }) => [
    groupVersion,
    `${groupVersion}/${kind}`,
  ]);
  return { kube_version: gitVersion, api_versions: [...new Set(versions)] };
}

/** Where the provider's template function looks for a chart depends on where the chart is. */
function optionsFor(inputs: ReleaseInputs, capabilities: Capabilities): object {
  const { chart, version = "", name, namespace, values = {}, repositoryOpts } = inputs;
  const common = {
    ...capabilities,
    release_name: name,
    namespace,
    values,
    skip_crd_rendering: true,
  };
  const repo = repositoryOpts?.repo;
  if (repo !== undefined) return { ...common, chart, version, fetch_opts: { repo } };
  if (repositoryKind(chart) !== "folder") return { ...common, chart, version };
  const file = path.resolve(programFolder, chart);
  return { ...common, chart: path.basename(file), path: path.dirname(file) };
}

async function template(client: ResourceProviderClient, options: object): Promise<KubeObject[]> {
  const request = new InvokeRequest();
  request.setTok("kubernetes:helm:template");
  request.setArgs(Struct.fromJavaScript({ jsonOpts: JSON.stringify(options) }));
  const answer = await call<InvokeResponse>((done) => client.invoke(request, done));
  const { result } = (answer.getReturn()?.toJavaScript() ?? {}) as { result?: KubeObject[] };
  return (result ?? []).filter(
    ({ metadata }) => metadata.annotations?.["helm.sh/hook"] === undefined,
  );
}

async function portOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      reject(new CliError(`The Kubernetes provider ${why}.`));
    };
    const timer = setTimeout(() => {
      fail("did not start in time");
    }, startLimit);
    child.once("error", (error) => {
      fail(`cannot be run: ${error.message}`);
    });
    child.once("exit", (code) => {
      fail(`ended at once, with exit code ${String(code)}`);
    });
    if (child.stdout === null) return;
    readline.createInterface({ input: child.stdout }).once("line", (line) => {
      clearTimeout(timer);
      resolve(line.trim());
    });
  });
}

async function call<T>(
  make: (done: (error: grpc.ServiceError | null, answer: T) => void) => unknown,
): Promise<T> {
  return new Promise((resolve, reject) => {
    make((error, answer) => {
      if (error === null) resolve(answer);
      else reject(new CliError(error.details));
    });
  });
}
