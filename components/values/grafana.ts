import { provisionedDatasources } from "../../grafana/datasources";
import { urlOf } from "../url";
import { adminFromSecret } from "./grafana-admin";
import type { GrafanaFiles, LgtmValuesArgs } from "./lgtm-args";
import { resources } from "./pods";

/** Where the chart mounts the ConfigMaps of dashboards, one folder each. */
const dashboardFolder = "/var/lib/grafana/dashboards/lgtm";

function files<T>({ dashboards, alerting, contact }: GrafanaFiles<T>) {
  return {
    dashboardProviders: {
      "dashboardproviders.yaml": {
        apiVersion: 1,
        providers: [
          {
            name: "lgtm",
            folder: "LGTM",
            type: "file",
            // They come from this program; a copy can be edited.
            allowUiUpdates: false,
            disableDeletion: true,
            options: { path: dashboardFolder },
          },
        ],
      },
    },
    dashboardsConfigMaps: { lgtm: dashboards },
    extraConfigmapMounts: [
      {
        name: "alerting",
        configMap: alerting,
        mountPath: "/etc/grafana/provisioning/alerting",
        readOnly: true,
      },
    ],
    ...(contact !== undefined && { envFromSecret: contact }),
  };
}

/** Grafana's part of the chart's values. */
export function grafanaValues<T>(args: LgtmValuesArgs<T>) {
  const { releaseName, size, grafana } = args;
  return {
    ...adminFromSecret(args.grafanaAdminSecret),
    resources: resources(size, "grafana", "grafana"),
    datasources: {
      "datasources.yaml": {
        apiVersion: 1,
        datasources: provisionedDatasources({
          lokiUrl: urlOf({ name: `${releaseName}-loki-gateway` }),
          mimirUrl: urlOf({ name: `${releaseName}-mimir-nginx`, path: "/prometheus" }),
          tempoUrl: urlOf({
            name: `${releaseName}-tempo-query-frontend`,
            port: args.chartVersion.tempoHttpPort,
          }),
        }),
      },
    },
    ...(grafana && files(grafana)),
  };
}
