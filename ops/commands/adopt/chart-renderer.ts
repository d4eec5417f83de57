/** Renders releases with the Helm inside the Kubernetes provider. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { InvokeRequest, type InvokeResponse } from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { repositoryKind } from "../../../config/charts";
import type { Cluster } from "../../../lib/kubernetes/cluster";
import { allKinds } from "../../../lib/kubernetes/discovery";
import type { KubeObject } from "../../../lib/kubernetes/objects";
import { projectRoot } from "../../../lib/project-root";
import { call, startProviderProcess } from "../../../lib/pulumi/provider-process";
import { CliError } from "../../../lib/terminal/errors";
import { type Stack } from "../../stack";
import type { Running } from "../../takeover/stack-state";
import type { RawResource } from "../../takeover/snapshot";

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
  // It reads charts and nothing else.
  const provider = await startProviderProcess(
    providerPath(stack),
    stack.access.environment,
    signal,
  );
  try {
    const rendered: KubeObject[][] = [];
    for (const { inputs } of releases) {
      const options = optionsFor(inputs as unknown as ReleaseInputs, capabilities);
      rendered.push(await template(provider.client, options));
    }
    return rendered;
  } finally {
    provider.close();
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
  const file = path.resolve(projectRoot, chart);
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
