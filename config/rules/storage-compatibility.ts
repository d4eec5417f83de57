/** Combinations of the storage settings that cannot work. */
import type { SettingKey, Settings } from "../schema";
import type { StorageKind } from "../storage";
import { conflictIf, type Rule, set } from "./conflict";

const bucketKeys = ["storageLogsBucket", "storageMetricsBucket", "storageTracesBucket"] as const;

/** Settings that mean something for some kinds of storage only. */
const usedBy: Readonly<Record<string, readonly StorageKind[]>> = {
  storageLogsBucket: ["s3", "gcs", "azure"],
  storageMetricsBucket: ["s3", "gcs", "azure"],
  storageTracesBucket: ["s3", "gcs", "azure"],
  storageRegion: ["s3"],
  storageEndpoint: ["s3"],
  storageAccount: ["s3", "azure"],
};

/** Whether the cloud gives the stores an identity, so that they need no keys. */
export function hasIdentity(settings: Settings): boolean {
  return Object.keys(settings.storageServiceAccountAnnotations).length > 0;
}

const nothingIgnored: Rule = (settings) =>
  Object.entries(usedBy).flatMap(([key, kinds]) =>
    conflictIf(
      settings[key as SettingKey] !== "" && !kinds.includes(settings.storage),
      key as SettingKey,
      `means nothing with lgtm:storage = ${settings.storage}; it goes with ${kinds.join(" or ")}`,
      `pulumi config rm lgtm:${key}, or ${set("storage", kinds[0] ?? "s3")}`,
    ),
  );

const bucketsGiven: Rule = (settings) =>
  settings.storage === "bundled"
    ? []
    : bucketKeys.flatMap((key, index) => {
        const twin = bucketKeys.slice(0, index).find((other) => settings[other] === settings[key]);
        return [
          ...conflictIf(
            settings[key] === "",
            key,
            `lgtm:storage = ${settings.storage} needs a bucket for each signal`,
            set(key, "<bucket>"),
          ),
          ...conflictIf(
            settings[key] !== "" && twin !== undefined,
            key,
            `is also lgtm:${twin ?? ""}; each store lists its whole bucket and takes what it finds for its own`,
            set(key, "<another bucket>"),
          ),
        ];
      });

const s3HasAPlace: Rule = (settings) =>
  conflictIf(
    settings.storage === "s3" && settings.storageRegion === "" && settings.storageEndpoint === "",
    "storageRegion",
    "lgtm:storage = s3 needs the region of the buckets, or the endpoint of another S3 service",
    `${set("storageRegion", "<region>")}, or ${set("storageEndpoint", "https://<host>")}`,
  );

const identityOrKeys: Rule = (settings) => {
  const { storage, storageAccount } = settings;
  const identity = hasIdentity(settings);
  if (storage === "bundled") {
    return conflictIf(
      identity,
      "storageServiceAccountAnnotations",
      "means nothing with lgtm:storage = bundled, whose keys are generated",
      "pulumi config rm lgtm:storageServiceAccountAnnotations",
    );
  }
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
      "is an access key id, and lgtm:storageServiceAccountAnnotations gives an identity: one of them",
      "pulumi config rm lgtm:storageAccount",
    ),
    ...conflictIf(
      storage === "s3" && !identity && storageAccount === "",
      "storageAccount",
      "lgtm:storage = s3 needs an access key id, or an identity of the cloud",
      `${set("storageAccount", "<access key id>")} and pulumi config set --secret lgtm:storageSecret, or lgtm:storageServiceAccountAnnotations`,
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

export const storageConflicts: Rule = (settings) =>
  [nothingIgnored, bucketsGiven, s3HasAPlace, identityOrKeys, copiesNeedAStore].flatMap((rule) =>
    rule(settings),
  );
