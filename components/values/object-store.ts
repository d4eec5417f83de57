/** What the bundled object store runs and reads: versitygw, S3 over a folder. */
import type { Buckets } from "../../config/storage";
import { endpointOf, urlOf } from "../url";

/** The stores that keep their data in it. */
export type StoreName = "loki" | "mimir" | "tempo";

/** Which bucket is whose. */
export const bucketOf = {
  loki: "logs",
  mimir: "metrics",
  tempo: "traces",
} as const satisfies Record<StoreName, keyof Buckets>;

/** Path that answers without a key while the store takes requests. */
export const healthPath = "/_/health";

/** Folder of the volume, and in it the one with a folder per bucket. */
export const dataFolder = "/data";
export const bucketsFolder = `${dataFolder}/buckets`;

/** Folder of the file with the accounts. */
export const accountsFolder = "/etc/versitygw";

/**
 * Access key id of a store. It stays when the secret key is drawn anew: versitygw notes it on the bucket
 * as its owner. The bare name: what a Secret holds is hidden wherever a command shows it, from six
 * characters on, and a longer id would be part of the stores' names.
 */
export function accessKeyIdOf(store: StoreName): string {
  return store;
}

/** Access key id of who may do everything; short for the same reason. */
export const rootAccessKeyId = "owner";

/**
 * What the second container does: versitygw never asks the disk to write what it has acknowledged, and after a
 * power cut some of it would be there with zeros in it. This keeps what can be lost to about a second
 * (measured: 6 of 895 objects, the oldest 0.2 s old, instead of 281 of 769 up to 16 s old; docs/charts.md).
 */
export const flushScript = [
  "trap 'exit 0' TERM",
  "while :; do",
  "  sleep 1 & wait $!",
  // Of this volume only, where the image's sync knows how.
  `  sync -f ${bucketsFolder} 2>/dev/null || sync`,
  "done",
].join("\n");

/** The accounts, of which each may use the bucket that it owns and make none. */
export function accountsFile(secretKeys: Readonly<Record<StoreName, string>>): string {
  const accounts = Object.entries(secretKeys).map(([store, secret]) => {
    const access = accessKeyIdOf(store as StoreName);
    const owner = { userID: 0, groupID: 0, projectID: 0 };
    return [access, { access, secret, role: "user", ...owner }] as const;
  });
  return JSON.stringify({ accessAccounts: Object.fromEntries(accounts) });
}

/** Port on the pod's loopback that the gateway has while it makes the buckets. */
const setupPort = 7071;

/**
 * Script of the init container: a gateway that only it reaches makes the buckets that are missing, each with
 * its owner. Buckets that are there stay as they are.
 */
export function setupScript(buckets: Buckets): string {
  // A folder that mkdir makes has no owner, and only the root key may use it.
  const make = Object.entries(bucketOf).map(
    ([store, signal]) =>
      `[ -d ${bucketsFolder}/${buckets[signal]} ] || ` +
      `versitygw admin create-bucket --bucket ${buckets[signal]} --owner ${accessKeyIdOf(store as StoreName)}`,
  );
  const setup = { name: "127.0.0.1", port: setupPort };
  return [
    "set -eu",
    `mkdir -p ${bucketsFolder}`,
    `versitygw --quiet --port ${endpointOf(setup)} posix ${bucketsFolder} &`,
    "gateway=$!",
    "trap 'kill $gateway; wait $gateway || true' EXIT",
    'export ADMIN_ACCESS_KEY="$ROOT_ACCESS_KEY" ADMIN_SECRET_KEY="$ROOT_SECRET_KEY"',
    `export ADMIN_ENDPOINT_URL=${urlOf(setup)}`,
    "tries=0",
    "until versitygw admin list-buckets >/dev/null 2>&1; do",
    // A tenth of a second each: it answers within one on a slow disk.
    '  tries=$((tries+1)); [ "$tries" -lt 300 ] || exit 1; sleep 0.1',
    "done",
    ...make,
  ].join("\n");
}
