/** Values of the subchart grafana. */
import { provisionedDatasources } from "../../../grafana/datasources";
import type { GrafanaValues } from "../chart-values";
import { resources } from "../pods";
import { queryUrls } from "../services";
import { adminSecretKeys, type GrafanaFiles } from "../store-args";
import type { LgtmValuesArgs } from "./lgtm-args";

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

/** The administrator from our Secret, and the Service left to us: the same in both profiles. */
export function adminFromSecret<T>(existingSecret: T) {
  return {
    // The password stays in our Secret: values end up in Helm's own storage, readable by whoever
    // may read the release.
    admin: {
      existingSecret,
      userKey: adminSecretKeys.user,
      passwordKey: adminSecretKeys.password,
    },
    // The Service is a resource of ours (exposed-service.ts): inside the release, a LoadBalancer
    // that never gets an address keeps Helm waiting until its timeout.
    service: { enabled: false },
  };
}

/** Grafana's part of the chart's values. */
export function grafanaValues<T>(args: LgtmValuesArgs<T>) {
  const { grafanaFiles } = args;
  return {
    ...adminFromSecret(args.grafanaAdminSecret),
    resources: resources(args.size, "grafana", "grafana"),
    datasources: {
      "datasources.yaml": {
        apiVersion: 1,
        datasources: provisionedDatasources(
          queryUrls(args.releaseName, args.chartVersion.tempoHttpPort),
        ),
      },
    },
    ...(grafanaFiles && files(grafanaFiles)),
  } satisfies GrafanaValues<T>;
}
