/** A stack, what its state has, and what a cluster shows of it, for tests that change one thing each. */
import type { Claimed } from "../../../components/ownership/case";
import type { Seen } from "../../../components/ownership/look";
import {
  marksOf,
  ownStateOf,
  type OwnState,
  type StateEntry,
} from "../../../components/ownership/own";
import { holdersOf } from "../../../config/holders";
import { kubernetesFloors } from "../../../config/kubernetes-floors";
import { namesOf, type NamespaceName, type ObjectName } from "../../../config/names";
import { settingsSchema } from "../../../config/schema";
import type { HelmRelease } from "../../../lib/helm/release";
import type { Metadata } from "../../../lib/kubernetes/objects";
import { stackConfig } from "../../../lib/pulumi/stack-files";

export const ownId = "11111111-1111-4111-8111-111111111111";
export const otherId = "22222222-2222-4222-8222-222222222222";
export const manager = "pulumi-kubernetes-own";

/** Metadata as a stack with this id marks it. */
export function markedBy(id: string, stack = "other"): Pick<Metadata, "annotations" | "labels"> {
  return {
    labels: { "lgtm/stack-id": id },
    annotations: { "lgtm/project": "lgtm", "lgtm/stack": stack },
  };
}

/** Metadata as Helm marks it. */
export function ofRelease(place: string): Pick<Metadata, "annotations"> {
  const [namespace = "", name = ""] = place.split("/");
  return {
    annotations: {
      "meta.helm.sh/release-name": name,
      "meta.helm.sh/release-namespace": namespace,
    },
  };
}

/** Values of Helm's record with the mark of a stack. */
export function valuesOf(id: string, stack = "other"): HelmRelease["values"] {
  return { global: { lgtmStack: { id, project: "lgtm", stack } } };
}

export function release(place: string, rest: Partial<HelmRelease> = {}): HelmRelease {
  const [namespace = "", name = ""] = place.split("/");
  return {
    ...{ name, namespace, revision: 2, status: "deployed", description: "", deployed: undefined },
    ...{ chart: "lgtm-distributed", version: "3.0.1", values: {}, objects: [], lastGood: 2 },
    ...rest,
  };
}

export function claimOf(name: string, annotations: Metadata["annotations"] = {}) {
  return { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name, annotations } };
}

export const data = {
  store: "the bundled store (volume lgtm/my-lgtm-minio)",
  retentionDays: { logs: 7, metrics: 30, traces: 7 },
};

/** What stack dev asks for with the umbrella chart, which has names of the whole cluster, and some settings changed. */
export function claimed(
  changed: Readonly<Record<string, string>> = {},
  rest: Partial<Claimed> = {},
): Claimed {
  const declared = Object.entries(stackConfig("dev"))
    .filter(([key]) => key.startsWith("lgtm:"))
    .map(([key, value]) => [key.slice("lgtm:".length), value]);
  const settings = settingsSchema.parse({
    ...Object.fromEntries(declared),
    chartSet: "umbrella",
    ...changed,
  });
  return {
    project: "lgtm",
    context: "prod",
    names: namesOf(settings),
    stackId: settings.stackId === "" ? undefined : settings.stackId,
    namespacesToDelete: settings.namespacesToDelete,
    data,
    floors: kubernetesFloors(settings),
    holders: holdersOf(settings),
    ...rest,
  };
}

/** Names of the namespaces of a state, by the name of their resource. */
export type Namespaces = Readonly<Record<string, string>>;

export const namespaces: Namespaces = { lgtm: "lgtm", otel: "otel", demo: "flask-app" };

function entry(type: string, name: string, outputs: StateEntry["outputs"]): StateEntry {
  return { urn: `urn:pulumi:dev::lgtm::${type}::${name}`, type, outputs };
}

/** What a state of the stack has. */
export interface State {
  readonly namespaces?: Namespaces;
  readonly releases?: readonly string[];
  /** Undefined for a stack from before the mark. */
  readonly id?: string | undefined;
  /** Whether the id was drawn, or given by a setting. Default: drawn. */
  readonly given?: boolean;
  /** The id that was drawn. Default: that of the stack, or none where it was given. */
  readonly drawn?: string;
  readonly clusterId?: string | undefined;
  readonly context?: string | undefined;
  readonly data?: unknown;
}

