/** What rules look at: resources and rendered objects alike. */

/** Nested plain data: what a resource is asked to be, or a Kubernetes object as rendered. */
export type Json = Readonly<Record<string, unknown>>;

/**
 * One thing that rules look at. The program's own resources and the objects that Helm renders inside a
 * release have the same shape, so that one rule serves both.
 */
export interface Subject {
  /** Pulumi's token, such as `kubernetes:core/v1:Service`, for rendered objects too. */
  readonly type: string;
  /** Name in the program, or `<namespace>/<name>` of a rendered object. */
  readonly name: string;
  /** Inputs, or the rendered object. Secrets are {@link hidden}, except in the pack, which gets them in clear. */
  readonly props: Json;
  /** Whether Pulumi refuses to delete it; undefined for rendered objects. */
  readonly protect?: boolean;
  /** Name in the program of the release that it is rendered in. */
  readonly release?: string;
}

export interface StackOutput {
  readonly value: unknown;
  readonly secret: boolean;
}

export interface Stack {
  /** Such as `prod`. */
  readonly name: string;
  /** The setting `profile`; undefined where it cannot be known, in the pack. */
  readonly profile?: string;
  readonly outputs?: Readonly<Record<string, StackOutput>>;
  /** Whether a text that is not secret holds the value of a secret; undefined where that cannot be known. */
  readonly holdsSecret?: (text: string) => boolean;
  /** Everything in the stack that is known so far. */
  readonly subjects: readonly Subject[];
}

/** Starts every text that stands for a secret. */
export const hidden = "[secret";

/** Stands for what is not known before a deployment. */
export const notKnown = "[not known yet]";

/** Whether the value is a masked secret, or not known yet: nothing can be said of its content. */
export function isHidden(value: unknown): boolean {
  return typeof value === "string" && (value.startsWith(hidden) || value === notKnown);
}

/** Last part of the type: `Service`. */
export function kindOf({ type }: Pick<Subject, "type">): string {
  return type.split(":").at(-1) ?? type;
}

/** `Service lgtm-grafana`, or `Service lgtm/my-lgtm-minio in release lgtm`. */
export function labelOf(subject: Subject): string {
  const label = `${kindOf(subject)} ${subject.name}`;
  return subject.release === undefined ? label : `${label} in release ${subject.release}`;
}

/** Without nulls, which charts write and Kubernetes reads as nothing. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]: [string, unknown]) =>
      item === null ? [] : [[key, withoutNulls(item)]],
    ),
  );
}

export function renderedSubject(release: string, rendered: Json): Subject {
  const object = withoutNulls(rendered) as Json;
  const { apiVersion, kind } = object as { apiVersion?: string; kind?: string };
  const { name = "", namespace } = metadataOf({ props: object });
  const group = apiVersion?.includes("/") === true ? apiVersion : `core/${apiVersion ?? "v1"}`;
  return {
    type: `kubernetes:${group}:${kind ?? ""}`,
    name: namespace === undefined ? name : `${namespace}/${name}`,
    props: object,
    release,
  };
}

export interface Metadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export function metadataOf({ props }: Pick<Subject, "props">): Metadata {
  return props["metadata"] ?? {};
}

/** Path, such as `grafana.admin.existingSecret`, and value of every leaf. */
export function leavesOf(value: unknown, path = ""): readonly (readonly [string, unknown])[] {
  if (typeof value !== "object" || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([key, item]) =>
    leavesOf(item, path === "" ? key : `${path}.${key}`),
  );
}
