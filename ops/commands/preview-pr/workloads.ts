/** Pods and what they ask for, before and after a change. */
import { podAmount, podRequest } from "../../../lib/kubernetes/pod-requests";
import { parseQuantity } from "../../../lib/kubernetes/quantity";
import { lastingKinds, podOf } from "../../../policy/pods";
import { kindOf, metadataOf, type Subject } from "../../../policy/subject";

/** Processor time in thousandths of a core, memory and volumes in MiB. */
export interface Amounts {
  readonly pods: number;
  readonly cpu: number;
  readonly memory: number;
  readonly memoryLimit: number;
  readonly volumes: number;
}

/** Pods that a subject makes, and what they ask for, all together. */
export interface Workload extends Amounts {
  /** `StatefulSet lgtm/my-lgtm-loki-ingester` */
  readonly label: string;
  readonly namespace: string;
  /** Everything that replaces the pods when it changes. */
  readonly template: string;
}

const MiB = 2 ** 20;

/** `1Gi` in MiB; 0 when there is none. */
function mebibytes(quantity: string | number | undefined): number {
  return (parseQuantity(quantity) ?? 0) / MiB;
}

interface WorkloadSpec {
  readonly replicas?: number;
  readonly template?: unknown;
  readonly volumeClaimTemplates?: readonly {
    readonly spec?: { readonly resources?: { readonly requests?: { readonly storage?: string } } };
  }[];
}

function sum<T>(items: readonly T[], amount: (item: T) => number): number {
  return items.reduce((total, item) => total + amount(item), 0);
}

/** The lasting pods among these subjects; those that end by themselves hold no place for long. */
export function workloadsOf(subjects: readonly Subject[]): Workload[] {
  return subjects
    .filter((subject) => lastingKinds.includes(kindOf(subject)) && podOf(subject) !== undefined)
    .map((subject) => {
      const { namespace = "default", name = subject.name } = metadataOf(subject);
      const spec = subject.props["spec"] as WorkloadSpec;
      const pods = spec.replicas ?? 1;
      const claims = spec.volumeClaimTemplates ?? [];
      const pod = podOf(subject) ?? {};
      return {
        label: `${kindOf(subject)} ${namespace}/${name}`,
        namespace,
        pods,
        cpu: pods * (podRequest(pod, "cpu") * 1000),
        memory: (pods * podRequest(pod, "memory")) / MiB,
        memoryLimit:
          pods * podAmount(pod, ({ resources }) => mebibytes(resources?.limits?.["memory"])),
        volumes:
          pods * sum(claims, ({ spec: claim }) => mebibytes(claim?.resources?.requests?.storage)),
        template: JSON.stringify(spec.template),
      };
    });
}

/** Claims of their own, such as MinIO's, in MiB. */
function claimsOf(subjects: readonly Subject[]): number {
  return sum(
    subjects.filter((subject) => kindOf(subject) === "PersistentVolumeClaim"),
    ({ props }) => {
      const spec = props["spec"] as { resources?: { requests?: { storage?: string } } } | undefined;
      return mebibytes(spec?.resources?.requests?.storage);
    },
  );
}

export function totalOf(subjects: readonly Subject[]): Amounts {
  const workloads = workloadsOf(subjects);
  return {
    pods: sum(workloads, ({ pods }) => pods),
    cpu: sum(workloads, ({ cpu }) => cpu),
    memory: sum(workloads, ({ memory }) => memory),
    memoryLimit: sum(workloads, ({ memoryLimit }) => memoryLimit),
    volumes: sum(workloads, ({ volumes }) => volumes) + claimsOf(subjects),
  };
}

/** Labels of workloads that are in both, and whose pods the change replaces. */
export function restarted(before: readonly Subject[], after: readonly Subject[]): string[] {
  const old = new Map(workloadsOf(before).map(({ label, template }) => [label, template]));
  return workloadsOf(after)
    .filter(({ label, template }) => old.has(label) && old.get(label) !== template)
    .map(({ label }) => label);
}
