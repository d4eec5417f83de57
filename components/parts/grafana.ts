/** The component of Grafana. */
import * as pulumi from "@pulumi/pulumi";
import { storeReleaseName } from "../../config/services";
import type { Urls } from "../../grafana/datasources";
import { helmRelease, protection } from "../helm-release";
import { grafanaValues } from "../values/grafana";
import type { GrafanaDatabase, GrafanaFiles, GrafanaLogin } from "../values/store-args";
import type { Backends } from "./backends";
import { type PartArgs, releaseOf } from "./store-part";

/** Arguments of {@link Grafana}. */
export interface GrafanaArgs extends PartArgs {
  /** The stores' query APIs, as seen from the same namespace. */
  readonly datasourceUrls: Urls<pulumi.Output<string>>;
  /** Secret with the administrator's name and password. */
  readonly adminSecret: pulumi.Output<string>;
  readonly files: GrafanaFiles<pulumi.Output<string>>;
  /** Undefined keeps what people make on a volume. */
  readonly database: GrafanaDatabase<pulumi.Output<string>> | undefined;
  /** Undefined where people log in at Grafana itself only. */
  readonly login?: GrafanaLogin<pulumi.Output<string>> | undefined;
  /** Address at which people reach Grafana; empty is not known. */
  readonly rootUrl: string;
}

/** Grafana, from the chart of its own, with a volume or a database for what people make in it. */
export class Grafana extends pulumi.ComponentResource {
  /** Label app.kubernetes.io/instance of its pod. */
  readonly instance: string;
  /** Known once it runs. */
  readonly ready: Backends["grafana"]["ready"];

  constructor(name: string, args: GrafanaArgs, opts?: pulumi.ComponentResourceOptions) {
    super("lgtm:index:Grafana", name, {}, opts);

    const values = grafanaValues<pulumi.Input<string>>({
      imageTag: args.chart.version.imageTag,
      imageSource: args.imageSource,
      size: args.size,
      storageClass: args.storageClass,
      datasourceUrls: args.datasourceUrls,
      grafanaAdminSecret: args.adminSecret,
      grafanaFiles: args.files,
      grafanaDatabase: args.database,
      grafanaLogin: args.login,
      grafanaRootUrl: args.rootUrl,
    });
    const release = helmRelease(name, releaseOf(args, "grafana"), args.namespace, values, {
      parent: this,
      ...protection(args.protectData),
    });

    this.instance = storeReleaseName(args.releaseName, "grafana");
    this.ready = release.status;
    this.registerOutputs({ instance: this.instance });
  }
}
