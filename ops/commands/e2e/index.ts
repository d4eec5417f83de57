/** `npm run e2e`: shows on a cluster that everything works, from `up` to `destroy`. */
import * as fs from "node:fs";
import type { HasMetadata } from "../../../lib/kubernetes/objects";
import type { Cluster } from "../../../lib/kubernetes/cluster";
import { namesOf } from "../../../config/names";
import { explain, run as runPulumi } from "../../../lib/pulumi/pulumi";
import { ApiError, asCliError, CliError } from "../../../lib/terminal/errors";
import { type ExitCode, exitCodes } from "../../../lib/terminal/exit-codes";
import type { Context, Outcome } from "../../../lib/terminal/run";
import { color, count, duration } from "../../../lib/terminal/screen";
import { settingsWith } from "../../settings-with";
import { openStack } from "../../stack";
import { writeSettings } from "../adopt/settings-file";
import { recover } from "../recover";
import { QueryError } from "../verify/stores";
import { Unreachable } from "../verify/transport/http-endpoint";
import {
  forgetNotes,
  type Notes,
  openPlace,
  type Place,
  readNotes,
  stackName,
  type StepRecord,
} from "./place";
import { askedBy, type E2eFlags, folderOf, fromUser, planOf } from "./plan";
import { clusterScoped, refuseOccupied } from "./refusals";
import { reportOf, writeReport } from "./report";
import { connectRun, type Plan, Run } from "./run";
import { lastStep, type Step, type StepEnd, steps } from "./steps";

/** Runs all steps on a cluster, or goes on with a run that was stopped there. */
export async function e2e(context: Context): Promise<Outcome> {
  const flags = context.flags as E2eFlags;
  const plan = planOf(flags);
  if (flags.context === undefined && flags.cleanup !== true)
    throw new CliError(
      "Which cluster? --context is not given, and kubectl's current one is never taken.",
      {
        fix: "npm run e2e -- --context <name>, one of: kubectl config get-contexts -o name",
        exitCode: exitCodes.usage,
      },
    );
  if (flags.cleanup === true && !fs.existsSync(folderOf(flags))) return nothingToClean(flags);
  const place = await openPlace(folderOf(flags), context);
  const known = readNotes(place);
  if (flags.cleanup === true) return cleanUp(place, plan, known, context);
  const run =
    known === undefined
      ? await begin(place, plan, context)
      : await resume(place, plan, known, context);
  return work(run).catch((error: unknown) => {
    throw whenStopped(error, run);
  });
}

/** A run that was stopped says how it goes on. */
function whenStopped(error: unknown, { context, notes }: Run): unknown {
  if (!context.signal.aborted) return error;
  const { message, exitCode } = asCliError(context.signal.reason);
  return new CliError(
    `${message.replace(/\.$/, "")}, after ${count(notes.steps.length, "step")}. What was made is still there.`,
    {
      fix: "the same command again goes on where this one ended; npm run e2e -- --cleanup takes away what was made",
      exitCode,
    },
  );
}

function nothingToClean(flags: E2eFlags): Outcome {
  const text = `There is nothing in ${folderOf(flags)}: no run was stopped there.`;
  return { exitCode: exitCodes.ok, text, json: { ok: true, steps: [] } };
}

/** Looks whether the cluster is free, and notes that the run has begun. */
async function begin(place: Place, plan: Plan, context: Context): Promise<Run> {
  await writeAll(place, plan, context);
  const connection = await connectRun(place, context);
  const { cluster } = connection;
  const notes: Notes = {
    version: 1,
    context: cluster.context,
    server: cluster.server,
    cluster: await idOf(cluster),
    chartSet: plan.chartSet,
    asked: askedBy(plan),
    began: new Date().toISOString(),
    resumed: 0,
    before: [],
    steps: [],
    facts: { standIns: place.standIns },
  };
  const run = new Run(place, plan, context, connection, notes);
  // The demo comes later: what is in its way is said now.
  const settings = settingsWith(await run.stack(), { demoEnabled: "true" });
  context.progress.begin("looking whether the cluster is free");
  await refuseOccupied(cluster, namesOf(settings));
  run.write({ ...notes, before: await clusterScoped(cluster) });
  context.say(`Cluster ${cluster.context}, ${askedBy(plan)}`);
  return run;
}

