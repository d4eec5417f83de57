/** Edits a state that was exported. */
import { randomUUID } from "node:crypto";
import type { PendingOperation, StateResource } from "../../lib/pulumi/state";

/** A resource in a state, with every field that Pulumi has given it. */
export type RawResource = StateResource & {
  readonly provider?: string;
  readonly parent?: string;
  readonly dependencies?: readonly string[];
  readonly propertyDependencies?: Readonly<Record<string, readonly string[] | undefined>>;
  readonly [field: string]: unknown;
};

/** The part of a state that is edited here; the rest is carried along. */
export interface Deployment {
  readonly resources?: readonly RawResource[] | null;
  readonly pending_operations?: readonly PendingOperation[] | null;
  readonly [field: string]: unknown;
}

/** What `pulumi stack export` prints, whole. */
export interface Snapshot {
  readonly deployment: Deployment;
  readonly [field: string]: unknown;
}

/** A resource that is in the cluster, with the id by which the provider knows it. */
export interface Takeover {
  readonly resource: RawResource;
  /** `namespace/name`, or the name alone; undefined for what is in no cluster, such as a component. */
  readonly id?: string;
}

/**
 * Adds resources to a state as if they had been created. What they are like is left out, so that the
 * refresh that must follow reads it from the cluster. Operations that were pending are forgotten.
 */
export function withResources(deployment: Deployment, found: readonly Takeover[]): Deployment {
  const present = deployment.resources ?? [];
  const before = new Set(present.map(({ urn }) => urn));
  const added = found.filter(({ resource }) => !before.has(resource.urn));
  const providers = providerIds(added);
  const known = new Set([...before, ...added.map(({ resource }) => resource.urn)]);
  return {
    ...deployment,
    resources: [...present, ...added.map((one) => connected(created(one, providers), known))],
    pending_operations: [],
  };
}

/** Without dependencies on what is not there yet; the next `up` notes them. */
function connected(resource: RawResource, known: ReadonlySet<string>): RawResource {
  const there = (urns: readonly string[] | undefined): string[] =>
    (urns ?? []).filter((urn) => known.has(urn));
  const { dependencies, propertyDependencies } = resource;
  return {
    ...resource,
    dependencies: there(dependencies),
    propertyDependencies: Object.fromEntries(
      Object.entries(propertyDependencies ?? {}).map(([key, urns]) => [key, there(urns)]),
    ),
  };
}

/** Ids for providers that come with the resources: each refers to its own by URN and id. */
function providerIds(added: readonly Takeover[]): ReadonlyMap<string, string> {
  return new Map(
    added
      .filter(({ resource }) => resource.type.startsWith("pulumi:providers:"))
      .map(({ resource }) => [resource.urn, randomUUID()]),
  );
}

function created({ resource, id }: Takeover, providers: ReadonlyMap<string, string>): RawResource {
  const own = providers.get(resource.urn);
  // A provider is in no cluster, and is not read again: it is what was asked for.
  if (own !== undefined) return { ...resource, id: own, outputs: resource.inputs ?? {} };
  // "<urn>::<id>"; before the first `up` nobody knows the id.
  const urn = /^(.*)::[^:]+$/.exec(resource.provider ?? "")?.[1] ?? "";
  const provider = providers.get(urn);
  return {
    ...resource,
    ...(id !== undefined && { id }),
    ...(provider !== undefined && { provider: `${urn}::${provider}` }),
    outputs: {},
  };
}

/**
 * Marks resources as not yet finished, by the error that says why: the next `up` takes them up again
 * even when its settings are the same as before.
 */
export function withUnfinished(
  deployment: Deployment,
  errors: ReadonlyMap<string, string>,
): Deployment {
  return {
    ...deployment,
    resources: (deployment.resources ?? []).map((resource) => {
      const error = errors.get(resource.urn);
      return error === undefined ? resource : { ...resource, initErrors: [error] };
    }),
  };
}

/**
 * Lets resources go alone: without protection, and without what stays depending on them. What goes with them
 * keeps its order.
 *
 * @param urns of those that go
 */
export function withFreed(deployment: Deployment, urns: ReadonlySet<string>): Deployment {
  const others = (all: readonly string[] | undefined): string[] =>
    (all ?? []).filter((urn) => !urns.has(urn));
  return {
    ...deployment,
    resources: (deployment.resources ?? []).map((resource): RawResource => {
      if (urns.has(resource.urn)) return { ...resource, protect: false, retainOnDelete: false };
      const { dependencies, propertyDependencies } = resource;
      return {
        ...resource,
        ...(dependencies && { dependencies: others(dependencies) }),
        ...(propertyDependencies && {
          propertyDependencies: Object.fromEntries(
            Object.entries(propertyDependencies).map(([key, all]) => [key, others(all)]),
          ),
        }),
      };
    }),
  };
}
