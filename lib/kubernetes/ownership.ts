/** Whose an object of the cluster is: the mark of a stack, and the marks that other tools leave. */
import { type KubeObject, type Metadata, omit } from "./objects";

/** Label with the id of the stack that has made an object. */
export const stackIdLabel = "lgtm/stack-id";
/** Annotations that say in words which stack it was: names may be longer than a label, and may change. */
export const projectAnnotation = "lgtm/project";
export const stackAnnotation = "lgtm/stack";

/** What a stack writes on everything that it makes. */
export interface Mark {
  /** Drawn once per stack; names can be chosen twice, this cannot. */
  readonly id: string;
  readonly project: string;
  readonly stack: string;
}

/** Whoever may write to an object may write anything into its marks: one short line, without controls. */
export function plain(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "").slice(0, 100);
}

/** The mark of the stack that has made an object; undefined when none has, or one from before the mark. */
export function markOf({
  labels,
  annotations,
}: Pick<Metadata, "labels" | "annotations">): Mark | undefined {
  const id = labels?.[stackIdLabel];
  if (id === undefined || id === "") return undefined;
  return {
    id: plain(id),
    project: plain(annotations?.[projectAnnotation] ?? "unknown"),
    stack: plain(annotations?.[stackAnnotation] ?? "unknown"),
  };
}

/** Key below `global` in the values of a Helm release under which its stack's mark stands. */
export const releaseMarkKey = "lgtmStack";

/** The mark of the stack that has made a Helm release, from the values in Helm's record. */
export function markOfRelease(values: Readonly<Record<string, unknown>>): Mark | undefined {
  const global = values["global"] as Readonly<Record<string, unknown>> | null | undefined;
  const mark = global?.[releaseMarkKey] as Partial<Record<keyof Mark, unknown>> | null | undefined;
  if (typeof mark?.id !== "string" || mark.id === "") return undefined;
  const text = (value: unknown): string => plain(typeof value === "string" ? value : "unknown");
  return { id: plain(mark.id), project: text(mark.project), stack: text(mark.stack) };
}

/** The same labels and annotations without what says whose an object is: that is no setting. */
export function withoutMark<T extends Pick<Metadata, "labels" | "annotations">>(metadata: T): T {
  const { labels, annotations } = metadata;
  return {
    ...metadata,
    ...(labels && { labels: omit(labels, stackIdLabel) }),
    ...(annotations && {
      annotations: omit(annotations, projectAnnotation, stackAnnotation, adoptedAnnotation),
    }),
  };
}

/** The same values without {@link releaseMarkKey}. */
export function withoutReleaseMark(
  values: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { global, ...rest } = values;
  if (typeof global !== "object" || global === null) return values;
  const others = Object.entries(global).filter(([key]) => key !== releaseMarkKey);
  return others.length === 0 ? rest : { ...rest, global: Object.fromEntries(others) };
}

/** "stack lgtm/dev (id 5f0c…)" */
export function describeMark({ id, project, stack }: Mark): string {
  return `stack ${project}/${stack} (id ${id})`;
}

/** Annotation that `npm run adopt` leaves on what it has taken into a state: nobody else's run made it. */
export const adoptedAnnotation = "lgtm/adopted";

/** Annotation by which the provider takes fields over from a run whose state was lost. */
export const patchForceAnnotation = "pulumi.com/patchForce";

/** Labels and annotations of tools that put an object back as they want it. */
const managers: readonly (readonly [kind: "labels" | "annotations", key: string, who: string])[] = [
  ["labels", "helm.toolkit.fluxcd.io/name", "Flux HelmRelease"],
  ["labels", "kustomize.toolkit.fluxcd.io/name", "Flux Kustomization"],
  ["annotations", "helm.fluxcd.io/antecedent", "Flux HelmRelease"],
  ["annotations", "argocd.argoproj.io/tracking-id", "Argo CD"],
  ["labels", "argocd.argoproj.io/instance", "Argo CD application"],
];

/** The tool that reconciles an object, such as "Flux HelmRelease lgtm"; undefined when none says so. */
export function reconcilerOf(
  metadata: Pick<Metadata, "labels" | "annotations">,
): string | undefined {
  for (const [kind, key, who] of managers) {
    const value = metadata[kind]?.[key];
    if (value !== undefined) return `${who} ${plain(value)}`;
  }
  return undefined;
}

