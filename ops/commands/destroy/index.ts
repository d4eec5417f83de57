/** `npm run destroy`: removes a stack, and says what is left of it. */
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
import { findReleases, ownOf } from "../../own";
import { openStack, readStateOf, settingOf, type Stack } from "../../stack";
import { repairCorrupt } from "../recover";
import { describeData, type Volume, volumesOf } from "./data";
import type { Destroyed } from "./pulumi-destroy";
import { type Footprint, footprintOf, going, type MadeNamespace, nodeFoldersOf } from "./footprint";
import { type Leftover, leftoversOf } from "./leftovers";
import { remove } from "./remove";
import { watchStuckNamespaces } from "./stuck-namespaces";
import { refuseForeign } from "./whose";

/** Removes a stack: shows what will go, asks, destroys, and says what is left. */
export async function destroy(context: Context): Promise<Outcome> {
  // A destroy that was killed may have left Pulumi unable to read what there is left to do.
  await repairCorrupt(context);
  const stack = await openStack(context, "destroy");
  const cluster = await openCluster(stack, context);
  const hints = hintsFor(stack, cluster);
  refuseProtected(stack, hints);
  const footprint = await lookAt(stack, cluster, context, hints).catch((error: unknown) => {
    throw whenGone(error);
  });
  const { claims } = footprint;
  const folders = nodeFoldersOf(stack);
  const volumes = await volumesOf(cluster, { namespaces: going(footprint), claims });
  let destroyed: Destroyed | undefined;
  if (stack.state.isDeployed || stack.state.pending.length > 0) {
    show(stack, cluster, { footprint, volumes, folders }, context);
    await confirm(context, `Type ${stack.name} to destroy the stack:`, stack.name);
    await confirmOthers(footprint, context);
    destroyed = await destroyWith(stack, footprint, cluster, context, hints);
    await forgetPending(stack, context);
  }
  context.progress.begin("looking for what is left");
  const left = await leftoversOf(footprint, cluster, context.signal);
  return report(stack, cluster, { destroyed, volumes, left, footprint, folders }, hints);
}

/** What there is; refuses where the state has what is not the stack's. */
async function lookAt(
  stack: Stack,
  cluster: Cluster,
  { flags }: Context,
  hints: Hints,
): Promise<Footprint> {
  const own = ownOf(stack);
  const found = await findReleases(stack, cluster, own);
  await refuseForeign(stack, cluster, found, hints);
  return footprintOf(stack, cluster, found, flags.deleteOthers === true);
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

function show(
  stack: Stack,
  cluster: Cluster,
  { footprint, volumes, folders }: Pick<Result, "folders" | "footprint" | "volumes">,
  context: Context,
): void {
  const names = going(footprint);
  const kept = keptOf(footprint);
  const taken = takenWith(footprint);
  context.say(
    [
      `${stack.title}, cluster ${cluster.context}`,
      "",
      `${count(stack.state.own.length - kept.length, "resource")} will be deleted${names.length === 0 ? "" : `, with the namespaces ${list(names)}`}.`,
      describeData(stack, volumes),
      ...(footprint.shared.length === 0
        ? []
        : [
            `Not this stack's, and they stay with what others have there: ${list(footprint.shared)}.`,
          ]),
      ...folders.map((folder) => color.yellow(describeFolder(folder))),
      ...kept.map((namespace) => color.yellow(describeKept(namespace))),
      ...taken.map(({ name, others, unseen }) =>
        color.red(
          `Not of this stack, and going with namespace ${name}: ${list([...others, ...unseen], 20)}.`,
        ),
      ),
      color.bold("It cannot be undone."),
    ].join("\n"),
  );
}

function describeFolder(folder: string): string {
  return `On each node stays the folder ${folder}, with what its collector has noted of the logs there, and what it had still to send; docs/operations.md has how to take it away.`;
}

/** Namespaces of the stack's state that stay. */
function keptOf({ namespaces }: Footprint): MadeNamespace[] {
  return namespaces.filter(({ stays }) => stays !== undefined);
}

/** Namespaces that go although not all in them is the stack's. */
function takenWith({ namespaces }: Footprint): MadeNamespace[] {
  return namespaces.filter(
    ({ stays, urn, others, unseen }) =>
      stays === undefined && urn !== undefined && others.length + unseen.length > 0,
  );
}

function whyKept({ name, stays = "", others, unseen }: MadeNamespace): string {
  const what = [...others, ...unseen.map((kind) => `unseen ${kind}`)];
  return `Namespace ${name} stays, because ${stays}${what.length === 0 ? "" : `: ${list(what, 20)}`}`;
}

function describeKept(namespace: MadeNamespace): string {
  const isEmpty = namespace.others.length + namespace.unseen.length === 0;
  const way = isEmpty ? "" : " --delete-others takes it away with all that is in it.";
  return `${whyKept(namespace)}.${way}`;
}

/** What others have goes only when somebody types that, whatever --yes has answered. */
async function confirmOthers(footprint: Footprint, context: Context): Promise<void> {
  const names = takenWith(footprint).map(({ name }) => name);
  if (context.flags.deleteOthers !== true || names.length === 0) return;
  const asked = { ...context, flags: { ...context.flags, yes: false } };
  const word = names.join(" ");
  await confirm(asked, `Type ${word} to delete what others have there:`, word);
}

/** Runs the engine; when it fails, what holds things up is named too. */
async function destroyWith(
  stack: Stack,
  footprint: Footprint,
  cluster: Cluster,
  context: Context,
  hints: Hints,
): Promise<Destroyed> {
  const watch = watchStuckNamespaces(going(footprint), cluster, (text) => {
    context.say(text);
  });
  try {
    return await remove(stack, cluster, footprint, context, hints);
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
  readonly footprint: Footprint;
  /** On each node, with what its collector had read and not sent: nothing in the cluster takes them away. */
  readonly folders: readonly string[];
}

function report(
  stack: Stack,
  cluster: Cluster,
  { destroyed, volumes, left, footprint, folders }: Result,
  { pulumi }: Hints,
): Outcome {
  const first =
    destroyed === undefined
      ? `${stack.title}, cluster ${cluster.context}: nothing is deployed.`
      : `Stack ${stack.name} is destroyed: ${count(destroyed.resources, "resource")} in ${String(destroyed.seconds)} s.`;
  const kept = destroyed === undefined ? [] : keptOf(footprint);
  const stays = kept.map((namespace) => color.yellow(`${whyKept(namespace)}.`));
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
    text: [
      first,
      ...stays,
      ...rest,
      ...(destroyed === undefined ? [] : folders.map((one) => color.yellow(describeFolder(one)))),
    ].join("\n"),
    json: {
      ...{
        stack: stack.name,
        context: cluster.context,
        destroyed,
        volumes,
        left,
        unseen,
        nodeFolders: folders,
      },
      kept: kept.map(({ name, stays: why, others }) => ({ namespace: name, why, others })),
    },
  };
}
