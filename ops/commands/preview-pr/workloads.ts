/** Pods and what they ask for, before and after a change. */
import { parseQuantity } from "../../../lib/kubernetes/quantity";
import { type Container, lastingKinds, podOf } from "../../../policy/pods";
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

/** `250m` or `0.25` in thousandths of a core; 0 when there is none. */
export function milliCpu(quantity: string | number | undefined): number {
  return (parseQuantity(quantity) ?? 0) * 1000;
}

/** `1Gi` in MiB; 0 when there is none. */
export function mebibytes(quantity: string | number | undefined): number {
  return (parseQuantity(quantity) ?? 0) / 2 ** 20;
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

/** Kubernetes counts the larger of what runs at once and of any container that runs before. */
function perPod(subject: Subject, amount: (container: Container) => number): number {
  const { containers = [], initContainers = [] } = podOf(subject) ?? {};
  return Math.max(sum(containers, amount), ...initContainers.map(amount));
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
      const all = (amount: (container: Container) => number): number =>
        pods * perPod(subject, amount);
      return {
        label: `${kindOf(subject)} ${namespace}/${name}`,
        namespace,
        pods,
        cpu: all(({ resources }) => milliCpu(resources?.requests?.["cpu"])),
        memory: all(({ resources }) => mebibytes(resources?.requests?.["memory"])),
        memoryLimit: all(({ resources }) => mebibytes(resources?.limits?.["memory"])),
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

/** Everything together. */
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
