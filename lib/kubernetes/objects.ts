/** A Kubernetes object, as far as every kind is alike. */

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly [field: string]: unknown;
}

export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
  readonly labels?: Readonly<Record<string, string>> | null;
  readonly annotations?: Readonly<Record<string, string>> | null;
  readonly ownerReferences?: readonly {
    readonly kind: string;
    readonly name: string;
    readonly uid?: string;
  }[];
  readonly managedFields?: readonly ManagedFields[];
}

/** Any object, as far as its kind does not matter. */
export interface HasMetadata {
  readonly metadata: Metadata;
}

/** Who last wrote which fields. */
export interface ManagedFields {
  readonly manager?: string;
  readonly operation?: string;
  readonly time?: string;
  readonly subresource?: string;
  readonly fieldsV1?: FieldSet;
}

/** `f:name` for a field, `k:{...}` for an item of a list, `.` for the thing itself. */
export interface FieldSet {
  readonly [path: string]: FieldSet | undefined;
}

/** What Kubernetes takes as the name of most objects: text from elsewhere that is none may hold anything. */
export const dnsName = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** "deployment lgtm/my-lgtm-grafana", "clusterrole my-lgtm" */
export function refOf(object: {
  readonly kind: string;
  readonly metadata: Pick<Metadata, "name" | "namespace">;
}): string {
  const { name, namespace } = object.metadata;
  const place = namespace === undefined ? name : `${namespace}/${name}`;
  return `${object.kind.toLowerCase()} ${place}`;
}

/** A single value as text; true and "true" are the same text. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}

/** The same map without some of its keys. */
export function omit<T extends object>(map: T, ...keys: readonly string[]): T {
  return Object.fromEntries(Object.entries(map).filter(([key]) => !keys.includes(key))) as T;
}

/** Whether a value is a map, as opposed to a list or a single value. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
