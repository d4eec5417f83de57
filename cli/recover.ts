import { openCluster } from "./layer/open-cluster";
import { CliError } from "./layer/errors";
import { exitCodes } from "./layer/exit-codes";
import { hintsFor, type Hints } from "./layer/hints";
import { confirm } from "./layer/question";
import type { Context, Outcome } from "./layer/run";
import { color, count } from "./layer/screen";
import { openStack, readStateOf, type Stack } from "./layer/stack";
import type { Cluster } from "./layer/cluster";
import { examine, isSound } from "./recover/diagnosis";
import { type Holder, holdersOf } from "./recover/holders";
import { type Findings, nextSteps, planOf, showPlan } from "./recover/plan";
import { clear } from "./recover/remedies";
import { straysOn } from "./recover/strays";

/** Gets a stack past a run that was killed: nothing is deleted, and `up` converges afterwards. */
export async function recover(context: Context): Promise<Outcome> {
  const stack = await openStack(context, true);
  const cluster = await openCluster(stack, context);
  const hints = hintsFor(stack, cluster);
  const holders = await holdersOf(stack, context);
  refuseRunning(stack, holders);

  const findings: Findings = {
    holders,
    strays: straysOn(stack),
    damage: await examine(stack, cluster),
  };
  const steps = planOf(findings, new Date());
  const title = `${stack.title}, cluster ${cluster.context}`;
  if (isNothing(findings)) {
    return {
      exitCode: exitCodes.ok,
      text: `${title}\n${color.green("Nothing stands in the way of an up; nothing was changed.")}`,
      json: { stack: stack.name, context: cluster.context, found: steps, recovered: false },
    };
  }
  context.say([title, "", showPlan(steps, findings.damage), ""].join("\n"));
  await confirmAll(context, stack, holders, hints);

  const claims = await clear(stack, cluster, findings, context);
  await verify(stack, cluster, context, hints);
  return {
    exitCode: exitCodes.ok,
    text: [
      color.green(`Stack ${stack.name} is recovered; ${count(claims, "volume")} as before.`),
      nextSteps(hints),
    ].join("\n"),
    json: { stack: stack.name, context: cluster.context, found: steps, recovered: true, claims },
  };
}

function isNothing({ holders, strays, damage }: Findings): boolean {
  return holders.length === 0 && strays.length === 0 && isSound(damage);
}

/** @throws CliError when a Pulumi is at work: then nothing was interrupted */
function refuseRunning(stack: Stack, holders: readonly Holder[]): void {
  const running = holders.find(({ is }) => is === "running");
  if (running === undefined) return;
  const { pid, username, hostname } = running;
  throw new CliError(
    `Stack ${stack.name} is being changed by process ${String(pid)} of ${username}@${hostname}, which runs. Nothing was changed.`,
    { fix: "wait until it has ended, or end it with Ctrl-C where it runs; then try again" },
  );
}

/** A lock from another machine takes a yes of its own, from somebody who has looked there. */
async function confirmAll(
  context: Context,
  stack: Stack,
  holders: readonly Holder[],
  { pulumi }: Hints,
): Promise<void> {
  for (const { pid, username, hostname } of holders.filter(({ is }) => is === "elsewhere")) {
    if (context.flags.yes) {
      throw new CliError(
        `Stack ${stack.name} is locked by process ${String(pid)} of ${username}@${hostname}, and --yes cannot know whether it still runs. Nothing was changed.`,
        {
          fix: `make sure that it does not; then ${pulumi("cancel")}, and try again`,
          exitCode: exitCodes.cancelled,
        },
      );
    }
    const question = `Has process ${String(pid)} on ${hostname} ended? Type its host's name if it has:`;
    await confirm(context, question, hostname);
  }
  await confirm(context, "Type yes to do all of it:", "yes");
}

/** @throws CliError when something still stands in the way */
async function verify(
  stack: Stack,
  cluster: Cluster,
  context: Context,
  { npm }: Hints,
): Promise<void> {
  context.progress.begin("looking once more");
  const state = await readStateOf(stack, context.signal);
  const damage = await examine({ ...stack, state }, cluster);
  if (isSound(damage)) return;
  const left = planOf({ holders: [], strays: [], damage }, new Date());
  throw new CliError(
    `Not everything could be cleared:\n${left.map(({ found }) => `  ${found}`).join("\n")}`,
    { fix: `${npm("recover")} once more; if that does not help: ${npm("doctor")}` },
  );
}
