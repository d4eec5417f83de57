/** The stack that a command works on, with its settings and state. */
import type { ChartSet } from "../config/charts";
import { settingsSchema } from "../config/schema";
import { chartSetOfReleases, signalReleaseNames, storeReleaseNames } from "../config/services";
import type { ReleasePlace } from "../lib/helm/release";
import { projectRoot } from "../lib/project-root";
import {
  ask,
  backendFolderOf,
  type KnownStack,
  ownPulumi,
  type PulumiAccess,
} from "../lib/pulumi/pulumi";
import { meansLocal } from "../lib/pulumi/stack-name";
import { type Export, nameOf, State } from "../lib/pulumi/state";
import { CliError } from "../lib/terminal/errors";
import { exitCodes } from "../lib/terminal/exit-codes";
import type { Context } from "../lib/terminal/run";
import { sandboxPulumi, sandboxStack } from "./sandbox-access";

export interface Stack extends KnownStack {
  readonly state: State;
  /** "Stack dev of the sandbox in /home/me/lgtm/.sandbox" */
  readonly title: string;
}

/**
 * Finds the stack that is meant and reads what Pulumi knows of it: the sandbox's, when one runs and
 * it is that stack or none was named, else the user's own. Nothing is decrypted.
 *
 * @param changedBy the command's name, if it will change the stack: "destroy"
 * @throws CliError when there is no such stack, or Pulumi cannot be reached
 */
export async function openStack(context: Context, changedBy?: string): Promise<Stack> {
  context.progress.begin("reading the stack");
  const { access, name } = await accessTo(context, changedBy);
  const target = ["--stack", name];
  const [settings, state, backendFolder] = await Promise.all([
    ask(access, ["config", "--json", ...target], context.signal),
    ask(access, ["stack", "export", ...target], context.signal),
    backendFolderOf(access, context.signal),
  ]);
  return {
    name,
    access: { ...access, backendFolder },
    settings: JSON.parse(settings) as Stack["settings"],
    state: new State(JSON.parse(state) as Export),
    title: `Stack ${name} ${access.description}`,
  };
}

/** Reads the state again, after something has changed it. */
export async function readStateOf(stack: Stack, signal: AbortSignal): Promise<State> {
  const text = await ask(stack.access, ["stack", "export", "--stack", stack.name], signal);
  return new State(JSON.parse(text) as Export);
}

/** A pulumi command as the user types it for this stack. */
export function pulumiHint(
  { access, name }: Pick<Stack, "access" | "name">,
  command: string,
): string {
  return access.kind === "sandbox"
    ? `npm run pulumi -- ${command}`
    : `pulumi ${command} --stack ${name}`;
}

async function accessTo(
  context: Context,
  changedBy: string | undefined,
): Promise<{ access: PulumiAccess; name: string }> {
  if (context.on !== undefined) return context.on;
  const { stack: asked, sandbox: allowed } = context.flags;
  const sandbox = allowed ? sandboxStack() : undefined;
  const meant =
    sandbox !== undefined && (asked === undefined || meansLocal(asked, sandbox.state.stack));
  if (meant && sandbox.runs) {
    const access = sandboxPulumi(sandbox, context, changedBy);
    return { access, name: sandbox.state.stack };
  }
  const access = ownPulumi(projectRoot);
  try {
    if (asked !== undefined)
      await ask(access, ["stack", "--show-name", "--stack", asked], context.signal);
    const name = asked ?? (await ask(access, ["stack", "--show-name"], context.signal)).trim();
    return { access, name };
  } catch (error) {
    throw sandbox === undefined ? error : elsewhere(sandbox, error);
  }
}

/** There is no such stack, but there is a sandbox: most likely that one was meant. */
function elsewhere(
  { state, runs }: { readonly state: { readonly stack: string }; readonly runs: boolean },
  cause: unknown,
): CliError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new CliError(
    `${why} The sandbox holds stack ${state.stack}${runs ? "" : ", and does not run"}.`,
    {
      fix: runs
        ? `--stack ${state.stack}`
        : `npm run sandbox -- --stack ${state.stack}, then try again`,
      exitCode: exitCodes.noStack,
      cause,
    },
  );
}

/** A setting of the program in clear; undefined when it has none or is a secret. */
export function settingOf(stack: Pick<Stack, "settings">, key: string): string | undefined {
  return stack.settings[`lgtm:${key}`]?.value;
}

/** Which charts the stack is deployed with; before its first `up`, which ones its settings name. */
export function chartSetOf(stack: Pick<Stack, "settings" | "state">): ChartSet {
  const { releases, pending } = stack.state;
  const begun = pending
    .map(({ resource }) => resource)
    .filter(({ type }) => /:Release$/.test(type));
  const names = [...releases, ...begun].map(nameOf);
  const deployed = chartSetOfReleases(names);
  return deployed ?? (settingOf(stack, "chartSet") === "umbrella" ? "umbrella" : "maintained");
}

/** Whether the settings ask for the cluster's own signals. */
function hasSignals(stack: Pick<Stack, "settings">): boolean {
  const parsed = settingsSchema.shape.clusterSignals.safeParse(
    settingOf(stack, "clusterSignals") ?? "{}",
  );
  return parsed.success && parsed.data !== undefined;
}

/** Where the settings say that the Helm releases are: to look there, since what is there may be anybody's. */
export function namedReleases(stack: Pick<Stack, "settings" | "state">): ReleasePlace[] {
  return (["lgtm", "otelCollector"] as const).flatMap((part) => {
    const [named, namespace] = [
      settingOf(stack, `${part}ReleaseName`),
      settingOf(stack, `${part}Namespace`),
    ];
    if (named === undefined || namespace === undefined) return [];
    const names = part === "lgtm" ? storeReleaseNames(named, chartSetOf(stack)) : [named];
    const places = names.map((name) => ({ name, namespace }));
    if (part === "lgtm" || !hasSignals(stack)) return places;
    const signals = signalReleaseNames(named);
    const nodes = settingOf(stack, "nodeCollectorNamespace");
    return [
      ...places,
      { name: signals.cluster, namespace },
      ...(nodes === undefined ? [] : [{ name: signals.node, namespace: nodes }]),
    ];
  });
}

/** Namespaces that the settings name: to look there, since they may be anybody's. */
export function namedNamespaces(stack: Pick<Stack, "settings">): string[] {
  const demo = settingOf(stack, "demoEnabled") === "true" ? ["demoNamespace"] : [];
  const signals = hasSignals(stack) ? ["nodeCollectorNamespace"] : [];
  const named = ["lgtmNamespace", "otelCollectorNamespace", ...signals, ...demo].flatMap(
    (key) => settingOf(stack, key) ?? [],
  );
  return [...new Set(named)];
}

/** Namespaces that the settings say were there before the stack, and stay. */
export function existingNamespaces(stack: Pick<Stack, "settings">): string[] {
  try {
    const names: unknown = JSON.parse(settingOf(stack, "existingNamespaces") ?? "[]");
    return Array.isArray(names) ? names.map(String) : [];
  } catch {
    // Checked where settings are.
    return [];
  }
}

export function madeNamespaces({ state }: Pick<Stack, "state">): string[] {
  return state.objects
    .filter(({ type }) => type === "kubernetes:core/v1:Namespace")
    .flatMap(({ id }) => id ?? []);
}
