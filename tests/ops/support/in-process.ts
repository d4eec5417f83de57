/** Runs commands in the process of the test. */
import { setMaxListeners } from "node:events";
import { Progress } from "../../../lib/terminal/progress";
import type { Context } from "../../../lib/terminal/run";
import { openCluster } from "../../../ops/cluster";
import { examine } from "../../../ops/commands/doctor/examine";
import type { Finding, Symptom } from "../../../ops/commands/doctor/findings";
import { compareStack, type DriftReport } from "../../../ops/commands/drift";
import { openStack } from "../../../ops/stack";
import { note } from "./run-cli";

/** A command's context without its process: a test runs a dozen, and each start takes seconds. */
async function inContext<T>(use: (context: Context) => Promise<T>): Promise<T> {
  const endings: (() => Promise<void> | void)[] = [];
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  const context: Context = {
    flags: { json: false, yes: true, timeout: 60, sandbox: true },
    progress: new Progress(),
    signal: stop.signal,
    onEnd: (cleanUp) => endings.push(cleanUp),
    say: () => undefined,
  };
  try {
    return await use(context);
  } finally {
    context.progress.end();
    for (const cleanUp of endings) await cleanUp();
  }
}

/** What doctor finds in the sandbox that LGTM_SANDBOX_DIR names, seen `later` seconds from now. */
export async function diagnose(later = 0): Promise<Finding[]> {
  return inContext(async (context) => {
    const stack = await openStack(context);
    const cluster = await openCluster(stack, context);
    const found = await examine(stack, cluster, new Date(Date.now() + later * 1000));
    note(["doctor", "in this process"], JSON.stringify(found));
    return found;
  });
}

/** What drift finds there. */
export async function compareWithLive(): Promise<DriftReport> {
  return inContext(async (context) => {
    const stack = await openStack(context);
    return compareStack(stack, await openCluster(stack, context));
  });
}

/** "problem image-pull pod lgtm/a", for every finding that is not ok. */
export function troubles(findings: readonly Finding[]): string[] {
  return findings
    .filter(({ level }) => level !== "ok")
    .map(({ level, symptom = "", object }) => `${level} ${symptom} ${object}`);
}

/** The finding with this symptom. */
export function withSymptom(findings: readonly Finding[], symptom: Symptom): Finding {
  const found = findings.find((one) => one.symptom === symptom);
  if (found === undefined) throw new Error(`no ${symptom} in ${troubles(findings).join("; ")}`);
  return found;
}

/** Everything that doctor says of one finding. */
export function textOf({ message, words = [], fix = "" }: Finding): string {
  return [message, ...words, fix].join("\n");
}
