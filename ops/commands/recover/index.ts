/** `npm run recover`: gets a stack past a run that was killed. */
import * as fs from "node:fs";
import { CliError } from "../../../lib/terminal/errors";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import { confirm } from "../../../lib/terminal/question";
import type { Context, Outcome } from "../../../lib/terminal/run";
import { color, count } from "../../../lib/terminal/screen";
import { openCluster } from "../../cluster";
import { hintsFor, type Hints } from "../../hints";
import { openStack, pulumiHint, type Stack } from "../../stack";
import { locate, corruptAttributeFiles } from "./corrupt-attributes";
import { type Damage, examine, isSound } from "./diagnosis";
import { type Holder, holdersOf, refuseRunning } from "./holders";
import { orphanedProvidersOn } from "./orphaned-providers";
import {
  type Findings,
  nextSteps,
  planOf,
  showPlan,
  showSteps,
  type Step,
  corruptStep,
} from "./steps";
import { clear } from "./remedies";

/** Gets a stack past a run that was killed: nothing is deleted, and `up` converges afterwards. */
export async function recover(context: Context): Promise<Outcome> {
  const repaired = await repairCorrupt(context);
  const stack = await openStack(context, "recover");
  const cluster = await openCluster(stack, context);
  const hints = hintsFor(stack, cluster);
  const seen = holdersOf(stack);
  const holders = seen ?? [];
  refuseRunning(stack, holders);

  const findings: Findings = {
    holders,
    orphans: orphanedProvidersOn(stack),
    damage: await examine(stack, cluster),
  };
  const steps = planOf(findings, new Date());
  const title = `${stack.title}, cluster ${cluster.context}`;
  const json = { stack: stack.name, context: cluster.context, found: [...repaired, ...steps] };
  if (isNothing(findings) && repaired.length === 0) {
    const text =
      steps.length > 0
        ? `${showSteps(steps)}\nThere is nothing to recover, and an up would be refused; nothing was changed. More: ${hints.npm("doctor")}`
        : seen === undefined
          ? unseenLocks(hints)
          : color.green("Nothing stands in the way of an up; nothing was changed.");
    return {
      exitCode: exitCodes.ok,
      text: `${title}\n${text}`,
      json: { ...json, recovered: false, locksSeen: seen !== undefined },
    };
  }
  if (steps.length > 0) {
    context.say([title, "", showPlan(steps, findings.damage), ""].join("\n"));
    await confirmAll(context, stack, holders, hints);
  }

  const left = await clear(stack, cluster, findings, context);
  refuseLeft(left, hints);
  const claims = left.claims.length;
  const volumes = claims === 0 ? "" : `; ${count(claims, "volume")} as before`;
  return {
    exitCode: exitCodes.ok,
    text: [color.green(`Stack ${stack.name} is recovered${volumes}.`), nextSteps(hints)].join("\n"),
    json: { ...json, recovered: true, claims },
  };
}

/**
 * Makes Pulumi able to read the stack again, without which nothing else can be found out.
 *
 * @returns what was done, nothing in nearly all cases
 */
export async function repairCorrupt(context: Context): Promise<Step[]> {
  const location = await locate(context);
  const files = location === undefined ? [] : corruptAttributeFiles(location);
  if (location === undefined || files.length === 0) return [];
  const holders = holdersOf(location) ?? [];
  refuseRunning(location, holders);
  const steps = [corruptStep(files)];
  context.say(`Stack ${location.name}\n\n${showSteps(steps)}\n`);
  await confirmAll(context, location, holders, {
    pulumi: (command) => pulumiHint(location, command),
  });
  for (const file of files) fs.rmSync(file, { force: true });
  return steps;
}

function isNothing({ holders, orphans, damage }: Findings): boolean {
  return holders.length === 0 && orphans.length === 0 && isSound(damage);
}

function unseenLocks({ pulumi }: Hints): string {
  return [
    "Nothing stands in the way of an up, unless the stack is locked, which this backend does not tell. Nothing was changed.",
    `If up says that it is locked, and no Pulumi is at work on it anywhere: ${pulumi("cancel")}`,
  ].join("\n");
}

/** A lock from another machine takes a yes of its own, from somebody who has looked there. */
async function confirmAll(
  context: Context,
  stack: Pick<Stack, "name">,
  holders: readonly Holder[],
  { pulumi }: Pick<Hints, "pulumi">,
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
function refuseLeft(damage: Damage, { npm }: Hints): void {
  if (isSound(damage)) return;
  const left = planOf({ holders: [], orphans: [], damage }, new Date());
  throw new CliError(
    `Not everything could be cleared:\n${left.map(({ found }) => `  ${found}`).join("\n")}`,
    { fix: `${npm("recover")} once more; if that does not help: ${npm("doctor")}` },
  );
}
