/** Secrets and the settings that they go with. */
import type { Settings } from "../schema";
import { examples } from "../examples";
import type { SecretKey, SecretKind } from "../secrets";
import { bundledServiceOf } from "../services";
import { type Conflict, conflictIf, type Rule, set } from "./conflict";
import { hasIdentity, identitySetting } from "./storage-compatibility";

const storageSecretNeeded: SecretRule = (settings, { storageSecret: kind }) => {
  const { storage, storageAccount } = settings;
  const identity = hasIdentity(settings);
  const needed = storage !== "bundled" && !identity;
  const ignoredBecause =
    storage === "bundled"
      ? "generates its own keys"
      : `takes the identity of lgtm:${identitySetting(settings)}`;
  return [
    ...conflictIf(
      // Without an access key id that one thing is told already.
      needed && kind === undefined && !(storage === "s3" && storageAccount === ""),
      "storage",
      "needs a key, or an identity of the cloud",
      `pulumi config set --secret lgtm:storageSecret, or lgtm:storageServiceAccountAnnotations${storage === "azure" ? "" : `, or, if the pods have an identity already, ${set("storageIdentityFromCluster", true)}`}`,
    ),
    ...conflictIf(
      kind !== undefined && !needed,
      "storage",
      `${ignoredBecause}, so lgtm:storageSecret would be ignored`,
      "pulumi config rm lgtm:storageSecret",
    ),
  ];
};

const storageSecretFits: SecretRule = ({ storage }, { storageSecret: kind }) => [
  ...conflictIf(
    storage === "gcs" && kind === "key",
    "storage",
    "needs the JSON key of a service account, and lgtm:storageSecret is none",
    "pulumi config set --secret lgtm:storageSecret < key.json",
  ),
  ...conflictIf(
    (storage === "s3" || storage === "azure") && kind === "json",
    "storage",
    `needs ${storage === "s3" ? "a secret access key" : "a key of the storage account"}, and lgtm:storageSecret is a JSON key of Google's`,
    `pulumi config set --secret lgtm:storageSecret, or ${set("storage", "gcs")}`,
  ),
];

const contactGiven: SecretRule = ({ alertContactPoint }, { alertContact: kind }) => [
  ...conflictIf(
    alertContactPoint !== "none" && kind === undefined,
    "alertContactPoint",
    "needs somebody to tell",
    `pulumi config set --secret lgtm:alertContact, or ${set("alertContactPoint", "none")}`,
  ),
  ...conflictIf(
    alertContactPoint === "none" && kind !== undefined,
    "alertContactPoint",
    "tells nobody, so lgtm:alertContact would be ignored",
    `${set("alertContactPoint", "webhook")}, or pulumi config rm lgtm:alertContact`,
  ),
];

const contactFits: SecretRule = ({ alertContactPoint: point }, { alertContact: kind }) => [
  ...conflictIf(
    point === "email" && kind === "url",
    "alertContactPoint",
    "sends to e-mail addresses, and lgtm:alertContact is a URL, so that alerts would reach nobody",
    `pulumi config set --secret lgtm:alertContact, with addresses such as ops@example.com; or ${set("alertContactPoint", "webhook")}`,
  ),
  ...conflictIf(
    (point === "webhook" || point === "slack") && kind === "addresses",
    "alertContactPoint",
    "sends to a URL, and lgtm:alertContact is e-mail addresses, so that alerts would reach nobody",
    `pulumi config set --secret lgtm:alertContact, with a URL; or ${set("alertContactPoint", "email")}`,
  ),
];

const mailNeeds =
  (key: "alertSmtpHost" | "alertSmtpFrom"): SecretRule =>
  (settings) =>
    conflictIf(
      settings.alertContactPoint === "email" && settings[key] === "",
      key,
      "is needed with lgtm:alertContactPoint = email: Grafana has no mail server of its own",
      set(
        key,
        `${key === "alertSmtpHost" ? "<host>:<port>" : "<address>"}, such as ${examples[key]}`,
      ),
    );

const loginIsWhole: SecretRule = ({ alertSmtpUser: user }, { alertSmtpPassword: password }) =>
  conflictIf(
    (password !== undefined) !== (user !== ""),
    "alertSmtpUser",
    "and the secret lgtm:alertSmtpPassword go together: a login has both",
    `${set("alertSmtpUser", "<login>")} and pulumi config set --secret lgtm:alertSmtpPassword, or neither`,
  );

const databaseHasPassword: SecretRule = (settings, { grafanaDatabasePassword: password }) => {
  const { grafanaDatabase: database } = settings;
  const passwordGiven = password !== undefined;
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
  ];
};

const providerHasSecret: SecretRule = (settings, { grafanaOidcSecret: secret }) => {
  const { grafanaOidc: oidc } = settings;
  return [
    ...conflictIf(
      oidc !== undefined && secret === undefined,
      "grafanaOidc",
      "needs the client's secret",
      "pulumi config set --secret lgtm:grafanaOidcSecret",
    ),
    ...conflictIf(
      oidc === undefined && secret !== undefined,
      "grafanaOidc",
      "names nobody to log in at, so lgtm:grafanaOidcSecret would be ignored",
      `${set("grafanaOidc", examples.grafanaOidc)}, or pulumi config rm lgtm:grafanaOidcSecret`,
    ),
  ];
};

const authorityIsAsked: SecretRule = ({
  grafanaDatabase: database,
  grafanaDatabaseCa: authority,
}) =>
  conflictIf(
    authority !== "" && (database === undefined || database.tls === "disable"),
    "grafanaDatabaseCa",
    database === undefined
      ? "means nothing without lgtm:grafanaDatabase"
      : "means nothing with sslmode=disable in lgtm:grafanaDatabase: no certificate is looked at",
    "pulumi config rm lgtm:grafanaDatabaseCa",
  );

/** A number that draws nothing anew would leave the user believing that it has. */
const rotationDrawsAnew: SecretRule = (settings, { grafanaAdminPassword: password }) => {
  const { rotation, profile, storage } = settings;
  const passwordGiven = password !== undefined;
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
};

/** The secrets that are given, by their kind; see `kindOf`. */
export type GivenSecrets = Readonly<Record<SecretKey, SecretKind | undefined>>;

type SecretRule = (settings: Settings, given: GivenSecrets) => readonly Conflict[];

/** Secrets that are missing, are of another kind or would be ignored, and what goes with them. */
export function secretRules(given: GivenSecrets): Rule[] {
  const rules: readonly SecretRule[] = [
    storageSecretNeeded,
    storageSecretFits,
    contactGiven,
    contactFits,
    mailNeeds("alertSmtpHost"),
    mailNeeds("alertSmtpFrom"),
    loginIsWhole,
    databaseHasPassword,
    providerHasSecret,
    authorityIsAsked,
    rotationDrawsAnew,
  ];
  return rules.map((rule) => (settings) => rule(settings, given));
}
