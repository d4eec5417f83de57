/** Where a stack keeps data, as one of the two trees has it. */
import { ownershipType } from "../../../components/ownership/own";
import { isRecord } from "../../../lib/kubernetes/objects";
import { kindOf, metadataOf, type Subject } from "../../../policy/subject";
import type { Resource } from "./program";
import type { Side } from "./side";

/** A namespace that the program makes, and so deletes. */
export interface MadeNamespace {
  readonly name: string;
  readonly protect: boolean;
}

export interface MadeRelease {
  /** `namespace/name` */
  readonly place: string;
  readonly namespace: string;
  readonly protect: boolean;
}

/** A PersistentVolumeClaim that is an object of a release. */
export interface ClaimFact {
  readonly release: string;
  readonly namespace: string;
  readonly name: string;
  /** Helm deletes it neither in an upgrade nor in an uninstall. */
  readonly keep: boolean;
}

/** A StatefulSet, whose claims Helm does not know. */
export interface VolumeSet {
  /** Undefined for an object that the program makes itself. */
  readonly release: string | undefined;
  readonly namespace: string;
  readonly name: string;
  readonly replicas: number;
  /** Names of its claim templates. */
  readonly claims: readonly string[];
  /** Kubernetes deletes the volumes with the StatefulSet, or with pods that are no longer wanted. */
  readonly deletesWhen: { readonly deleted: boolean; readonly scaled: boolean };
}

export interface DataFacts {
  /** Prefix of the settings. */
  readonly project: string;
  /** By name, without the prefix. */
  readonly settings: Readonly<Record<string, string>>;
  readonly context: string | undefined;
  readonly namespaces: readonly MadeNamespace[];
  readonly releases: readonly MadeRelease[];
  readonly claims: readonly ClaimFact[];
  readonly sets: readonly VolumeSet[];
  /** The program looks before it changes anything: refuses what costs data, and makes Helm keep claims. */
  readonly looksFirst: boolean;
  /** Releases whose objects are not known. */
  readonly unrendered: readonly string[];
}

/** The facts of a side; undefined when its program refuses, or there is no such stack. */
export function dataFactsOf({
  program,
  resources,
  subjects,
  rendered,
}: Side): DataFacts | undefined {
  if (program === undefined) return undefined;
  const prefix = `${program.project}:`;
  const settings = Object.entries(program.settings.values).flatMap(([key, value]) =>
    key.startsWith(prefix) ? [[key.slice(prefix.length), value] as const] : [],
  );
  const releases = new Map(resources.flatMap(releaseOf).map((one) => [one.resource, one.release]));
  const objects = subjects.flatMap((subject) => {
    const release = releases.get(subject.release ?? "");
    return release === undefined ? [] : [{ subject, release }];
  });
  return {
    project: program.project,
    settings: Object.fromEntries(settings),
    context: program.settings.values["kubernetes:context"],
    namespaces: resources.flatMap(namespaceOf),
    releases: [...releases.values()],
    claims: objects.flatMap(({ subject, release }) => claimOf(subject, release)),
    sets: [
      ...objects.flatMap(({ subject, release }) => setOf(subject, release)),
      ...subjects
        .filter(({ release }) => release === undefined)
        .flatMap((subject) => setOf(subject, { place: undefined, namespace: "default" })),
    ],
    looksFirst: resources.some(({ type }) => type === ownershipType),
    unrendered: rendered.flatMap(({ release, problem }) =>
      problem === undefined ? [] : [release],
    ),
  };
}

function namespaceOf({ type, read, inputs, protect }: Resource): MadeNamespace[] {
  const { name } = metadataOf({ props: inputs });
  return type === "kubernetes:core/v1:Namespace" && !read && name !== undefined
    ? [{ name, protect }]
    : [];
}

function releaseOf({
  type,
  name: resource,
  inputs,
  protect,
}: Resource): { readonly resource: string; readonly release: MadeRelease }[] {
  if (type !== "kubernetes:helm.sh/v3:Release") return [];
  const { namespace, name } = inputs as { namespace?: string; name?: string };
  const [where, what] = [namespace ?? "default", name ?? resource];
  return [{ resource, release: { place: `${where}/${what}`, namespace: where, protect } }];
}

function claimOf(subject: Subject, { place, namespace }: MadeRelease): ClaimFact[] {
  if (kindOf(subject) !== "PersistentVolumeClaim") return [];
  const metadata = metadataOf(subject);
  return [
    {
      release: place,
      namespace: metadata.namespace ?? namespace,
      name: metadata.name ?? "",
      keep: metadata.annotations?.["helm.sh/resource-policy"] === "keep",
    },
  ];
}

interface StatefulSetSpec {
  readonly replicas?: number;
  readonly volumeClaimTemplates?: readonly { readonly metadata?: { readonly name?: string } }[];
  readonly persistentVolumeClaimRetentionPolicy?: {
    readonly whenDeleted?: string;
    readonly whenScaled?: string;
  };
}

function setOf(
  subject: Subject,
  { place, namespace }: { readonly place: string | undefined; readonly namespace: string },
): VolumeSet[] {
  const spec = subject.props["spec"];
  if (kindOf(subject) !== "StatefulSet" || !isRecord(spec)) return [];
  const metadata = metadataOf(subject);
  const {
    replicas = 1,
    volumeClaimTemplates = [],
    persistentVolumeClaimRetentionPolicy: policy = {},
  } = spec as StatefulSetSpec;
  return [
    {
      release: place,
      namespace: metadata.namespace ?? namespace,
      name: metadata.name ?? "",
      replicas,
      claims: volumeClaimTemplates.flatMap(({ metadata: own }) => own?.name ?? []),
      deletesWhen: {
        deleted: policy.whenDeleted === "Delete",
        scaled: policy.whenScaled === "Delete",
      },
    },
  ];
}
