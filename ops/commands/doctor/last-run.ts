/** What Pulumi says of the last run: still at work, or cut off. */
import { locksOn, mayRun } from "../../../lib/pulumi/locks";
import { titleOf } from "../../../lib/pulumi/state";
import { count, duration, list } from "../../../lib/terminal/screen";
import type { Hints } from "../../hints";
import type { Stack } from "../../stack";
import type { Finding } from "./findings";

export function checkEngine(stack: Stack, hints: Hints, now: Date): Finding[] {
  const locks = locksOn(stack);
  const running = locks.find(mayRun);
  const object = `stack ${stack.name}`;
  if (running !== undefined) {
    const since = (now.getTime() - Date.parse(running.timestamp)) / 1000;
    return [
      {
        level: "warning",
        symptom: "update-running",
        object,
        message: `is being changed by process ${String(running.pid)} of ${running.username}@${running.hostname}, for ${duration(since)} now.`,
        fix: "wait for it, or end it with Ctrl-C where it runs; what it waits for is named here",
      },
    ];
  }
  const findings: Finding[] = [];
  if (locks.length > 0) {
    const [{ pid, hostname } = { pid: 0, hostname: "" }] = locks;
    findings.push({
      level: "problem",
      symptom: "stack-locked",
      object,
      message: `is locked by process ${String(pid)} on ${hostname}, which has ended without taking the lock away: it was killed.`,
      fix: `${hints.pulumi("cancel")}, or all of it in one: ${hints.recover}`,
    });
  }
  const { pending, resources } = stack.state;
  const isThere = (urn: string): boolean => resources.some((one) => one.urn === urn);
  const stale = pending.filter((one) => one.type === "creating" && isThere(one.resource.urn));
  const open = pending.filter((one) => !stale.includes(one));
  if (open.length > 0) {
    const which = open.map((one) => `${one.type} ${titleOf(one.resource)}`);
    findings.push({
      level: "problem",
      symptom: "operation-pending",
      object,
      message: `was cut off in the middle of ${count(open.length, "operation")}: ${list(which)}. Pulumi does not know how ${open.length === 1 ? "it" : "they"} ended.`,
      fix: hints.recover,
    });
  } else if (stale.length > 0) {
    const which = stale.map((one) => titleOf(one.resource));
    findings.push({
      level: "warning",
      symptom: "operation-pending",
      object,
      message: `was once cut off while creating ${list(which)}, which exist by now; Pulumi warns of it until it is told to forget.`,
      fix: hints.pulumi("refresh --clear-pending-creates"),
    });
  }
  return findings;
}
