/** What the stores and Grafana are to the rest of the stack, whichever charts they come from. */
import type * as pulumi from "@pulumi/pulumi";
import type { Urls } from "../../grafana/datasources";

/** Where Tempo's distributor Service is, and which ports the chart gives it. */
export interface TempoDistributor {
  /** Known at preview: a patch of an unknown name fails every preview that changes the release. */
  readonly name: pulumi.Output<string>;
  readonly namespace: pulumi.Output<string>;
  /** The chart's own HTTP port, 3100 or 3200 by version. */
  readonly httpPort: number;
}

/** The stores and Grafana, once they run. */
export interface Backends extends Urls<pulumi.Output<string>> {
  /** Loki's push API, as seen from any namespace. */
  readonly lokiPushUrl: pulumi.Output<string>;
  /** Loki's OTLP API, without `/v1/logs`, as seen from any namespace; only the maintained charts have it. */
  readonly lokiOtlpUrl: pulumi.Output<string>;
  /** Mimir's remote-write API, as seen from any namespace; its nginx fills in the tenant. */
  readonly mimirPushUrl: pulumi.Output<string>;
  /** Mimir's OTLP API, without `/v1/metrics`, as seen from any namespace; its nginx fills in the tenant. */
  readonly mimirOtlpUrl: pulumi.Output<string>;
  readonly tempoDistributor: TempoDistributor;
  readonly grafana: {
    /** Label app.kubernetes.io/instance of Grafana's pod. */
    readonly instance: string;
    /** Known once Grafana runs. */
    readonly ready: pulumi.Output<unknown>;
  };
}
