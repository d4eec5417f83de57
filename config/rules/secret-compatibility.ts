/** Secrets and the settings that they go with. */
import type { Settings } from "../schema";
import type { SecretKey } from "../secrets";
import { bundledServiceOf } from "../services";
import { type Conflict, conflictIf, set } from "./conflict";
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

function mailConflicts(settings: Settings, passwordGiven: boolean): Conflict[] {
  const mail = settings.alertContactPoint === "email";
  return [
    ...(["alertSmtpHost", "alertSmtpFrom"] as const).flatMap((key) =>
      conflictIf(
        mail && settings[key] === "",
        key,
        "is needed with lgtm:alertContactPoint = email: Grafana has no mail server of its own",
        set(key, key === "alertSmtpHost" ? "<host>:<port>" : "<address>"),
      ),
    ),
    ...(["alertSmtpHost", "alertSmtpFrom", "alertSmtpUser"] as const).flatMap((key) =>
      conflictIf(
        !mail && settings[key] !== "",
        key,
        `means nothing with lgtm:alertContactPoint = ${settings.alertContactPoint}; it goes with email`,
        `pulumi config rm lgtm:${key}`,
      ),
    ),
    ...conflictIf(
      passwordGiven !== (settings.alertSmtpUser !== ""),
      "alertSmtpUser",
      "and the secret lgtm:alertSmtpPassword go together: a login has both",
      `${set("alertSmtpUser", "<login>")} and pulumi config set --secret lgtm:alertSmtpPassword, or neither`,
    ),
  ];
}

function databaseConflicts(settings: Settings, passwordGiven: boolean): Conflict[] {
  const { grafanaDatabase: database, grafanaDatabaseCa: authority } = settings;
  return [
    ...conflictIf(
      database !== undefined && !passwordGiven,
      "grafanaDatabase",
      "needs the password of its user",
      "pulumi config set --secret lgtm:grafanaDatabasePassword",
    ),
    ...conflictIf(
      database === undefined && passwordGiven,
      "grafanaDatabase",
      "names no database, so lgtm:grafanaDatabasePassword would be ignored",
      `${set("grafanaDatabase", "<url>")}, or pulumi config rm lgtm:grafanaDatabasePassword`,
    ),
    ...conflictIf(
      authority !== "" && (database === undefined || database.tls === "disable"),
      "grafanaDatabaseCa",
      database === undefined
        ? "means nothing without lgtm:grafanaDatabase"
        : "means nothing with sslmode=disable in lgtm:grafanaDatabase: no certificate is looked at",
      "pulumi config rm lgtm:grafanaDatabaseCa",
    ),
  ];
}

/** A number that draws nothing anew would leave the user believing that it has. */
function rotationConflicts(settings: Settings, passwordGiven: boolean): Conflict[] {
  const { rotation, profile, storage } = settings;
  const ofChart = profile === "tutorial" && bundledServiceOf(settings) === "minio";
  return [
    ...conflictIf(
      rotation.grafana !== undefined && passwordGiven,
      "rotation",
      "has a number for grafana, but the password is not generated: it is the secret lgtm:grafanaAdminPassword",
      "pulumi config set --secret lgtm:grafanaAdminPassword, or pulumi config rm lgtm:grafanaAdminPassword",
    ),
    ...conflictIf(
      rotation.storage !== undefined && (storage !== "bundled" || ofChart),
      "rotation",
      "has a number for storage, but no keys are generated: only lgtm:storage = bundled has such, and not the MinIO of lgtm:profile = tutorial",
      "pulumi config rm --path lgtm:rotation.storage",
    ),
  ];
}

export type GivenSecrets = Readonly<Record<SecretKey, boolean>>;

/** Secrets that are missing or would be ignored, and what goes with them. */
export function secretConflicts(settings: Settings, given: GivenSecrets): Conflict[] {
  return [
    ...storageSecretConflicts(settings, given.storageSecret),
    ...contactConflicts(settings, given.alertContact),
    ...mailConflicts(settings, given.alertSmtpPassword),
    ...databaseConflicts(settings, given.grafanaDatabasePassword),
    ...rotationConflicts(settings, given.grafanaAdminPassword),
  ];
}
