/** How many pods of one store take writes, and how many of them get each write. */
export interface Ingesters {
  readonly replicas: number;
  readonly replicationFactor: number;
}

/** What the LGTM chart's values depend on. `T` is a string, or an output of one. */
export interface LgtmValuesArgs<T> {
  /** Secret with the keys `admin-user` and `admin-password`. */
  readonly grafanaAdminSecret: T;
  /** Replicas of every component that can have more than one and is not an ingester. */
  readonly componentReplicas: number;
  readonly loki: Ingesters;
  readonly mimir: Ingesters;
  readonly tempo: Ingesters;
}

interface Replicas {
  readonly replicas: number;
}

/** loki-distributed refuses to render two pods of anything without saying how many may be away. */
interface DisruptionBudget extends Replicas {
  readonly maxUnavailable: number;
}

/** The slice of lgtm-distributed's values that this program sets; the same paths in 2.1.0 and 3.0.1. */
export interface LgtmValues<T> {
  readonly grafana: {
    readonly admin: {
      readonly existingSecret: T;
      readonly userKey: string;
      readonly passwordKey: string;
    };
    readonly service: { readonly enabled: boolean };
  };
  readonly loki: Readonly<
    Record<"distributor" | "ingester" | "querier" | "queryFrontend", DisruptionBudget>
  > & {
    readonly gateway: DisruptionBudget & { readonly affinity: string };
    readonly loki: { readonly structuredConfig: object };
  };
  readonly mimir: Readonly<
    Record<
      | "alertmanager"
      | "distributor"
      | "ingester"
      | "nginx"
      | "querier"
      | "query_frontend"
      | "query_scheduler"
      | "ruler"
      | "store_gateway",
      Replicas
    >
  > & {
    readonly mimir: { readonly structuredConfig: object };
  };
  readonly tempo: Readonly<Record<"querier" | "queryFrontend", Replicas>> & {
    readonly distributor: Replicas & { readonly affinity: string };
    readonly ingester: Replicas & { readonly config: { readonly replication_factor: number } };
    readonly tempo: { readonly structuredConfig: object };
  };
}

/**
 * Affinity that prefers another node for each pod of a component, as the template text that the
 * subcharts expect.
 *
 * The chart's own rule demands another node, while a rolling update starts the new pod before it
 * stops the old one: with as many pods as nodes (one and one on kind) the update never ends.
 */
function preferOtherNodes(store: "loki" | "tempo", component: string): string {
  const matchLabels = {
    "app.kubernetes.io/name": store,
    "app.kubernetes.io/instance": "{{ .Release.Name }}",
    "app.kubernetes.io/component": component,
  };
  const term = { labelSelector: { matchLabels }, topologyKey: "kubernetes.io/hostname" };
  return JSON.stringify({
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }],
    },
  });
}

/**
 * Helm values of the umbrella chart.
 *
 * Left at one replica, because a second would not help or would harm: Grafana (its sessions and
 * dashboards are in a SQLite file of one pod), the compactors (they work in the background and catch
 * up), MinIO (the bundled one is a single server) and the rollout operator.
 */
export function lgtmValues<T>(args: LgtmValuesArgs<T>): LgtmValues<T> {
  const replicas = args.componentReplicas;
  // One at a time is what keeps a quorum of three.
  const maxUnavailable = 1;
  return {
    grafana: {
      // The password stays in our Secret: values end up in Helm's own storage, readable by whoever
      // may read the release.
      admin: {
        existingSecret: args.grafanaAdminSecret,
        userKey: "admin-user",
        passwordKey: "admin-password",
      },
      // The Service is a resource of ours (exposed-service.ts): inside the release, a LoadBalancer
      // that never gets an address keeps Helm waiting until its timeout.
      service: { enabled: false },
    },
    loki: {
      distributor: { replicas, maxUnavailable },
      gateway: { replicas, maxUnavailable, affinity: preferOtherNodes("loki", "gateway") },
      ingester: { replicas: args.loki.replicas, maxUnavailable },
      querier: { replicas, maxUnavailable },
      queryFrontend: { replicas, maxUnavailable },
      loki: {
        structuredConfig: {
          ingester: {
            lifecycler: { ring: { replication_factor: args.loki.replicationFactor } },
          },
        },
      },
    },
    mimir: {
      alertmanager: { replicas },
      distributor: { replicas },
      ingester: { replicas: args.mimir.replicas },
      nginx: { replicas },
      querier: { replicas },
      query_frontend: { replicas },
      query_scheduler: { replicas },
      ruler: { replicas },
      store_gateway: { replicas },
      mimir: {
        structuredConfig: {
          ingester: { ring: { replication_factor: args.mimir.replicationFactor } },
        },
      },
    },
    tempo: {
      distributor: { replicas, affinity: preferOtherNodes("tempo", "distributor") },
      ingester: {
        replicas: args.tempo.replicas,
        config: { replication_factor: args.tempo.replicationFactor },
      },
      querier: { replicas },
      queryFrontend: { replicas },
      tempo: {
        structuredConfig: {
          distributor: {
            // Since 2.7 Tempo's receivers listen on localhost unless told otherwise
            // (https://github.com/grafana/tempo/pull/4466). The chart's own switch,
            // traces.otlp.grpc.enabled, stays off: it would open the Service port as well, and
            // that port belongs to TempoDistributorPortPatch.
            receivers: { otlp: { protocols: { grpc: { endpoint: "0.0.0.0:4317" } } } },
          },
        },
      },
    },
  };
}
