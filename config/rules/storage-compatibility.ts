/** Combinations of the storage settings that cannot work. */
import type { SettingKey, Settings } from "../schema";
import { examples } from "../examples";
import { conflictIf, type Rule, set } from "./conflict";

const bucketKeys = ["storageLogsBucket", "storageMetricsBucket", "storageTracesBucket"] as const;

/** Whether the cloud gives the stores an identity, so that they need no keys. */
export function hasIdentity(settings: Settings): boolean {
  return settings.storageIdentityFromCluster || hasAnnotations(settings);
}

function hasAnnotations({ storageServiceAccountAnnotations: annotations }: Settings): boolean {
  return Object.keys(annotations).length > 0;
}

/** By which annotation each cloud gives a service account an identity, and what it says. */
const identities = {
  s3: {
    annotation: "eks.amazonaws.com/role-arn",
    form: /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
    example: "arn:aws:iam::123456789012:role/lgtm",
  },
  gcs: {
    annotation: "iam.gke.io/gcp-service-account",
    form: /^[a-z\d-]+@[a-z\d.-]+\.gserviceaccount\.com$/,
    example: "lgtm@my-project.iam.gserviceaccount.com",
  },
  azure: {
    annotation: "azure.workload.identity/client-id",
    form: /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i,
    example: "6b9d3c52-0c5e-4f0e-9d6c-1f2e3a4b5c6d",
  },
} as const;

/** What is no identity of this cloud leaves the stores without one, and they refuse to start or to write. */
const annotationsAreAnIdentity: Rule = (settings) => {
  const { storage, storageServiceAccountAnnotations: given } = settings;
  if (storage === "bundled" || !hasAnnotations(settings)) return [];
  const { annotation, form, example } = identities[storage];
  const value = given[annotation];
  const others = Object.values(identities).filter(
    (other) => other.annotation !== annotation && other.annotation in given,
  );
  return conflictIf(
    value === undefined || !form.test(value) || others.length > 0,
    "storageServiceAccountAnnotations",
    value === undefined
      ? `has no ${annotation}, by which lgtm:storage = ${storage} gets an identity`
      : others.length > 0
        ? `has ${others.map((other) => other.annotation).join(", ")} too, which is another cloud's`
        : `has ${annotation} with a value that is none, such as ${example}`,
    `${set("storageServiceAccountAnnotations", `'${JSON.stringify({ [annotation]: example })}'`)}${storage === "azure" ? "" : `; or, if the cluster gives the pods an identity without an annotation, pulumi config rm lgtm:storageServiceAccountAnnotations and ${set("storageIdentityFromCluster", true)}`}`,
  );
};

const bucketGiven =
  (key: (typeof bucketKeys)[number], index: number): Rule =>
  (settings) => {
    if (settings.storage === "bundled") return [];
    const own = settings[key];
    if (own === "")
      return conflictIf(
        true,
        key,
        `lgtm:storage = ${settings.storage} needs a bucket for each signal`,
        set(key, `<bucket>, such as ${examples[key]}`),
      );
    const twin = bucketKeys.slice(0, index).find((other) => settings[other] === own);
    return [
      ...conflictIf(
        twin !== undefined,
        key,
        `is also lgtm:${twin ?? ""}; each store lists its whole bucket and takes what it finds for its own`,
        set(key, `<another bucket>, such as ${examples[key]}`),
      ),
      ...conflictIf(
        settings.storage === "azure" && (own.includes(".") || own.includes("--")),
        key,
        "must be a container of Azure: no dots, and no two hyphens together",
        set(key, own.replace(/[.-]+/g, "-")),
      ),
      ...conflictIf(
        settings.storage === "gcs" && /^goog|google/.test(own),
        key,
        "must be a bucket of Google's, whose names neither begin with goog nor have google in them",
        set(key, `<bucket>, such as ${examples[key]}`),
      ),
      ...conflictIf(
        settings.storage === "s3" && /^(xn--|sthree-)|(-s3alias|--ol-s3)$/.test(own),
        key,
        "has a beginning or an end that S3 keeps for itself",
        set(key, `<bucket>, such as ${examples[key]}`),
      ),
    ];
  };