/** Takes a run up that was stopped. */
async function resume(place: Place, plan: Plan, known: Notes, context: Context): Promise<Run> {
  const connection = await connectRun(place, context);
  const { cluster } = connection;
  const asked = askedBy(plan);
  const flags = context.flags as E2eFlags;
  await refuseOther(cluster, known, place);
  if (known.asked !== asked || known.context !== flags.context)
    throw new CliError(
      [
        `A run that was asked for in another way was stopped in ${place.paths.root}. Nothing was changed.`,
        `  then: context ${known.context}, ${known.asked}`,
        `  now:  context ${flags.context ?? ""}, ${asked}`,
      ].join("\n"),
      {
        fix: "take away what it left: npm run e2e -- --cleanup; or ask as then",
        exitCode: exitCodes.problem,
      },
    );
  const run = new Run(place, plan, context, connection, known);
  const stack = await run.stack();
  if (!stack.state.isDeployed && stack.state.pending.length === 0) {
    // Nothing of ours is there, so that whatever is there is somebody's.
    context.progress.begin("looking whether the cluster is free");
    await refuseOccupied(cluster, namesOf(await run.settings()));
  } else {
    await recover(run.quiet());
  }
  run.write({ ...known, resumed: known.resumed + 1 });
  context.say(
    `Cluster ${cluster.context}: going on with the run that began at ${known.began}, after ${count(known.steps.length, "step")}`,
  );
  return run;
}

/** A cluster of the same name may be another one by now. */
async function refuseOther(cluster: Cluster, known: Notes, place: Place): Promise<void> {
  if ((await idOf(cluster)) === known.cluster) return;
  throw new CliError(
    `A run was stopped in ${place.paths.root}, and context ${known.context} leads to another cluster than then. Nothing was changed.`,
    {
      fix: `if that cluster is gone for good: rm -r ${place.paths.root}`,
      exitCode: exitCodes.problem,
    },
  );
}

async function idOf(cluster: Cluster): Promise<string> {
  const { metadata } = await cluster.get<HasMetadata>("/api/v1/namespaces/kube-system");
  return metadata.uid ?? "";
}

/** Settings of the run's own stack, from nothing: an earlier run may have been asked for in another way. */
async function writeAll(place: Place, plan: Plan, context: Context): Promise<void> {
  const { context: name = "", kubeconfig } = context.flags as E2eFlags;
  const stack = await openStack({ ...context, on: { name: stackName, access: place.access } });
  if (stack.state.isDeployed || stack.state.pending.length > 0)
    throw new CliError(
      `The stack in ${place.paths.root} is deployed, and the notes of its run are gone. Nothing was changed.`,
      { fix: "npm run e2e -- --cleanup", exitCode: exitCodes.problem },
    );
  context.progress.begin("writing the settings");
  forgetNotes(place);
  const config = async (key: string, value: string): Promise<void> => {
    const args = ["config", "set", key, "--plaintext", "--stack", stackName];
    const result = await runPulumi(place.access, args, context.signal, { input: value });
    if (result.failed) throw explain(place.access, ["config", "set"], result);
  };
  await config("kubernetes:context", name);
  if (kubeconfig !== undefined) await config("kubernetes:kubeconfig", fromUser(kubeconfig));
  await config("pulumi:disable-default-providers", '["kubernetes"]');
  const changed = new Set(plan.before.map(({ key }) => key));
  await writeSettings(
    stack,
    [
      ...plan.settings.filter(({ key }) => !changed.has(key)),
      ...plan.before,
      { key: "demoEnabled", value: "false", secret: false },
    ],
    context,
  );
}

/** Runs what is left to do. */
async function work(run: Run): Promise<Outcome> {
  const done = new Set(run.notes.steps.map(({ id }) => id));
  let isBroken = run.notes.steps.some(
    ({ id, status }) =>
      status === "failed" && steps.find((one) => one.id === id)?.isNeeded === true,
  );
  for (const step of steps) {
    if (done.has(step.id)) continue;
    const end = isBroken
      ? record(run, step, 0, { status: "not-run", note: "the stack did not come up" })
      : await runStep(run, step);
    isBroken ||= end.status === "failed" && step.isNeeded === true;
  }
  if (run.plan.keep) record(run, lastStep, 0, { status: "not-run", note: "--keep" });
  else await runStep(run, lastStep);
  return end(run);
}

async function runStep(run: Run, step: Step): Promise<StepRecord> {
  const { context } = run;
  const spent = (run.notes.facts["spent"] ?? {}) as Readonly<Record<string, number>>;
  const began = performance.now();
  const seconds = () => (spent[step.id] ?? 0) + (performance.now() - began) / 1000;
  context.progress.begin(step.title);
  let end: StepEnd;
  try {
    end = await step.work(run);
  } catch (error) {
    // Stopped, not failed: it is gone on with by the next run.
    if (run.signal.aborted) run.keep({ spent: { ...spent, [step.id]: seconds() } });
    run.signal.throwIfAborted();
    end = endOf(error);
  }
  return record(run, step, seconds(), end);
}