/** The Helm release that an object belongs to, as Helm itself notes it. */
export function releaseOf({
  annotations,
}: Pick<Metadata, "annotations">):
  { readonly name: string; readonly namespace: string } | undefined {
  const name = annotations?.["meta.helm.sh/release-name"];
  const namespace = annotations?.["meta.helm.sh/release-namespace"];
  return name === undefined || namespace === undefined
    ? undefined
    : { name: plain(name), namespace: plain(namespace) };
}

/** Who else keeps an object as it is: a tool that reconciles, or one whose name is neither Helm's nor missing. */
export function otherManagerOf(
  metadata: Pick<Metadata, "labels" | "annotations">,
): string | undefined {
  const reconciler = reconcilerOf(metadata);
  if (reconciler !== undefined) return reconciler;
  const manager = metadata.labels?.["app.kubernetes.io/managed-by"];
  return manager === undefined || manager === "Helm" ? undefined : plain(manager);
}

/** Names under which Pulumi programs have applied to an object: one for each stack that takes it for its own. */
export function pulumiManagersOf({
  managedFields = [],
}: Pick<Metadata, "managedFields">): string[] {
  const managers = managedFields.flatMap(({ manager = "", operation }) =>
    operation === "Apply" && manager.startsWith("pulumi-kubernetes") ? [manager] : [],
  );
  return [...new Set(managers)];
}

/** Whether a Pulumi program has made an object, marked or not. */
export function isPulumis(metadata: Pick<Metadata, "managedFields">): boolean {
  return pulumiManagersOf(metadata).length > 0;
}

/** Whose an object is, in words that end a sentence: "stack lgtm/dev (id …)", "Helm release a/b", "nobody that is known". */
export function ownerOf(metadata: Metadata): string {
  const mark = markOf(metadata);
  if (mark !== undefined) return describeMark(mark);
  const reconciler = reconcilerOf(metadata);
  if (reconciler !== undefined) return reconciler;
  const release = releaseOf(metadata);
  if (release !== undefined) return `Helm release ${release.namespace}/${release.name}`;
  if (isPulumis(metadata))
    return "another Pulumi stack, from before this program marked what it makes";
  const manager = metadata.labels?.["app.kubernetes.io/managed-by"];
  return manager === undefined ? "somebody who left no mark" : plain(manager);
}

/** Whose a Helm release is, as its record and its objects say; undefined when neither does. */
export function ownerOfRelease({
  values,
  objects,
}: {
  readonly values: OwnedRelease["values"];
  readonly objects: readonly KubeObject[];
}): string | undefined {
  const mark = markOfRelease(values);
  if (mark !== undefined) return describeMark(mark);
  return objects.map(({ metadata }) => reconcilerOf(metadata)).find((one) => one !== undefined);
}

/** By what a stack's own objects are known. */
export interface OwnMarks {
  /** Ids of the stack: the one in its state, and the one that its settings name. */
  readonly ids: ReadonlySet<string>;
  /** Uids of the objects in its state, each with the field manager that its provider wrote them under. */
  readonly uids: ReadonlyMap<string, string | undefined>;
  /** Whether the stack has been deployed since it marks what it makes. */
  readonly isMarked: boolean;
  /** `namespace/name` of its Helm releases. */
  readonly releases: ReadonlySet<string>;
}

/**
 * Whether the stack itself has made an object. A mark decides. Without one the state does, by uid; but
 * `pulumi refresh` notes whatever bears the name, so a stack that marks must also find its own field
 * manager on what has no mark, or the word of `npm run adopt`: there it was killed before it came to that
 * object.
 */
export function isOwnObject(
  metadata: Pick<Metadata, "annotations" | "labels" | "managedFields" | "uid">,
  own: OwnMarks,
): boolean {
  const mark = markOf(metadata);
  if (mark !== undefined) return own.ids.has(mark.id);
  if (metadata.uid === undefined || !own.uids.has(metadata.uid)) return false;
  if (!own.isMarked) return true;
  if (metadata.annotations?.[adoptedAnnotation] === "true") return true;
  const manager = own.uids.get(metadata.uid);
  return (
    manager !== undefined &&
    (metadata.managedFields ?? []).some((entry) => entry.manager === manager)
  );
}

/** A Helm release, as far as it says whose it is. */
export interface OwnedRelease {
  readonly name: string;
  readonly namespace: string;
  /** From Helm's record. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** Whether the stack has made a Helm release. A mark decides; without one, whether the stack knows it. */
export function isOwnRelease({ name, namespace, values }: OwnedRelease, own: OwnMarks): boolean {
  const mark = markOfRelease(values);
  return mark === undefined ? own.releases.has(`${namespace}/${name}`) : own.ids.has(mark.id);
}
