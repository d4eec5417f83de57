/** The parts of Kubernetes' own types that commands read, as the API server sends them. */
import type { Metadata } from "./objects";

export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly restartPolicy?: string;
  readonly ports?: readonly {
    readonly name?: string;
    readonly containerPort: number;
    readonly hostPort?: number;
  }[];
  readonly resources?: {
    readonly requests?: Resources | null;
    readonly limits?: Resources | null;
  } | null;
}

export type Resources = Readonly<Record<string, string | number>>;

export interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

interface AffinityTerm {
  readonly topologyKey?: string;
  readonly labelSelector?: { readonly matchLabels?: Readonly<Record<string, string>> | null };
}

export interface PodSpec {
  readonly nodeName?: string;
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[] | null;
  readonly imagePullSecrets?: readonly { readonly name: string }[] | null;
  readonly nodeSelector?: Readonly<Record<string, string>> | null;
  readonly tolerations?: readonly Toleration[] | null;
  readonly volumes?:
    readonly { readonly persistentVolumeClaim?: { readonly claimName: string } }[] | null;
  readonly affinity?: {
    readonly podAntiAffinity?: {
      readonly requiredDuringSchedulingIgnoredDuringExecution?: readonly AffinityTerm[] | null;
    } | null;
  } | null;
}

interface Terminated {
  readonly exitCode?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly finishedAt?: string;
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly image?: string;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
    readonly running?: object;
    readonly terminated?: Terminated;
  };
  readonly lastState?: { readonly terminated?: Terminated };
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export interface Pod {
  readonly metadata: Metadata;
  readonly spec: PodSpec;
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

export interface KubeNode {
  readonly metadata: Metadata;
  readonly spec?: {
    readonly unschedulable?: boolean;
    readonly providerID?: string;
    readonly taints?: readonly { key: string; value?: string; effect: string }[];
  };
  readonly status?: {
    readonly allocatable?: Resources;
    readonly conditions?: readonly Condition[];
    /** The largest of those that it has; kubelets name 50 unless told otherwise. */
    readonly images?: readonly { readonly names?: readonly string[] | null }[] | null;
  };
}

export interface PersistentVolumeClaim {
  readonly metadata: Metadata;
  readonly spec?: {
    readonly storageClassName?: string;
    readonly volumeName?: string;
    readonly resources?: { readonly requests?: Resources };
  };
  readonly status?: { readonly phase?: string; readonly capacity?: Resources };
}

export interface Service {
  readonly metadata: Metadata;
  readonly spec?: {
    readonly type?: string;
    readonly loadBalancerClass?: string;
    readonly selector?: Readonly<Record<string, string>> | null;
    readonly ports?: readonly { readonly port: number; readonly targetPort?: number | string }[];
  };
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly { ip?: string; hostname?: string }[] };
  };
}

export interface StorageClass {
  readonly metadata: Metadata;
  readonly provisioner?: string;
  readonly allowVolumeExpansion?: boolean;
}

export interface StatefulSet {
  readonly metadata: Metadata;
  readonly spec?: {
    readonly replicas?: number;
    readonly volumeClaimTemplates?: readonly PersistentVolumeClaim[] | null;
  };
}

export interface Workload {
  readonly kind: string;
  readonly metadata: Metadata;
  readonly spec?: {
    readonly replicas?: number;
    readonly backoffLimit?: number;
    readonly completions?: number;
    readonly template?: { readonly metadata?: Pick<Metadata, "labels"> | null };
  };
  readonly status?: {
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly succeeded?: number;
    readonly failed?: number;
    readonly conditions?: readonly Condition[];
  };
}

export interface KubeEvent {
  readonly metadata: Metadata;
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly lastObservedTime?: string } | null;
  readonly involvedObject: {
    readonly kind?: string;
    readonly name?: string;
    readonly uid?: string;
  };
}

export interface Namespace {
  readonly metadata: Metadata;
  readonly status?: { readonly phase?: string; readonly conditions?: readonly Condition[] };
}
