/** What Helm says of the stack's releases. */
import type { HelmRelease, ReleasePlace } from "../../../lib/helm/release";
import { textInput } from "../../../lib/pulumi/state";
import { ago, count, duration } from "../../../lib/terminal/screen";
import type { Hints } from "../../hints";
import { settingOf, type Stack } from "../../stack";
import type { Finding } from "./findings";
import type { Installed, Snapshot } from "./snapshot";

/** What Helm adds to its own limit: hooks, and the time to notice. */
const graceSeconds = 120;

/**
 * What Helm says of the stack's releases.
 *
 * @param running whether a Pulumi is known to be at work on the stack
 * @param culprits how many objects are known not to be ready
 * @param workloads those in the stack's namespaces: what is there of a release that Helm does not know
 */
export function checkReleases(
  installed: readonly Installed[],
  stack: Stack,
  {
    now,
    running,
    culprits,
    workloads = [],
  }: {
    now: Date;
    running: boolean;
    culprits: number;
    workloads?: Snapshot["workloads"];
  },
  hints: Hints,
): Finding[] {
  const limit = Number(settingOf(stack, "helmTimeoutSeconds") ?? 1200);
  return installed.flatMap(({ place, release, hidden, unreadable }): Finding[] => {
    const object = `helm release ${place.namespace}/${place.name}`;
    if (release === undefined && hidden === true) return [];
    if (unreadable !== undefined) {
      const { message, fix = "" } = unreadable;
      return [{ level: "problem", symptom: "release-unreadable", object, message, fix }];
    }
    if (release === undefined) {
      const known = stack.state.releases.some(
        (one) =>
          textInput(one, "name") === place.name && textInput(one, "namespace") === place.namespace,
      );
      return known ? [gone(object, countOf(place, workloads), hints)] : [];
    }
    if (release.status.startsWith("pending-") || release.status === "uninstalling")
      return [pending(object, release, { now, running, limit }, hints)];
    if (release.status === "failed") return [failed(object, release, now, culprits, hints)];
    return [
      {
        level: "ok",
        object,
        message: `is ${release.status}: revision ${String(release.revision)}, chart ${release.version}.`,
      },
    ];
  });
}

/** How many workloads carry the mark of a release. */
function countOf({ name, namespace }: ReleasePlace, workloads: Snapshot["workloads"]): number {
  return workloads.filter(
    ({ metadata: { annotations } }) =>
      annotations?.["meta.helm.sh/release-name"] === name &&
      annotations["meta.helm.sh/release-namespace"] === namespace,
  ).length;
}

function gone(object: string, left: number, { pulumi }: Hints): Finding {
  return {
    level: "problem",
    symptom: "release-gone",
    object,
    message:
      left === 0
        ? "was deployed by Pulumi and is gone: somebody has uninstalled it."
        : `was deployed by Pulumi, and Helm knows nothing of it any more: its record is gone, with ${count(left, "workload")} of it left in the cluster.`,
    fix: `${pulumi("refresh")}, then ${pulumi("up")}, which installs it again${left === 0 ? "" : " over what is there"}`,
  };
}

function pending(
  object: string,
  release: HelmRelease,
  { now, running, limit }: { now: Date; running: boolean; limit: number },
  hints: Hints,
): Finding {
  const age = (now.getTime() - Date.parse(release.deployed ?? "")) / 1000;
  const what = `revision ${String(release.revision)} is ${release.status} since ${duration(age)}`;
  if (running) {
    return {
      level: "warning",
      symptom: "release-pending",
      object,
      message: `${what}: Helm waits for its pods, for at most ${duration(limit)}.`,
      fix: "wait, or see which object it waits for",
    };
  }
  const within =
    age < limit + graceSeconds
      ? ` If the deployment still runs elsewhere, it waits for the objects named here, for at most ${duration(limit)}; else it was interrupted.`
      : " The deployment was interrupted: Helm would have given up by now.";
  return {
    level: "problem",
    symptom: "release-pending",
    object,
    message: `${what}.${within} Helm refuses every later change to it.`,
    fix: `${hints.recover}: ${wayOut(release)}`,
  };
}

function wayOut({ revision, status, lastGood }: HelmRelease): string {
  if (status === "uninstalling") return "the release is removed to the end";
  return lastGood === undefined
    ? `revision ${String(revision)} has never run, so it is uninstalled`
    : `go back to revision ${String(lastGood)}, the last one that was deployed; uninstalling it would delete volumes`;
}

function failed(
  object: string,
  release: HelmRelease,
  now: Date,
  culprits: number,
  { pulumi }: Hints,
): Finding {
  const said = release.description.trim();
  const outOfTime = /context deadline exceeded|timed out waiting/i.test(said);
  const when = ago(release.deployed, now);
  const reason = outOfTime
    ? culprits > 0
      ? "ran out of time, waiting for what is named here"
      : "ran out of time, and everything is ready now: it only needed longer"
    : "failed";
  return {
    level: "problem",
    symptom: "release-failed",
    object,
    message: `revision ${String(release.revision)}, begun ${when}, ${reason}.`,
    ...(said !== "" && { words: [said] }),
    fix:
      outOfTime && culprits === 0
        ? `${pulumi("up")}, which finishes it; a longer limit is lgtm:helmTimeoutSeconds`
        : `resolve that, then ${pulumi("up")}, which upgrades the failed release`,
  };
}
