import { readRelease } from "../../../lib/helm/release";
import type { Cluster } from "../../../lib/kubernetes/cluster";
import { ask } from "../../../lib/pulumi/pulumi";
import { titleOf } from "../../../lib/pulumi/state";
import { asCliError, CliError } from "../../../lib/terminal/errors";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import { confirm } from "../../../lib/terminal/question";
import type { Context, Outcome } from "../../../lib/terminal/run";
import { color, count, list } from "../../../lib/terminal/screen";
import { openCluster } from "../../cluster";
import { type Hints, hintsFor } from "../../hints";
import {
  namespacesOf,
  openStack,
  readStateOf,
  releasesOf,
  settingOf,
  type Stack,
} from "../../stack";
import { describeData, type Volume, volumesIn } from "./data";
import { type Destroyed, runDestroy } from "./engine";
import { type Footprint, type Leftover, leftoversOf } from "./leftovers";
import { watchStuckNamespaces } from "./stuck-namespaces";
import { unmanagedWorkloadsIn } from "./unmanaged-workloads";

/** Removes a stack: shows what will go, asks, destroys, and says what is left. */
export async function destroy(context: Context): Promise<Outcome> {
  const stack = await openStack(context, "destroy");
  const cluster = await openCluster(stack, context);
  const hints = hintsFor(stack, cluster);
  refuseProtected(stack, hints);
  const footprint = await footprintOf(stack, cluster).catch((error: unknown) => {
    throw whenGone(error);
  });
  const volumes = await volumesIn(cluster, footprint.namespaces);
  let destroyed: Destroyed | undefined;
  if (stack.state.isDeployed || stack.state.pending.length > 0) {
    await show(stack, cluster, footprint, volumes, context);
    await confirm(context, `Type ${stack.name} to destroy the stack:`, stack.name);
    destroyed = await destroyWith(stack, footprint, cluster, context, hints);
    await forgetPending(stack, context);
  }
  context.progress.begin("looking for what is left");
  const left = await leftoversOf(footprint, cluster, context.signal);
  return report(stack, cluster, { destroyed, volumes, left }, hints);
}

/**
 * Refuses before anything is asked or touched; Pulumi itself would delete what is not protected first.
 *
 * @throws CliError with the way on
 */
function refuseProtected({ state, settings, name }: Stack, { pulumi, npm }: Hints): void {
  const held = state.protectedResources;
  if (held.length === 0) return;
  const asked = settingOf({ settings }, "protectData") === "true";
  const first = asked ? `${pulumi("config set lgtm:protectData false")}, then ` : "";
  throw new CliError(
    `Stack ${name} protects its data (lgtm:protectData): ${list(held.map(titleOf))} must not be deleted. Nothing was changed.`,
    {
      fix: `to remove everything on purpose: ${first}${pulumi("up")}, which takes the protection away, then ${npm("destroy")}`,
      exitCode: exitCodes.protected,
    },
  );
}

async function footprintOf(stack: Stack, cluster: Cluster): Promise<Footprint> {
  const releases = releasesOf(stack);
  const namespaces = namespacesOf(stack);
  const installed = await Promise.all(releases.map(async (place) => readRelease(cluster, place)));
  const elsewhere = installed
    .flatMap((release) => release?.objects ?? [])
    .filter(
      ({ metadata }) =>
        metadata.namespace !== undefined && !namespaces.includes(metadata.namespace),
    );
  return { releases, namespaces, elsewhere };
}

async function show(
  stack: Stack,
  cluster: Cluster,
  { namespaces }: Footprint,
  volumes: readonly Volume[],
  context: Context,
): Promise<void> {
  const unmanaged = await unmanagedWorkloadsIn(namespaces, stack, cluster);
  context.say(
    [
      `${stack.title}, cluster ${cluster.context}`,
      "",
      `${count(stack.state.own.length, "resource")} will be deleted, with the namespaces ${list(namespaces)}.`,
      describeData(stack, volumes),
      ...(unmanaged.length === 0
        ? []
        : [color.red(`Not of this stack, and going with its namespaces: ${list(unmanaged)}.`)]),
      color.bold("It cannot be undone."),
    ].join("\n"),
  );
}

