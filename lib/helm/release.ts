/** Reads what Helm has stored of a release: its revisions, values and objects. */
import { gunzipSync } from "node:zlib";
import { parseAllDocuments } from "yaml";
import type { Cluster } from "../kubernetes/cluster";
import type { KubeObject } from "../kubernetes/objects";
import { CliError } from "../terminal/errors";

export interface ReleasePlace {
  readonly name: string;
  readonly namespace: string;
}

export interface HelmRelease extends ReleasePlace {
  readonly revision: number;
  /** `deployed`, `failed`, `pending-install`, `pending-upgrade`, `pending-rollback`, `uninstalling`. */
  readonly status: string;
  /** Helm's own words on how the revision ended. */
  readonly description: string;
  /** When the revision was begun. */
  readonly deployed: string | undefined;
  readonly chart: string;
  readonly version: string;
  /** The values that were given, without the chart's own. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly objects: readonly KubeObject[];
  /** The newest revision that was ever deployed; undefined when none was. */
  readonly lastGood: number | undefined;
}

interface Stored {
  readonly version: number;
  readonly manifest?: string;
  readonly config?: Record<string, unknown> | null;
  readonly info?: { status?: string; description?: string; last_deployed?: string };
  readonly chart?: { readonly metadata?: { readonly name?: string; readonly version?: string } };
}

/** A Secret of type helm.sh/release.v1, without its data. */
interface Revision {
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
}

/** Only names and labels: each revision's data can be a megabyte. */
const metadataOnly = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/**
 * The newest revision of a release; undefined when Helm knows no such release.
 *
 * @throws CliError when Helm's record cannot be read, which no version of Helm 3 writes
 */
export async function readRelease(
  cluster: Cluster,
  { name, namespace }: ReleasePlace,
): Promise<HelmRelease | undefined> {
  const folder = recordsIn(namespace);
  const labelSelector = `owner=helm,name=${name}`;
  const secrets = await cluster.list<Revision>(folder, { labelSelector }, undefined, metadataOnly);
  const revisions = secrets
    .map(({ metadata }) => ({
      secret: metadata.name,
      number: Number(metadata.labels?.["version"] ?? 0),
      status: metadata.labels?.["status"] ?? "",
    }))
    .sort((one, other) => other.number - one.number);
  const newest = revisions[0];
  if (newest === undefined) return undefined;
  const secret = await cluster.find<{ data?: { release?: string } }>(`${folder}/${newest.secret}`);
  if (secret?.data?.release === undefined) return undefined;
  const good = revisions.find(({ status }) => status === "deployed" || status === "superseded");
  try {
    return { ...unpack(secret.data.release), name, namespace, lastGood: good?.number };
  } catch (cause) {
    throw new UnreadableRelease({ name, namespace }, newest.secret, cluster, cause);
  }
}

/** Helm's record is there, and is none. */
export class UnreadableRelease extends CliError {
  constructor({ name, namespace }: ReleasePlace, secret: string, cluster: Cluster, cause: unknown) {
    super(`Helm's record of release ${namespace}/${name} cannot be read: secret ${secret}.`, {
      fix: `keep a copy and delete it: Helm then goes by the revision before, or up installs over what is there; ${cluster.kubectl(`delete -n ${namespace} secret/${secret}`)}`,
      cause,
    });
  }
}

/** Whether Helm's records are not to be seen: a release that is not found may be there all the same. */
export function areRecordsHidden(cluster: Cluster, { namespace }: ReleasePlace): boolean {
  return cluster.refuses(recordsIn(namespace));
}

function recordsIn(namespace: string): string {
  return `/api/v1/namespaces/${namespace}/secrets`;
}

/** Helm's record: base64 in base64, around gzip, around JSON. */
export function unpack(data: string): Omit<HelmRelease, "name" | "namespace" | "lastGood"> {
  const packed = Buffer.from(Buffer.from(data, "base64").toString(), "base64");
  const stored = JSON.parse(gunzipSync(packed).toString()) as Stored;
  return {
    revision: stored.version,
    status: stored.info?.status ?? "unknown",
    description: stored.info?.description ?? "",
    deployed: stored.info?.last_deployed,
    chart: stored.chart?.metadata?.name ?? "",
    version: stored.chart?.metadata?.version ?? "",
    values: stored.config ?? {},
    objects: parseManifest(stored.manifest ?? ""),
  };
}

/** The objects of a manifest; lists are taken apart. */
export function parseManifest(manifest: string): KubeObject[] {
  // YAML 1.1, as Helm reads it: 0444 is octal there, and yes is true.
  const documents = parseAllDocuments(manifest, { version: "1.1", logLevel: "silent" });
  return documents.flatMap((document) => flatten(document.toJS() as unknown));
}

function flatten(found: unknown): KubeObject[] {
  if (typeof found !== "object" || found === null) return [];
  const object = found as KubeObject & { items?: unknown[] };
  if (object.kind.endsWith("List") && Array.isArray(object.items))
    return object.items.flatMap(flatten);
  return [object];
}