/** Services other than AWS name their regions as they like. */
const regionIsOfAws: Rule = ({ storage, storageRegion, storageEndpoint }) =>
  conflictIf(
    storage === "s3" &&
      storageEndpoint === "" &&
      storageRegion !== "" &&
      !/^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/.test(storageRegion),
    "storageRegion",
    "must be a region of AWS, such as ap-northeast-2, or lgtm:storageEndpoint the URL of another S3 service",
    `${set("storageRegion", "ap-northeast-2")}, or ${set("storageEndpoint", examples.storageEndpoint)}`,
  );

const azureAccount: Rule = ({ storage, storageAccount }) =>
  conflictIf(
    storage === "azure" && storageAccount !== "" && !/^[a-z\d]{3,24}$/.test(storageAccount),
    "storageAccount",
    "must be a storage account of Azure: 3 to 24 lower-case letters and digits",
    set("storageAccount", `<account>, such as ${examples.storageAccount}`),
  );

const s3HasAPlace: Rule = (settings) =>
  conflictIf(
    settings.storage === "s3" && settings.storageRegion === "" && settings.storageEndpoint === "",
    "storageRegion",
    "lgtm:storage = s3 needs the region of the buckets, or the endpoint of another S3 service",
    `${set("storageRegion", "<region>")}, or ${set("storageEndpoint", "https://<host>")}`,
  );

/** The setting that gives the stores their identity. */
export function identitySetting(settings: Settings): SettingKey {
  return hasAnnotations(settings)
    ? "storageServiceAccountAnnotations"
    : "storageIdentityFromCluster";
}

const identityOrKeys: Rule = (settings) => {
  const { storage, storageAccount } = settings;
  const identity = hasIdentity(settings);
  if (storage === "bundled") return [];
  return [
    ...conflictIf(
      storage === "azure" && storageAccount === "",
      "storageAccount",
      "lgtm:storage = azure needs the storage account that holds the containers",
      set("storageAccount", "<account>"),
    ),
    ...conflictIf(
      storage === "s3" && identity && storageAccount !== "",
      "storageAccount",
      `is an access key id, and lgtm:${identitySetting(settings)} gives an identity: one of them`,
      "pulumi config rm lgtm:storageAccount",
    ),
    ...conflictIf(
      storage === "s3" && !identity && storageAccount === "",
      "storageAccount",
      "lgtm:storage = s3 needs an access key id, or an identity of the cloud",
      `${set("storageAccount", "<access key id>")} and pulumi config set --secret lgtm:storageSecret, or lgtm:storageServiceAccountAnnotations, or, if the pods have an identity already, ${set("storageIdentityFromCluster", true)}`,
    ),
    ...conflictIf(
      settings.storageIdentityFromCluster && hasAnnotations(settings),
      "storageIdentityFromCluster",
      "and lgtm:storageServiceAccountAnnotations each say where the identity comes from: one of them",
      "pulumi config rm lgtm:storageIdentityFromCluster, or pulumi config rm lgtm:storageServiceAccountAnnotations",
    ),
  ];
};

/** Three copies in three stores' pods, and below them one pod with one volume. */
const copiesNeedAStore: Rule = ({ size, storage, profile, bundledStoreInProduction }) =>
  conflictIf(
    size === "ha" && storage === "bundled" && profile !== "tutorial" && !bundledStoreInProduction,
    "storage",
    "lgtm:size = ha keeps three copies of what comes in, and the bundled object store, which all of it ends in, is one pod with one volume",
    `lgtm:storage s3, gcs or azure with its buckets (docs/configuration.md); or, if one volume is meant, ${set("bundledStoreInProduction", true)}`,
  );

export const storageRules: readonly Rule[] = [
  ...bucketKeys.map(bucketGiven),
  s3HasAPlace,
  regionIsOfAws,
  azureAccount,
  identityOrKeys,
  annotationsAreAnIdentity,
  copiesNeedAStore,
];
