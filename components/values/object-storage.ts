import type { ObjectStorage } from "../../config/storage";

/** Keys of the Secret that holds the stores' credentials, where there are any. */
export const credentialKeys = {
  accessKeyId: "STORAGE_ACCESS_KEY_ID",
  secretAccessKey: "STORAGE_SECRET_ACCESS_KEY",
  /** A service account's JSON key, for Google's libraries. */
  googleKey: "google.json",
} as const;

/** Every argument of a program that makes it replace `${VARIABLE}` in its configuration. */
export const expandEnvironment = "-config.expand-env=true";

const googleKeyFolder = "/etc/lgtm-storage";

/** Where and how the stores reach their object store. `T` is a string, or an output of one. */
export interface StorageArgs<T> extends ObjectStorage {
  /** Secret with the credentials; undefined when the cloud gives the service accounts an identity. */
  readonly credentialsSecret: T | undefined;
  /** Secret with the bundled MinIO's administrator; undefined when there is no MinIO. */
  readonly minioSecret: T | undefined;
  /** `host:port` of the bundled MinIO. */
  readonly bundledEndpoint: string;
}

/** The name that Loki, Mimir and Tempo all have for the kind of object store. */
export type Backend = "s3" | "gcs" | "azure";

/** The stores' common name for this object store: MinIO speaks S3. */
export function backendOf({ kind }: Pick<ObjectStorage, "kind">): Backend {
  return kind === "bundled" ? "s3" : kind;
}

/** The part of an S3 client's settings that Loki, Mimir and Tempo write differently. */
export interface S3 {
  /** `host[:port]`, without a scheme. */
  readonly endpoint: string;
  readonly region: string | undefined;
  /** Plain HTTP. */
  readonly insecure: boolean;
  /** Bucket in the path instead of the host name: what everything but AWS needs. */
  readonly pathStyle: boolean;
  /** As references to environment variables; undefined with workload identity. */
  readonly keys: { readonly id: string; readonly secret: string } | undefined;
}

function reference(variable: string): string {
  return `\${${variable}}`;
}

/** What an S3 client needs to know, read off the settings. */
export function s3Of<T>(storage: StorageArgs<T>): S3 {
  const keys =
    storage.credentialsSecret === undefined
      ? undefined
      : {
          id: reference(credentialKeys.accessKeyId),
          secret: reference(credentialKeys.secretAccessKey),
        };
  if (storage.kind === "bundled") {
    return {
      endpoint: storage.bundledEndpoint,
      region: undefined,
      insecure: true,
      pathStyle: true,
      keys,
    };
  }
  const own = storage.endpoint !== "";
  return {
    endpoint: own
      ? storage.endpoint.replace(/^https?:\/\/|\/$/g, "")
      : `s3.${storage.region}.amazonaws.com`,
    region: storage.region === "" ? undefined : storage.region,
    insecure: storage.endpoint.startsWith("http://"),
    pathStyle: own,
    keys,
  };
}

/** Azure's two ways to log in, under the names that Loki and Tempo share. */
export function azureLogin<T>({ credentialsSecret }: StorageArgs<T>): {
  readonly key: string | undefined;
  readonly federated: boolean;
} {
  return credentialsSecret === undefined
    ? { key: undefined, federated: true }
    : { key: reference(credentialKeys.secretAccessKey), federated: false };
}

/** What a container needs so that it may use the object store. */
export interface StorageAccess<T> {
  readonly extraEnvFrom?: readonly { readonly secretRef: { readonly name: T } }[];
  readonly extraEnv?: readonly { readonly name: string; readonly value: string }[];
  readonly extraVolumes?: readonly {
    readonly name: string;
    readonly secret: { readonly secretName: T };
  }[];
  readonly extraVolumeMounts?: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly: boolean;
  }[];
}

/** The environment, or the file, that carries the credentials into a container. */
export function storageAccess<T>({ kind, credentialsSecret }: StorageArgs<T>): StorageAccess<T> {
  if (credentialsSecret === undefined) return {};
  if (kind !== "gcs") return { extraEnvFrom: [{ secretRef: { name: credentialsSecret } }] };
  // Tempo takes Google's key from a file only; all three do it its way.
  return {
    extraEnv: [
      {
        name: "GOOGLE_APPLICATION_CREDENTIALS",
        value: `${googleKeyFolder}/${credentialKeys.googleKey}`,
      },
    ],
    extraVolumes: [{ name: "storage-key", secret: { secretName: credentialsSecret } }],
    extraVolumeMounts: [{ name: "storage-key", mountPath: googleKeyFolder, readOnly: true }],
  };
}

/** Labels by which Azure's webhook finds the pods that use an identity. */
export function identityLabels<T>(storage: StorageArgs<T>): Readonly<Record<string, string>> {
  return storage.kind === "azure" && storage.credentialsSecret === undefined
    ? { "azure.workload.identity/use": "true" }
    : {};
}
