/** `npm run verify`. */
import { exitCodes } from "../../../lib/terminal/exit-codes";
import type { Context, Outcome } from "../../../lib/terminal/run";
import { connect } from "../../cluster";
import { hintsFor } from "../../hints";
import { openStack } from "../../stack";
import { clusterSystem } from "./cluster-system";
import { diagnose, type Surroundings } from "./diagnosis/diagnose";
import { HopBoard } from "./hops";
import { faultText, hopLine, verdict } from "./output/report";
import { runVerification } from "./run";
import { limitsWithin, type System } from "./system";
import { targetOf } from "./target";

/** Sends a canary through a deployed stack, and says whether and how fast it arrives everywhere. */
export async function verify(context: Context): Promise<Outcome> {
  const begin = performance.now();
  const stack = await openStack(context);
  const target = targetOf(stack);
  const connection = await connect(stack, context);
  const { cluster } = connection;
  const system = await clusterSystem(target, connection, context);
  const around = {
    where: target.where,
    commands: hintsFor(stack, cluster),
    demoHasTraffic: target.demo?.hasTraffic ?? false,
    clockSkew: cluster.clockSkew,
  };
  // What has been used up already is not there for waiting.
  const left = context.flags.timeout - (performance.now() - begin) / 1000;
  return verifySystem(system, around, context, {
    head: `${stack.title}, cluster ${cluster.context}`,
    json: { stack: stack.name, context: cluster.context },
    seconds: left,
  });
}

interface About {
  /** First line, for people. */
  readonly head: string;
  /** First fields, for programs. */
  readonly json: object;
  /** How long it may take. */
  readonly seconds: number;
}

/** The same for a system that is reached in any other way. */
export async function verifySystem(
  system: System,
  around: Surroundings,
  context: Pick<Context, "progress" | "say" | "signal">,
  about: About,
): Promise<Outcome> {
  const { progress, signal } = context;
  const board = new HopBoard();
  const begin = performance.now();
  progress.end();
  context.say(about.head);
  board.onEnd((hop) => {
    context.say(hopLine(hop));
  });
  board.onChange(() => {
    if (board.waitingFor === "") progress.end();
    else progress.begin(`waiting: ${board.waitingFor}`);
  });
  const limits = limitsWithin(about.seconds);
  const { canary, findings } = await runVerification({ system, board, signal, limits });
  const seconds = (performance.now() - begin) / 1000;
  const faults = diagnose(findings, around);
  const { hops } = board;
  return {
    exitCode: faults.length > 0 ? exitCodes.problem : exitCodes.ok,
    text: [
      ...(faults.length > 0 ? [faultText(faults)] : []),
      verdict(hops, faults, canary, seconds),
    ].join("\n\n"),
    json: {
      ...about.json,
      ok: faults.length === 0,
      runId: canary.runId,
      traceId: canary.traceId,
      profile: system.profile,
      seconds: rounded(seconds),
      // With what it took to start, and to read stack and cluster.
      totalSeconds: rounded(process.uptime()),
      // Linux and macOS both tell kilobytes here.
      peakMemoryMiB: Math.round(process.resourceUsage().maxRSS / 1024),
      hops: hops.map((hop) => ({
        ...hop,
        seconds: hop.seconds === undefined ? undefined : rounded(hop.seconds),
      })),
      faults,
    },
  };
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
