/** What Pulumi remembers of a stack, read. */

/** Secrets in a state are encrypted. */
export { isSecret } from "./special-values";

/** A resource as the state has it; secrets in it are encrypted, and stay so. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly custom?: boolean;
  readonly protect?: boolean;
  /** Pulumi forgets it when it goes, and leaves it where it is. */
  readonly retainOnDelete?: boolean;
  readonly external?: boolean;
  /** Marked for deletion: what is left of a replacement. */
  readonly delete?: boolean;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
  readonly initErrors?: readonly string[];
}

/** An operation that had begun when Pulumi was last heard of. */
export interface PendingOperation {
  readonly type: string;
  readonly resource: StateResource;
}

/** What `pulumi stack export` prints. */
export interface Export {
  readonly deployment?: {
    readonly resources?: readonly StateResource[] | null;
    readonly pending_operations?: readonly PendingOperation[] | null;
  } | null;
}

export class State {
  readonly resources: readonly StateResource[];
  readonly pending: readonly PendingOperation[];

  constructor({ deployment }: Export) {
    this.resources = deployment?.resources ?? [];
    this.pending = deployment?.pending_operations ?? [];
  }

  get isDeployed(): boolean {
    return this.resources.some(({ type }) => type !== "pulumi:pulumi:Stack");
  }

  /** What the program itself has made; without the stack and the providers, which are Pulumi's. */
  get own(): readonly StateResource[] {
    return this.resources.filter(({ type }) => !type.startsWith("pulumi:"));
  }

  /** Helm releases; one that is marked for deletion is gone as soon as Pulumi runs again. */
  get releases(): readonly StateResource[] {
    return this.resources.filter(
      (one) => one.type === "kubernetes:helm.sh/v3:Release" && one.delete !== true,
    );
  }

  /** Kubernetes objects of the program's own, those that it only reads left out. */
  get objects(): readonly StateResource[] {
    return this.resources.filter(
      ({ type, external, delete: leftover }) =>
        /^kubernetes:(?!helm\.sh\/)[\w.-]+\/\w+:\w+$/.test(type) &&
        external !== true &&
        leftover !== true,
    );
  }

  get protectedResources(): readonly StateResource[] {
    return this.resources.filter(({ protect }) => protect === true);
  }
}

export function nameOf({ urn }: Pick<StateResource, "urn">): string {
  return urn.split("::").at(-1) ?? urn;
}

/** "Release" */
export function kindOf({ type }: Pick<StateResource, "type">): string {
  return type.split(":").at(-1) ?? type;
}

/** "Release lgtm" */
export function titleOf(resource: Pick<StateResource, "urn" | "type">): string {
  return `${kindOf(resource)} ${nameOf(resource)}`;
}

export function textInput(resource: StateResource, key: string): string | undefined {
  const value = resource.inputs?.[key];
  return typeof value === "string" ? value : undefined;
}
