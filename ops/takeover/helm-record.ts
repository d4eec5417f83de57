/** Helm's record of a release that it was cut off at. */
import { gunzipSync, gzipSync } from "node:zlib";
import type { HelmRelease } from "../../lib/helm/release";
import type { Cluster } from "../../lib/kubernetes/cluster";

/** What Helm's record says while Helm is at work on a release. Helm refuses to touch one that says so. */
const unfinished = /^(pending-(install|upgrade|rollback)|uninstalling)$/;

/** Whether Helm was cut off at a release, or is still at it. */
export function isStuck({ status }: Pick<HelmRelease, "status">): boolean {
  return unfinished.test(status);
}

interface Secret {
  readonly metadata: { readonly resourceVersion: string };
  readonly data?: { readonly release?: string };
}

/**
 * Writes into Helm's record of the newest revision that it has failed, which is the truth, and what
 * Helm itself writes when it notices. The next upgrade then starts from the last revision that was
 * deployed; nothing in the cluster is deleted or changed.
 *
 * @throws ApiError when somebody else has changed the record since, a Helm that is at work for one
 */
export async function markFailed(
  cluster: Cluster,
  { name, namespace, revision }: HelmRelease,
): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/secrets/sh.helm.release.v1.${name}.v${String(revision)}`;
  const secret = await cluster.find<Secret>(path);
  if (secret?.data?.release === undefined) return;
  const patch = {
    metadata: {
      resourceVersion: secret.metadata.resourceVersion,
      labels: { status: "failed" },
    },
    data: { release: asFailed(secret.data.release) },
  };
  await cluster.patch(path, patch, { type: "merge", manager: "lgtm-recover" });
}

/**
 * Helm's record with another status: base64 in base64, around gzip, around JSON. Only two texts in it
 * are replaced, because reading and writing the whole would round the numbers of a chart's values.
 *
 * @throws Error when the record is not as Helm 3 writes it
 */
export function asFailed(packed: string): string {
  const text = gunzipSync(
    Buffer.from(Buffer.from(packed, "base64").toString(), "base64"),
  ).toString();
  const words = JSON.stringify('Interrupted; marked as failed by "npm run recover"');
  // The description, where there is one, stands before the status.
  const changed = text.replace(
    /("info":\{[^]*?)"status":"[a-z-]+"/,
    (_all, before: string) =>
      `${before.replace(/"description":"(?:[^"\\]|\\.)*"/, () => `"description":${words}`)}"status":"failed"`,
  );
  const { info } = JSON.parse(changed) as { info?: { status?: string } };
  if (info?.status !== "failed")
    throw new Error("Helm's record has no status where Helm 3 writes it");
  return Buffer.from(gzipSync(changed).toString("base64")).toString("base64");
}
