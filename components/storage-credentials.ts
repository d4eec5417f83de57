/** The keys of the object store: generated for the bundled one, the user's own for another. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { lgtmServiceName } from "../config/services";
import type { ObjectStorage } from "../config/storage";
import { randomText } from "./random-text";
import type { StorageCredentials } from "./values/store-args";
import { credentialKeys } from "./values/object-storage";

/** Arguments of {@link createStorageCredentials}. */
export interface StorageCredentialsArgs {
  /** Prefix of the name of MinIO's Secret. */
  readonly releaseName: string;
  /** Plain, because it decides whether keys are generated. */
  readonly storage: ObjectStorage;
  /** The user's own key; undefined when it is generated, or the cloud gives an identity. */
  readonly secret: pulumi.Output<string> | undefined;
  /** Another number generates the bundled store's keys anew. */
  readonly rotation: string | undefined;
}

/** Content of a Secret, in clear. */
export type SecretData = Readonly<Record<string, pulumi.Input<string>>>;

/**
 * Secrets from which the stores, and the bundled MinIO, read their credentials; MinIO's administrator
 * is generated.
 *
 * The stores' Secret gets another name whenever its content changes, so that every pod that reads it
 * is replaced: a container sees environment variables at its start only. MinIO's keeps its name, which
 * the chart has fixed; its pod is replaced for an annotation with the name of the other (values/umbrella/mimir.ts).
 */
export function createStorageCredentials(
  name: string,
  args: StorageCredentialsArgs,
  namespace: pulumi.Output<string>,
  parent: pulumi.Resource,
): StorageCredentials<pulumi.Output<string>> {
  if (args.storage.kind !== "bundled")
    return { stores: createStorageSecret(name, args, namespace, parent), minio: undefined };
  const { user, password } = generateAdministrator(name, args.rotation, parent);
  const secret = (suffix: string, stringData: SecretData, fixedName?: string) =>
    createSecret(`${name}-${suffix}`, stringData, namespace, parent, fixedName);
  return {
    stores: secret("storage", accessKeys(user, password)),
    // The chart's Job that makes the buckets looks for this name, and for nothing else.
    minio: secret(
      "minio",
      { rootUser: user, rootPassword: password },
      lgtmServiceName(args.releaseName, "minio"),
    ),
  };
}

/**
 * A Secret with the user's own key for an object store of a cloud; undefined where the cloud gives the
 * stores an identity. It gets another name whenever its content changes, as in {@link createStorageCredentials}.
 */
export function createStorageSecret(
  name: string,
  args: Pick<StorageCredentialsArgs, "secret" | "storage">,
  namespace: pulumi.Output<string>,
  parent: pulumi.Resource,
): pulumi.Output<string> | undefined {
  const given = givenKeys(args);
  return given && createSecret(`${name}-storage`, given, namespace, parent);
}

/** A Secret, and its name; without one of its own it gets another with every change of its content. */
export function createSecret(
  name: string,
  stringData: SecretData,
  namespace: pulumi.Output<string>,
  parent: pulumi.Resource,
  fixedName?: string,
): pulumi.Output<string> {
  const metadata = { namespace, ...(fixedName !== undefined && { name: fixedName }) };
  return new k8s.core.v1.Secret(name, { metadata, stringData }, { parent }).metadata.name;
}

/** Keys of S3, under the names that the stores' configuration refers to. */
export function accessKeys(id: pulumi.Input<string>, secret: pulumi.Input<string>): SecretData {
  return { [credentialKeys.accessKeyId]: id, [credentialKeys.secretAccessKey]: secret };
}

function generateAdministrator(
  name: string,
  rotation: string | undefined,
  parent: pulumi.Resource,
) {
  const draw = (what: string, length: number): pulumi.Output<string> =>
    randomText(`${name}-minio-${what}`, { length, rotation }, parent);
  // As long as AWS's own, which every client takes.
  return { user: draw("user", 20), password: draw("password", 40) };
}

function givenKeys({
  storage,
  secret,
}: Pick<StorageCredentialsArgs, "secret" | "storage">): SecretData | undefined {
  if (secret === undefined) return undefined;
  return storage.kind === "gcs"
    ? { [credentialKeys.googleKey]: secret }
    : accessKeys(storage.account, secret);
}
