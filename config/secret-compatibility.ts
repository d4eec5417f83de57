import { type Conflict, conflictIf, set } from "./conflict";
import type { Settings } from "./schema";
import { hasIdentity } from "./storage-compatibility";

function storageSecretConflicts(settings: Settings, given: boolean): Conflict[] {
  const needed = settings.storage !== "bundled" && !hasIdentity(settings);
  const ignoredBecause =
    settings.storage === "bundled"
      ? "generates its own keys"
      : "takes the identity of lgtm:storageServiceAccountAnnotations";
  return [
    ...conflictIf(
      needed && !given,
      "storage",
      "needs a key, or an identity of the cloud",
      "pulumi config set --secret lgtm:storageSecret, or lgtm:storageServiceAccountAnnotations",
    ),
    ...conflictIf(
      given && !needed,
      "storage",
      `${ignoredBecause}, so lgtm:storageSecret would be ignored`,
      "pulumi config rm lgtm:storageSecret",
    ),
  ];
}

function contactConflicts({ alertContactPoint }: Settings, given: boolean): Conflict[] {
  return [
    ...conflictIf(
      alertContactPoint !== "none" && !given,
      "alertContactPoint",
      "needs somebody to tell",
      `pulumi config set --secret lgtm:alertContact, or ${set("alertContactPoint", "none")}`,
    ),
    ...conflictIf(
      alertContactPoint === "none" && given,
      "alertContactPoint",
      "tells nobody, so lgtm:alertContact would be ignored",
      `${set("alertContactPoint", "webhook")}, or pulumi config rm lgtm:alertContact`,
    ),
  ];
}

/**
 * Secrets that are missing or would be ignored, given the settings.
 *
 * @param storageSecret whether it is given
 * @param alertContact whether it is given
 */
export function secretConflicts(
  settings: Settings,
  storageSecret: boolean,
  alertContact: boolean,
): Conflict[] {
  return [
    ...storageSecretConflicts(settings, storageSecret),
    ...contactConflicts(settings, alertContact),
  ];
}
