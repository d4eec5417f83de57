/** What the bundled object store runs and reads: versitygw, S3 over a folder. */
import type { Buckets } from "../../config/storage";

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
 * as its owner.
 */
export function accessKeyIdOf(store: StoreName): string {
  return `lgtm-${store}`;
}

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
  const make = Object.entries(bucketOf).map(
    ([store, signal]) =>
      `[ -d ${bucketsFolder}/${buckets[signal]} ] || ` +
      `versitygw admin create-bucket --bucket ${buckets[signal]} --owner ${accessKeyIdOf(store as StoreName)}`,
  );
  const address = `127.0.0.1:${String(setupPort)}`;
  return [
    "set -eu",
    `mkdir -p ${bucketsFolder}`,
    `versitygw --port ${address} posix ${bucketsFolder} &`,
    "gateway=$!",
    "trap 'kill $gateway; wait $gateway || true' EXIT",
    'export ADMIN_ACCESS_KEY="$ROOT_ACCESS_KEY" ADMIN_SECRET_KEY="$ROOT_SECRET_KEY"',
    `export ADMIN_ENDPOINT_URL=http://${address}`,
    "tries=0",
    "until versitygw admin list-buckets >/dev/null 2>&1; do",
    // A tenth of a second each: it answers within one on a slow disk.
    '  tries=$((tries+1)); [ "$tries" -lt 300 ] || exit 1; sleep 0.1',
    "done",
    ...make,
  ].join("\n");
}
