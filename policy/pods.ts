/** The pods that a subject makes, as far as rules look at them. */
import type { Container as KubeContainer } from "../lib/kubernetes/types";
import { kindOf, metadataOf, type Subject } from "./subject";

export interface Container extends KubeContainer {
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly securityContext?: SecurityContext;
}

/** Of a container, or of a pod: the fields that both have, and those of either. */
export interface SecurityContext {
  readonly privileged?: boolean;
  readonly allowPrivilegeEscalation?: boolean;
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly procMount?: string;
  readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
  readonly seccompProfile?: { readonly type?: string };
  readonly appArmorProfile?: { readonly type?: string };
  readonly seLinuxOptions?: {
    readonly type?: string;
    readonly user?: string;
    readonly role?: string;
  };
  readonly sysctls?: readonly { readonly name: string }[];
}

export interface PodSpec {
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly securityContext?: SecurityContext;
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Readonly<Record<string, unknown>>[];
}

interface PodMaker {
  readonly template?: { readonly spec?: PodSpec };
  readonly jobTemplate?: { readonly spec?: { readonly template?: { readonly spec?: PodSpec } } };
}

/** Kinds whose pods run until they are deleted. */
export const lastingKinds = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"];

/** Kinds whose pods end by themselves. */
export const passingKinds = ["Job", "CronJob"];

/** The pods that a subject makes or is; undefined for everything else. */
export function podOf(subject: Subject): PodSpec | undefined {
  if (!subject.type.startsWith("kubernetes:")) return undefined;
  const spec = subject.props["spec"] as (PodMaker & PodSpec) | undefined;
  const kind = kindOf(subject);
  if (kind === "Pod") return spec;
  if (![...lastingKinds, ...passingKinds].includes(kind)) return undefined;
  return spec?.jobTemplate?.spec?.template?.spec ?? spec?.template?.spec;
}

/** Every container of a pod, those that run before the others included. */
export function containersOf(pod: PodSpec | undefined): readonly Container[] {
  return [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])];
}

/** Namespace of a subject, as an object in the cluster. */
export function namespaceOf(subject: Subject): string | undefined {
  return metadataOf(subject).namespace;
}