/** Runs the engine; when it fails, what holds things up is named too. */
async function destroyWith(
  stack: Stack,
  footprint: Footprint,
  cluster: Cluster,
  context: Context,
  hints: Hints,
): Promise<Destroyed> {
  const watch = watchStuckNamespaces(footprint.namespaces, cluster, (text) => {
    context.say(text);
  });
  try {
    return await runDestroy(stack, context, hints);
  } catch (error) {
    const failure = asCliError(error);
    if (context.signal.aborted) {
      const why = failure.message.replace(/; nothing was left running\.$|\.$/, "");
      throw new CliError(
        [
          `${why}; Pulumi has ended what it was at, and nothing was left running.`,
          ...watch.stop(),
        ].join("\n"),
        {
          fix: `${hints.npm("destroy")} goes on where this one ended`,
          exitCode: failure.exitCode,
        },
      );
    }
    const left = await leftoversOf(footprint, cluster, context.signal).catch(() => []);
    // What cannot end is what it waited for.
    const held = left.filter(
      ({ object, why }) => why.startsWith("is ") && !object.startsWith("pod "),
    );
    if (held.length > 0) context.say(held.map(({ object, why }) => `${object} ${why}`).join("\n"));
    throw failure;
  } finally {
    watch.stop();
  }
}

/** Without its cluster a stack can only be forgotten, and that takes other commands. */
function whenGone(error: unknown): unknown {
  if (!(error instanceof CliError) || error.exitCode !== exitCodes.unreachable) return error;
  return new CliError(error.message, {
    fix: 'start it; if it is gone for good: docs/operations.md, section "When the cluster is already gone"',
    exitCode: error.exitCode,
    cause: error,
  });
}

/**
 * Makes Pulumi forget what a killed run was creating: it would warn of it for ever. What came of it is
 * gone with its namespace, or listed as left.
 */
async function forgetPending(stack: Stack, context: Context): Promise<void> {
  const { pending } = await readStateOf(stack, context.signal);
  if (pending.length === 0) return;
  const args = ["refresh", "--clear-pending-creates", "--yes", "--skip-preview"];
  await ask(stack.access, [...args, "--stack", stack.name], context.signal);
}

interface Result {
  readonly destroyed: Destroyed | undefined;
  readonly volumes: readonly Volume[];
  readonly left: readonly Leftover[];
}

function report(
  stack: Stack,
  cluster: Cluster,
  { destroyed, volumes, left }: Result,
  { pulumi }: Hints,
): Outcome {
  const first =
    destroyed === undefined
      ? `${stack.title}, cluster ${cluster.context}: nothing is deployed.`
      : `Stack ${stack.name} is destroyed: ${count(destroyed.resources, "resource")} in ${String(destroyed.seconds)} s.`;
  const unseen = cluster.forbidden;
  const rest =
    left.length === 0 && unseen.length > 0
      ? [
          color.yellow("Whether anything of it is left is not known:"),
          ...unseen.slice(0, 6).map((words) => `  ${words}`),
        ]
      : left.length === 0
        ? [
            color.green("Nothing of it is left in the cluster."),
            `Its settings and its history are kept; ${pulumi(`stack rm --preserve-config`)} forgets the history.`,
          ]
        : [
            color.red(`${count(left.length, "object")} left in the cluster:`),
            ...left.map(({ object, why, remove }) =>
              [`  ${object} (${why})`, ...(remove === undefined ? [] : [`      ${remove}`])].join(
                "\n",
              ),
            ),
          ];
  return {
    exitCode:
      left.length > 0
        ? exitCodes.leftovers
        : unseen.length > 0
          ? exitCodes.unreachable
          : exitCodes.ok,
    text: [first, ...rest].join("\n"),
    json: { stack: stack.name, context: cluster.context, destroyed, volumes, left, unseen },
  };
}
