/** What a stack has already, read from Pulumi's state: that is its own, whatever else bears the same name. */
import type { ChartSet } from "../../config/charts";
import { chartSetOfReleases } from "../../config/services";
import type { HelmRelease } from "../../lib/helm/release";
import { markOfRelease, type OwnMarks } from "../../lib/kubernetes/ownership";

/** A resource of the state, as `pulumi stack export` and the engine's own answer both have it. */
export interface StateEntry {
  readonly urn: string;
  readonly type: string;
  readonly outputs?: Readonly<Record<string, unknown>> | undefined;
}

export interface OwnNamespace {
  readonly name: string;
  readonly uid: string;
  readonly urn: string;
  /** Its name in the program: which of the stack's namespaces it is. */
  readonly resource: string;
}

/** Where the stack keeps data, as its last `up` left it; texts for people. */
export interface DataRecord {
  /** "bundled" or "s3 bucket-a, bucket-b, bucket-c". */
  readonly store: string;
  /** Dashboards, users and silences of people: "the volume lgtm/my-lgtm-grafana"; undefined is the pod. */
  readonly grafana?: string | undefined;
  readonly retentionDays: Readonly<Record<"logs" | "metrics" | "traces", number>>;
}

export interface OwnState {
  /** The stack's id; undefined before its first `up` with this version. */
  readonly id: string | undefined;
  /** Whether the settings have given it that id, after a state was lost. */
  readonly isIdGiven: boolean;
  /** The id that was drawn for it, which a run that was given another one may not have come to forget. */
  readonly drawnId: string | undefined;
  /** Uid of the cluster that it was deployed to; undefined when that was not noted. */
  readonly clusterId: string | undefined;
  /** The context of its provider. */
  readonly context: string | undefined;
  /** Uids of all its Kubernetes objects, each with the field manager that its provider wrote them under. */
  readonly uids: ReadonlyMap<string, string | undefined>;
  readonly namespaces: readonly OwnNamespace[];
  /** `namespace/name` of its Helm releases. */
  readonly releases: ReadonlySet<string>;
  /** Those of them that are of stores, with the charts that they are of. */
  readonly storeReleases: ReadonlyMap<string, ChartSet>;
  /** Those of them that were deployed with the mark. */
  readonly markedReleases: ReadonlySet<string>;
  readonly data: DataRecord | undefined;
}

/** Type token of the component whose outputs carry what the next run has to know. */
export const ownershipType = "lgtm:index:StackOwnership";

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** What stands behind the last `::`. */
function resourceOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/**
 * Sorts a state. Objects that are only read or patched are left out: a patch has the uid of an object
 * that is somebody else's.
 */
export function ownStateOf(entries: readonly StateEntry[]): OwnState {
  const uids = new Map<string, string | undefined>();
  const namespaces: OwnNamespace[] = [];
  const releases = new Set<string>();
  const storeReleases = new Map<string, ChartSet>();
  const markedReleases = new Set<string>();
  let own: Fields = {};
  let cluster: Fields = {};
  let drawn: string | undefined;
  for (const { urn, type, outputs = {} } of entries) {
    if (type === ownershipType) own = outputs;
    // Noted before the component is, which a killed run does not come to.
    else if (type === "random:index/randomUuid:RandomUuid") drawn = text(outputs["result"]);
    else if (type === "pulumi:providers:kubernetes") cluster = outputs;
    else if (type === "kubernetes:helm.sh/v3:Release") {
      const [name, namespace] = [text(outputs["name"]), text(outputs["namespace"])];
      if (name === undefined || namespace === undefined) continue;
      releases.add(`${namespace}/${name}`);
      const set = chartSetOfReleases([resourceOf(urn)]);
      if (set !== undefined) storeReleases.set(`${namespace}/${name}`, set);
      // `pulumi refresh` lays the live values over these, and takes none away.
      if (markOfRelease(fields(outputs["values"])) !== undefined)
        markedReleases.add(`${namespace}/${name}`);
    } else if (type.startsWith("kubernetes:") && !type.endsWith("Patch")) {
      const metadata = fields(outputs["metadata"]);
      const [name, uid] = [text(metadata["name"]), text(metadata["uid"])];
      if (uid === undefined) continue;
      uids.set(uid, text(outputs["__fieldManager"]));
      if (type === "kubernetes:core/v1:Namespace" && name !== undefined)
        namespaces.push({ name, uid, urn, resource: resourceOf(urn) });
    }
  }
  const given = text(own["id"]);
  return {
    id: given ?? drawn,
    // Not whether one was drawn: what a run no longer has goes at its end, which it may not come to.
    isIdGiven: given !== undefined && given !== drawn,
    drawnId: drawn,
    clusterId: text(cluster["clusterIdentifier"]) ?? text(own["clusterId"]),
    context: text(cluster["context"]),
    uids,
    namespaces,
    releases,
    storeReleases,
    markedReleases,
    data: own["data"] === undefined ? undefined : (own["data"] as DataRecord),
  };
}

/** By what the stack's objects are known in the cluster. */
export function marksOf(own: OwnState, namedId?: string): OwnMarks {
  const ids = [own.drawnId, own.id, namedId].filter((id) => id !== undefined);
  return {
    ids: new Set(ids),
    uids: own.uids,
    releases: own.releases,
    isMarked: own.id !== undefined,
  };
}

/**
 * Whether the stack itself has made a release. As with objects, a mark decides, and the state where
 * there is none; but of what the state has with a mark, a first revision without one was installed by
 * somebody else in its place.
 */
export function isOwnRelease(
  place: string,
  { values, revision }: Pick<HelmRelease, "revision" | "values">,
  own: Pick<OwnState, "markedReleases">,
  marks: OwnMarks,
): boolean {
  const mark = markOfRelease(values);
  if (mark !== undefined) return marks.ids.has(mark.id);
  return marks.releases.has(place) && !(revision === 1 && own.markedReleases.has(place));
}
