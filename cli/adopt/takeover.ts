import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import type { Cluster } from "../layer/cluster";
import { CliError } from "../layer/errors";
import { ask, explain } from "../layer/pulumi";
import type { Metadata } from "../layer/objects";
import type { Context } from "../layer/run";
import { list } from "../layer/screen";
import type { Stack } from "../layer/stack";
import { exportState, importState, refresh } from "../takeover/engine";
import { type Planned, plannedBy, secretMark } from "../takeover/program";
import { type RawResource, type Takeover, withResources } from "../takeover/snapshot";
import { patchObject } from "../takeover/writer";
import type { Adapted } from "./adapted-settings";
import { type Forecast, leavers } from "./forecast";

/** Pulumi's marks on a secret that is written in clear, and encrypted as soon as it is read. */
const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** Writes settings into a stack's file, or another one. Secrets go through standard input. */
export async function writeSettings(
  { access, name }: Stack,
  settings: readonly Adapted[],
  { signal }: Context,
  file?: string,
): Promise<void> {
  const target = ["--stack", name, ...(file === undefined ? [] : ["--config-file", file])];
  for (const { key, value, secret } of settings) {
    const kind = secret ? "--secret" : "--plaintext";
    const args = ["config", "set", `lgtm:${key}`, kind, ...target, "--non-interactive"];
    const result = await execa(access.executable, args, {
      cwd: access.folder,
      env: access.environment,
      extendEnv: false,
      input: value,
      reject: false,
      cancelSignal: signal,
    });
    if (signal.aborted) throw signal.reason;
    if (result.failed) throw explain(access, ["config", "set"], result);
  }
}

/** What the program would do with other settings; the stack's file stays as it is. */
export async function plannedWith(
  stack: Stack,
  settings: readonly Adapted[],
  context: Context,
): Promise<Planned[]> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-adopt-"));
  context.onEnd(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });
  const draft = path.join(folder, `Pulumi.${stack.name}.yaml`);
  const own = path.join(stack.access.folder, `Pulumi.${stack.name}.yaml`);
  if (fs.existsSync(own)) fs.copyFileSync(own, draft);
  await writeSettings(stack, settings, context, draft);
  return plannedBy(stack, context, draft);
}

/**
 * Takes everything over: into the state, and for objects that leave a release, out of Helm's hands.
 * When something fails, the state is as before.
 *
 * @throws CliError when the `up` that follows would replace or delete something
 */
export async function takeOver(
  stack: Stack,
  cluster: Cluster,
  all: Forecast,
  context: Context,
): Promise<void> {
  const { progress } = context;
  progress.begin("keeping what leaves its release");
  await takeFromOthers(cluster, all);
  progress.begin("noting in the state what is there");
  const snapshot = await exportState(stack, context);
  const kubeconfig = await kubeconfigOf(stack, context);
  const found = takeoversOf(all, kubeconfig);
  await importState(stack, snapshot, withResources(snapshot.deployment, found), context);
  try {
    progress.begin("reading it from the cluster");
    await refresh(stack, context);
    progress.begin("asking Pulumi what the first up will do");
    refuseReplacements(await plannedBy(stack, context), found);
  } catch (error) {
    progress.begin("putting the state back");
    await importState(stack, snapshot, snapshot.deployment, {
      signal: AbortSignal.timeout(60_000),
    });
    throw error;
  }
}

/**
 * Helm deletes what its next revision lacks, unless the object itself says no; and the server gives a
 * field to a new owner only when the old one has let go of it. Nothing else of the objects changes.
 */
async function takeFromOthers(cluster: Cluster, all: Forecast): Promise<void> {
  const leaving = new Set(leavers(all));
  for (const one of all.own) {
    if (!leaving.has(one) && !one.contested) continue;
    const { managedFields = [], resourceVersion } = one.object.metadata as Metadata & {
      resourceVersion?: string;
    };
    const keep = { annotations: { "helm.sh/resource-policy": "keep" } };
    const metadata = {
      resourceVersion,
      // Who reports how the object is stays noted.
      managedFields: managedFields.filter(({ subresource = "" }) => subresource !== ""),
      ...(leaving.has(one) && keep),
    };
    await patchObject(cluster, one.path, { metadata }, { type: "merge", manager: "lgtm-adopt" });
  }
}

async function kubeconfigOf(stack: Stack, { signal }: Context): Promise<string | undefined> {
  const key = "kubernetes:kubeconfig";
  const setting = stack.settings[key];
  if (setting?.secret !== true) return setting?.value;
  return (await ask(stack.access, ["config", "get", key, "--stack", stack.name], signal)).trim();
}

/** Everything that is there: components and the provider, which are in no cluster, come with it. */
function takeoversOf(
  { resources, own, releases }: Forecast,
  kubeconfig: string | undefined,
): Takeover[] {
  return resources.flatMap((resource): Takeover[] => {
    if (resource.type === "pulumi:providers:kubernetes")
      return [{ resource: withKubeconfig(resource, kubeconfig) }];
    if (resource.custom !== true) return [{ resource }];
    const object = own.find(({ takeover }) => takeover.resource.urn === resource.urn);
    if (object !== undefined) return object.noted ? [object.takeover] : [];
    const found = releases.find((one) => one.resource.urn === resource.urn);
    if (found === undefined) return [];
    return [{ resource, id: `${found.release.namespace}/${found.release.name}` }];
  });
}

/** The preview does not show it, and without it the provider would reach no cluster. */
function withKubeconfig(resource: RawResource, kubeconfig: string | undefined): RawResource {
  const { inputs = {} } = resource;
  if (inputs["kubeconfig"] !== secretMark || kubeconfig === undefined) return resource;
  const secret = { [signature]: secretSignature, plaintext: JSON.stringify(kubeconfig) };
  return { ...resource, inputs: { ...inputs, kubeconfig: secret } };
}

/** The engine's own word on what was forecast: what was taken over must stay. */
function refuseReplacements(planned: readonly Planned[], found: readonly Takeover[]): void {
  const taken = new Set(found.map(({ resource }) => resource.urn));
  const bad = planned.filter(({ op, urn }) => taken.has(urn) && /replace|delete|create/.test(op));
  if (bad.length === 0) return;
  const names = bad.map(({ op, urn }) => `${op} ${urn.split("::").at(-1) ?? urn}`);
  throw new CliError(`The first up would ${list(names)}. Nothing was adopted.`);
}
