/** What stands in the way and what is done about it, for people. */
import * as path from "node:path";
import type { HelmRelease } from "../../../lib/helm/release";
import { titleOf } from "../../../lib/pulumi/state";
import { ago, color, count, list } from "../../../lib/terminal/screen";
import type { Hints } from "../../hints";
import type { Damage, Pending } from "./diagnosis";
import type { Holder } from "./holders";
import type { OrphanedProvider } from "./orphaned-providers";

export interface Step {
  /** `record`, `lock`, `process`, `namespace`, `release`, `operation`, `volume` */
  readonly about: string;
  readonly found: string;
  /** Undefined where nothing can be done. */
  readonly remedy: string | undefined;
}

export interface Findings {
  readonly holders: readonly Holder[];
  readonly orphans: readonly OrphanedProvider[];
  readonly damage: Damage;
}

/** Attributes in the backend that were left half written; see {@link corruptAttributeFiles}. */
export function corruptStep(files: readonly string[]): Step {
  const names = files.map((file) => path.basename(file));
  return {
    about: "record",
    found: `Pulumi was killed while it wrote ${list(names)} in its backend, and now every command of it ends with "EOF".`,
    remedy: `removed: only attributes are in there, and Pulumi does without; the state is in a file of its own`,
  };
}

export function planOf({ holders, orphans, damage }: Findings, now: Date): Step[] {
  return [
    ...holders.map((one) => lockStep(one, now)),
    ...orphans.map(orphanStep),
    ...damage.going.map(namespaceStep),
    ...damage.stuck.map((one) => stuckStep(one, now)),
    ...damage.unknown.map(unknownStep),
    ...damage.others.map(othersStep),
    ...damage.unfinished.map(({ release }) => unfinishedStep(release)),
    ...damage.pending.map(pendingStep),
    ...volumeSteps(damage),
  ];
}

function lockStep({ pid, username, hostname, timestamp, is }: Holder, now: Date): Step {
  const which = `The stack is locked since ${ago(timestamp, now)} by process ${String(pid)} of ${username}@${hostname}`;
  return {
    about: "lock",
    found:
      is === "gone"
        ? `${which}, which has ended without taking the lock away: it was killed.`
        : `${which}. Whether it still runs cannot be seen from here.`,
    remedy: "the lock is taken away (pulumi cancel)",
  };
}

function orphanStep({ pid }: OrphanedProvider): Step {
  return {
    about: "process",
    found: `Process ${String(pid)}, a provider whose Pulumi was killed, still runs and may be at work on the cluster.`,
    remedy: "it is ended, before anything else is looked at",
  };
}

function namespaceStep(name: string): Step {
  return {
    about: "namespace",
    found: `Namespace ${name} is being deleted, with everything in it. Kubernetes cannot stop that.`,
    remedy: "its end is waited for",
  };
}

function titleOfRelease({ namespace, name }: HelmRelease): string {
  return `Helm release ${namespace}/${name}`;
}

function stuckStep(release: HelmRelease, now: Date): Step {
  const { revision, status, deployed, lastGood } = release;
  const when = ago(deployed, now);
  const next =
    lastGood === undefined
      ? "the next up goes on with what is there"
      : `the next up starts from revision ${String(lastGood)}`;
  const cutOff = {
    uninstalling: `${titleOfRelease(release)} was being removed when Helm was cut off.`,
  }[status];
  return {
    about: "release",
    found:
      cutOff ??
      `${titleOfRelease(release)}: revision ${String(revision)}, begun ${when}, is still ${status}; Helm refuses every later change.`,
    remedy: `revision ${String(revision)} is marked as failed in Helm's record, nothing is deleted; ${next}`,
  };
}

function unknownStep(release: HelmRelease): Step {
  return {
    about: "release",
    found: `${titleOfRelease(release)} (${release.chart} ${release.version}) is in the cluster, and Pulumi knows nothing of it.`,
    remedy: "it is noted in the state",
  };
}

function othersStep({ release, owner }: Damage["others"][number]): Step {
  return {
    about: "release",
    found: `${titleOfRelease(release)} (${release.chart} ${release.version}) bears a name of this stack's and belongs to ${owner}. It is left as it is, and up refuses to touch it: take another name, or npm run adopt for what was installed by hand.`,
    remedy: undefined,
  };
}

function unfinishedStep(release: HelmRelease): Step {
  return {
    about: "release",
    found: `${titleOfRelease(release)}: revision ${String(release.revision)} has failed, and Pulumi takes it for whole.`,
    remedy: "the state says so, and the next up goes on with it",
  };
}

function pendingStep({ operation, fate, leftover, others }: Pending): Step {
  const { type, resource } = operation;
  const left =
    leftover === undefined
      ? ""
      : `; ${leftover} is left over and belongs to nobody, delete it by hand`;
  const remedies = {
    keep: "it is there, so it is noted in the state",
    forget:
      others === undefined
        ? `forgotten, and made by the next up${left}`
        : `forgotten; under its name there is ${others}, which is left as it is, and for which up needs another name`,
    look: "Pulumi looks at it anew (pulumi refresh)",
  };
  return {
    about: "operation",
    found: `Pulumi was cut off while ${type} ${titleOf(resource)}.`,
    remedy: remedies[fate],
  };
}

function volumeSteps({ claims, lost }: Damage): Step[] {
  const going = claims.filter((one) => one.going).map(({ name }) => name);
  const nothing = { about: "volume", remedy: undefined };
  return [
    ...(going.length === 0
      ? []
      : [
          {
            ...nothing,
            found: `The interrupted run was deleting ${count(going.length, "volume")}, which nothing can stop now: ${list(going)}.`,
          },
        ]),
    ...(lost.length === 0
      ? []
      : [
          {
            ...nothing,
            found: `The interrupted run has deleted ${count(lost.length, "volume")}: ${list(lost)}. The next up makes empty ones.`,
          },
        ]),
  ];
}

export function showSteps(steps: readonly Step[]): string {
  return steps
    .flatMap(({ found, remedy }) => [
      `${color.yellow("-")} ${found}`,
      ...(remedy === undefined ? [] : [`  → ${remedy}`]),
    ])
    .join("\n");
}

export function showPlan(steps: readonly Step[], { claims }: Damage): string {
  const kept = claims.filter(({ going }) => !going);
  return [
    showSteps(steps),
    "",
    kept.length === 0
      ? "The stack's namespaces hold no volumes."
      : `${count(kept.length, "volume")} in the stack's namespaces: none is touched.`,
  ].join("\n");
}

export function nextSteps({ pulumi, npm }: Hints): string {
  return [
    `Nothing stands in the way any more. To finish what was begun: ${pulumi("up")}`,
    `To remove the stack instead: ${npm("destroy")}`,
    `If up hangs where it hung before: ${npm("doctor")}`,
  ].join("\n");
}
