/** How the stores reach their object store, and where they find its credentials. */
import { bundledRegion, type ObjectStorage } from "../../config/storage";
import { objectStoreEndpoint } from "./services";
import type { StoreValuesArgs } from "./store-args";

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

/** What the functions of this file need to know. */
export interface StorageArgs<T> extends Pick<StoreValuesArgs<T>, "storage" | "storageCredentials"> {
  readonly bundled: BundledStore;
}

/** What the stores' clients know of the bundled object store. */
export interface BundledStore {
  /** `host:port` */
  readonly endpoint: string;
  /** Region that requests are signed for; undefined for MinIO, which takes every one. */
  readonly region?: string;
  /** Bucket for Mimir's rules and Alertmanager state; undefined when they have prefixes beside the blocks. */
  readonly rulerBucket?: string;
}

/** The one that is no part of a chart. */
export function objectStoreOf({
  releaseName,
  namespace,
}: Pick<StoreValuesArgs<never>, "namespace" | "releaseName">): BundledStore {
  return {
    endpoint: objectStoreEndpoint("objectStore", releaseName, namespace),
    region: bundledRegion,
  };
}

/** The name that Loki, Mimir and Tempo all have for the kind of object store. */
export type Backend = "s3" | "gcs" | "azure";

/** The stores' common name for this object store: the bundled one speaks S3. */
export function backendOf({ kind }: Pick<ObjectStorage, "kind">): Backend {
  return kind === "bundled" ? "s3" : kind;
}

/** What one store calls the fields of a client; bucket of Google and container of Azure are the same for all. */
export interface ClientFields {
  readonly s3: {
    readonly bucket: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    /** Bucket in the path instead of the host name; left out where the store finds out by itself. */
    readonly pathStyle?: string;
  };
  readonly azure: {
    readonly account: string;
    readonly key: string;
    /** Workload identity; left out where the store takes it by itself when there is no key. */
    readonly federated?: string;
  };
}

/** A store's client for one bucket, under the store's own names for its fields. */
export function storageClient<T>(
  { storage, storageCredentials, bundled: store }: StorageArgs<T>,
  bucket: string,
  { s3, azure }: ClientFields,
): Readonly<Record<string, string | boolean>> {
  const hasKeys = storageCredentials !== undefined;
  const secret = reference(credentialKeys.secretAccessKey);
  switch (backendOf(storage)) {
    case "gcs":
      return { bucket_name: bucket };
    case "azure":
      return {
        [azure.account]: storage.account,
        container_name: bucket,
        ...(hasKeys && { [azure.key]: secret }),
        ...(azure.federated !== undefined && { [azure.federated]: !hasKeys }),
      };
    case "s3": {
      const bundled = storage.kind === "bundled";
      const region = bundled ? store.region : storage.region;
      const isAws = !bundled && storage.endpoint === "";
      return {
        [s3.bucket]: bucket,
        endpoint: bundled
          ? store.endpoint
          : isAws
            ? awsEndpoint(storage.region)
            : storage.endpoint.replace(/^https?:\/\/|\/$/g, ""),
        ...(region !== undefined && region !== "" && { region }),
        insecure: bundled || storage.endpoint.startsWith("http://"),
        ...(s3.pathStyle !== undefined && { [s3.pathStyle]: !isAws }),
        ...(hasKeys && {
          [s3.accessKeyId]: reference(credentialKeys.accessKeyId),
          [s3.secretAccessKey]: secret,
        }),
      };
    }
  }
}

/** Domains of AWS's partitions, by what their regions begin with; every other region is in the first one. */
const awsDomains: readonly (readonly [region: RegExp, domain: string])[] = [
  [/^cn-/, "amazonaws.com.cn"],
  [/^us-iso-/, "c2s.ic.gov"],
  [/^us-isob-/, "sc2s.sgov.gov"],
  [/^eu-isoe-/, "cloud.adc-e.uk"],
  [/^us-isof-/, "csp.hci.ic.gov"],
  [/^eusc-/, "amazonaws.eu"],
];

/** Host of S3 in a region of AWS. */
export function awsEndpoint(region: string): string {
  const [, domain] = awsDomains.find(([begin]) => begin.test(region)) ?? [];
  return `s3.${region}.${domain ?? "amazonaws.com"}`;
}

/** How the stores' configuration refers to an environment variable. */
function reference(variable: string): string {
  return `\${${variable}}`;
}

/** What a container needs so that it may use the object store. */
export interface CredentialMounts<T> {
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
export function credentialMounts<T>({
  storage,
  storageCredentials: secret,
}: Pick<StorageArgs<T>, "storage" | "storageCredentials">): CredentialMounts<T> {
  if (secret === undefined) return {};
  if (storage.kind !== "gcs") return { extraEnvFrom: [{ secretRef: { name: secret } }] };
  // Tempo takes Google's key from a file only; all three do it its way.
  return {
    extraEnv: [
      {
        name: "GOOGLE_APPLICATION_CREDENTIALS",
        value: `${googleKeyFolder}/${credentialKeys.googleKey}`,
      },
    ],
    extraVolumes: [{ name: "storage-key", secret: { secretName: secret } }],
    extraVolumeMounts: [{ name: "storage-key", mountPath: googleKeyFolder, readOnly: true }],
  };
}

/** Labels by which Azure's webhook finds the pods that use an identity. */
export function identityLabels<T>({
  storage,
  storageCredentials,
}: Pick<StorageArgs<T>, "storage" | "storageCredentials">): Readonly<Record<string, string>> {
  return storage.kind === "azure" && storageCredentials === undefined
    ? { "azure.workload.identity/use": "true" }
    : {};
}