/** Entries as the engine gives them. */
export function stateOf(state: State = {}): StateEntry[] {
  const {
    id,
    given = false,
    drawn = given ? undefined : id,
    clusterId = "cluster-1",
    context = "prod",
  }: State = { id: ownId, ...state };
  return [
    ...(id === undefined
      ? []
      : [
          entry("lgtm:index:StackOwnership", "stack", {
            id,
            data: "data" in state ? state.data : data,
          }),
          ...(drawn === undefined
            ? []
            : [entry("random:index/randomUuid:RandomUuid", "stack", { result: drawn })]),
        ]),
    entry("pulumi:providers:kubernetes", "cluster", {
      context: "context" in state ? state.context : context,
      clusterIdentifier: "clusterId" in state ? state.clusterId : clusterId,
    }),
    ...Object.entries(state.namespaces ?? namespaces).map(([resource, name]) =>
      entry("kubernetes:core/v1:Namespace", resource, {
        __fieldManager: manager,
        metadata: { name, uid: `uid-${name}` },
      }),
    ),
    ...(state.releases ?? ["lgtm/my-lgtm", "otel/otel-collector"]).map((place) => {
      const { namespace, name } = release(place);
      const values = id === undefined ? {} : valuesOf(id, "dev");
      const part = /-(loki|tempo|mimir|grafana)$/.exec(name)?.[0] ?? "";
      const resource = namespace === namespaces["otel"] ? "otel" : `lgtm${part}`;
      return entry("kubernetes:helm.sh/v3:Release", resource, { name, namespace, values });
    }),
  ];
}

/** A stack that is deployed as `claimed()` asks. */
export function deployed(state: State = {}): OwnState {
  return ownStateOf(stateOf(state));
}

/** A stack before its first `up`. */
export const fresh = ownStateOf([]);

/** What there is; everything else is not. */
export interface Live {
  readonly clusterId?: string | undefined;
  /** Default: one that every chart installs on. */
  readonly kubernetesMinor?: number;
  /** Metadata by name, beside uid and name. */
  readonly namespaces?: Readonly<Record<string, Partial<Metadata>>>;
  readonly releases?: readonly HelmRelease[];
  /** Metadata by "Kind place". */
  readonly objects?: Readonly<Record<string, Partial<Metadata>>>;
  /** Kinds that the cluster does not have. */
  readonly unserved?: readonly string[];
  readonly claims?: readonly Metadata[];
  readonly leaving?: Seen["leaving"];
  readonly leavingReleases?: Seen["leavingReleases"];
}

function nameOf({ kind, namespace, name }: ObjectName): string {
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

/** What a look shows of it. */
export function seen({ names }: Claimed, live: Live): Seen {
  const there = <K>(
    keys: readonly K[],
    label: (key: K) => string,
    found: Readonly<Record<string, Partial<Metadata>>> = {},
  ): Map<K, Metadata | undefined> => {
    const strange = Object.keys(found).filter((one) => !keys.some((key) => label(key) === one));
    if (strange.length > 0) throw new Error(`nobody looks at ${strange.join()}`);
    return new Map(
      keys.map((key) => {
        const metadata = found[label(key)];
        return [key, metadata && { name: label(key), uid: `uid-${label(key)}`, ...metadata }];
      }),
    );
  };
  return {
    clusterId: "clusterId" in live ? live.clusterId : "cluster-1",
    kubernetesMinor: live.kubernetesMinor ?? 36,
    namespaces: there(names.namespaces, ({ name }: NamespaceName) => name, live.namespaces),
    releases: new Map((live.releases ?? []).map((one) => [`${one.namespace}/${one.name}`, one])),
    objects: there(names.objects, nameOf, live.objects),
    unserved: names.objects.filter(({ kind }) => live.unserved?.includes(kind) === true),
    claims: live.claims ?? [],
    leaving: live.leaving ?? [],
    leavingReleases: live.leavingReleases ?? [],
  };
}

export { marksOf };
