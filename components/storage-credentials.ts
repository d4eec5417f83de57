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

type SecretData = Readonly<Record<string, pulumi.Input<string>>>;

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
  const createSecret = (suffix: string, stringData: SecretData, fixedName?: string) =>
    new k8s.core.v1.Secret(
      `${name}-${suffix}`,
      {
        metadata: {
          namespace,
          ...(fixedName !== undefined && { name: fixedName }),
        },
        stringData,
      },
      { parent },
    ).metadata.name;

  if (args.storage.kind !== "bundled") {
    const given = givenKeys(args);
    return { stores: given && createSecret("storage", given), minio: undefined };
  }
  const { user, password } = generateAdministrator(name, args.rotation, parent);
  const administrator = { rootUser: user, rootPassword: password };
  return {
    stores: createSecret("storage", keys(user, password)),
    // The chart's Job that makes the buckets looks for this name, and for nothing else.
    minio: createSecret("minio", administrator, lgtmServiceName(args.releaseName, "minio")),
  };
}

function keys(id: pulumi.Input<string>, secret: pulumi.Input<string>): SecretData {
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

function givenKeys({ storage, secret }: StorageCredentialsArgs): SecretData | undefined {
  if (secret === undefined) return undefined;
  return storage.kind === "gcs"
    ? { [credentialKeys.googleKey]: secret }
    : keys(storage.account, secret);
}
