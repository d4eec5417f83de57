/** Refuses what cannot be taken over. */
import type { HelmRelease } from "../../../lib/helm/release";
import { type KubeObject, type Metadata, refOf } from "../../../lib/kubernetes/objects";
import {
  describeMark,
  isPulumis,
  markOf,
  markOfRelease,
  otherManagerOf,
  reconcilerOf,
} from "../../../lib/kubernetes/ownership";
import { CliError } from "../../../lib/terminal/errors";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import { list } from "../../../lib/terminal/screen";
import type { Hints } from "../../hints";
import { isStuck } from "../../takeover/helm-record";
import type { OwnObject } from "./own-objects";

/**
 * A release that is not `deployed` is not what its record says: nobody knows what the first `up` would
 * change.
 *
 * @throws CliError with what to do
 */
export function refuseUndeployed(release: HelmRelease): void {
  const { name, namespace, status, revision, lastGood, description } = release;
  if (status === "deployed") return;
  const title = `Helm release ${namespace}/${name}`;
  const back =
    lastGood === undefined
      ? `install it again with the command you used, or remove it: helm uninstall ${name} -n ${namespace}`
      : `go back to what worked: helm rollback ${name} ${String(lastGood)} -n ${namespace} --wait`;
  const message = isStuck(release)
    ? `${title} is ${status}: Helm was cut off at it, or is at it now.`
    : `${title} is ${status} since revision ${String(revision)}: ${description || "Helm does not say why"}.`;
  throw new CliError(`${message} Nothing was changed.`, {
    fix: `${isStuck(release) ? "wait for Helm; if none is at work, " : ""}${back}; then try again`,
    exitCode: exitCodes.problem,
  });
}

/** Helm inside the program's own provider, and inside Flux, write under these names. */
const installers: readonly (readonly [manager: RegExp, who: string])[] = [
  [/^pulumi-/, "a Pulumi stack"],
  [/^helm-controller$/, "a Flux HelmRelease"],
  [/^argocd/, "Argo CD"],
];

/** A release with the objects of it that are there, and the labels of Helm's record. */
export interface Installed {
  readonly release: HelmRelease;
  readonly live: readonly KubeObject[];
  readonly recordLabels: Readonly<Record<string, string>>;
}

/**
 * Two that own one object undo each other's changes, and the first to be removed takes it away.
 *
 * @throws CliError when another stack has made something of what is to be taken over, or a tool that
 *   reconciles manages it
 */
export function refuseOwned(
  own: readonly Pick<OwnObject, "object">[],
  releases: readonly Installed[],
  { npm }: Hints,
): void {
  const owners = [
    ...own.flatMap(({ object }) => ownedBy(object.metadata, refOf(object))),
    ...releases.flatMap(ownersOfRelease),
  ];
  if (owners.length === 0) return;
  throw new CliError(`${list([...new Set(owners)])}. Nothing was changed.`, {
    fix: `go on with that owner, or make it let go first (a Flux or Argo CD resource without its prune, a stack by its own destroy); if a run of this stack was killed instead: ${npm("recover")}`,
    exitCode: exitCodes.problem,
  });
}

function ownedBy(metadata: Metadata, ref: string): string[] {
  const mark = markOf(metadata);
  if (mark !== undefined) return [`${ref} belongs to ${describeMark(mark)}`];
  const manager = otherManagerOf(metadata);
  if (manager !== undefined) return [`${ref} is managed by ${manager}`];
  return isPulumis(metadata) ? [`Pulumi has made ${ref} already, for another stack`] : [];
}

function ownersOfRelease({ release, live, recordLabels }: Installed): string[] {
  const { namespace, name, values, objects } = release;
  const title = `Helm release ${namespace}/${name}`;
  const mark = markOfRelease(values);
  if (mark !== undefined) return [`${title} belongs to ${describeMark(mark)}`];
  // The objects as they are say more than the record: whoever reconciles marks those.
  const signs = [{ labels: recordLabels }, ...objects.map(({ metadata }) => metadata)]
    .map(reconcilerOf)
    .concat(live.map(({ metadata }) => otherManagerOf(metadata)));
  const manager = signs.find((sign) => sign !== undefined) ?? installerOf(live);
  return manager === undefined ? [] : [`${title} is managed by ${manager}`];
}

/** Who has installed a release, where that was neither Helm's own command nor a hand. */
function installerOf(live: readonly KubeObject[]): string | undefined {
  const managers = live.flatMap(({ metadata }) =>
    (metadata.managedFields ?? [])
      // What is patched in a release's object is no sign of who has installed it.
      .filter(({ operation }) => operation === "Update")
      .map(({ manager = "" }) => manager),
  );
  return installers.find(([pattern]) =>
    managers.some((manager) => pattern.test(manager) && manager !== "pulumi-lgtm-adopt"),
  )?.[1];
}