function endOf(error: unknown): StepEnd {
  if (error instanceof Unreachable && error.obstacle === "simulated")
    return { status: "not-run", note: error.message };
  if (error instanceof Unreachable || error instanceof QueryError || error instanceof ApiError)
    return { status: "failed", note: error.message };
  const { message, fix } = asCliError(error);
  const [first = "", ...rest] = message.split("\n");
  return {
    status: "failed",
    note: first,
    details: [...rest, ...(fix === undefined ? [] : [`fix: ${fix}`])],
  };
}

const signs: Readonly<Record<StepRecord["status"], string>> = {
  passed: color.green("✔"),
  failed: color.red("✖"),
  "not-run": color.yellow("-"),
};

function record(run: Run, { id, title }: Step, seconds: number, end: StepEnd): StepRecord {
  const { status, note, details = [] } = end;
  const made = { id, title, status, note, details, seconds: Math.round(seconds * 10) / 10 };
  const others = run.notes.steps.filter((one) => one.id !== id);
  run.write({ ...run.notes, steps: [...others, made] });
  // A run that is stopped has a report of what it has done.
  writeReport(run.plan.reportFolder, reportOf(run.notes, new Date()));
  const time = status === "not-run" ? "" : `${made.seconds.toFixed(1)} s`;
  run.context.say(`${signs[status]} ${title.padEnd(34)} ${time.padStart(8)}  ${note}`);
  for (const line of status === "failed" ? details.slice(0, 12) : [])
    run.context.say(`    ${line}`);
  return made;
}

function end(run: Run): Outcome {
  const report = reportOf(run.notes, new Date());
  const files = writeReport(run.plan.reportFolder, report);
  const destroyed = run.notes.steps.find(({ id }) => id === lastStep.id);
  // What is still there is known by the notes.
  if (destroyed?.status === "passed") forgetNotes(run.place);
  const failed = report.steps.filter(({ status }) => status === "failed");
  const left = report.steps.filter(({ status }) => status === "not-run");
  const seconds = report.steps.reduce((sum, one) => sum + one.seconds, 0);
  return {
    exitCode: codeOf(failed),
    text: [
      "",
      failed.length === 0
        ? color.green(
            `All ${count(report.steps.length - left.length, "step")} that ran passed, after ${duration(seconds)}.`,
          )
        : color.red(
            `${count(failed.length, "step")} failed: ${failed.map(({ title }) => title).join(", ")}.`,
          ),
      ...(left.length === 0
        ? []
        : [
            color.yellow(
              `Not run: ${left.map(({ title, note }) => `${title} (${note})`).join("; ")}.`,
            ),
          ]),
      ...(destroyed?.status === "passed"
        ? []
        : ["What it made is still there: npm run e2e -- --cleanup takes it away."]),
      `Report: ${files.join(", ")}`,
    ].join("\n"),
    json: { ...report, files },
  };
}

function codeOf(failed: readonly StepRecord[]): ExitCode {
  if (failed.length === 0) return exitCodes.ok;
  return failed.every(({ id }) => id === lastStep.id) ? exitCodes.leftovers : exitCodes.problem;
}

/** Takes away what a run has left, and nothing else. */
async function cleanUp(
  place: Place,
  plan: Plan,
  known: Notes | undefined,
  context: Context,
): Promise<Outcome> {
  const on = { name: stackName, access: place.access };
  const { state, settings } = await openStack({ ...context, on });
  const isThere = state.isDeployed || state.pending.length > 0;
  if (known === undefined && !isThere) {
    return {
      exitCode: exitCodes.ok,
      text: `Nothing is left of a run in ${place.paths.root}.`,
      json: { ok: true, steps: [] },
    };
  }
  if (settings["kubernetes:context"] === undefined) {
    forgetNotes(place);
    return {
      exitCode: exitCodes.ok,
      text: "The run had not begun.",
      json: { ok: true, steps: [] },
    };
  }
  const connection = await connectRun(place, context);
  if (known !== undefined) await refuseOther(connection.cluster, known, place);
  const { cluster } = connection;
  const before = known?.before ?? (await clusterScoped(cluster));
  const notes: Notes = known ?? {
    ...{ version: 1, context: cluster.context, server: cluster.server, cluster: "" },
    ...{ chartSet: plan.chartSet, asked: "", began: new Date().toISOString(), resumed: 0 },
    ...{ before, steps: [], facts: {} },
  };
  const run = new Run(place, plan, context, connection, { ...notes, before });
  if (isThere) await recover(run.quiet());
  const { status, note } = await runStep(run, lastStep);
  if (status === "passed") forgetNotes(place);
  return {
    exitCode: status === "passed" ? exitCodes.ok : exitCodes.leftovers,
    text:
      status === "passed"
        ? color.green(`Taken away: ${note}.`)
        : color.red(`Not all is gone: ${note}`),
    json: { ok: status === "passed", steps: run.notes.steps },
  };
}
