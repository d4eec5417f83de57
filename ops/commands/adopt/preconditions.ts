import type { HelmRelease } from "../../../lib/helm/release";
import { refOf } from "../../../lib/kubernetes/objects";
import { CliError } from "../../../lib/terminal/errors";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import { list } from "../../../lib/terminal/screen";
import type { Hints } from "../../hints";
import { isStuck } from "../../takeover/helm-record";
import { isPulumis } from "../../takeover/live";
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

/**
 * Two stacks that own one object undo each other's changes, and the first to be destroyed takes it away.
 *
 * @throws CliError when Pulumi has made something of what is to be taken over
 */
export function refuseOwned(own: readonly OwnObject[], { npm }: Hints): void {
  const owned = own.filter(({ object }) => isPulumis(object));
  if (owned.length === 0) return;
  const names = list(owned.map(({ object }) => refOf(object)));
  throw new CliError(`Pulumi has made ${names} already, for another stack. Nothing was changed.`, {
    fix: `that stack has them: pulumi stack ls, then go on with it, or destroy it first; if a run of this stack was killed instead: ${npm("recover")}`,
    exitCode: exitCodes.problem,
  });
}
