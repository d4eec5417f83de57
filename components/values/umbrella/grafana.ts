/** Values of the subchart grafana. */
import type { GrafanaValues } from "../chart-values";
import {
  adminFromSecret,
  datasourcesOf,
  filesFrom,
  onePod,
  passwordReset,
  iniOf,
} from "../grafana";
import { resources } from "../pods";
import { lokiUrls, mimirUrls, tempoQueryUrl } from "../services";
import type { LgtmValuesArgs } from "./lgtm-args";

/** Grafana's part of the chart's values. */
export function grafanaValues<T>(args: LgtmValuesArgs<T>) {
  const { grafanaFiles, releaseName } = args;
  const ini = iniOf(args);
  return {
    ...adminFromSecret(args.grafanaAdminSecret),
    // It asks the API server nothing.
    automountServiceAccountToken: false,
    resources: resources(args.size, "grafana", "grafana"),
    datasources: datasourcesOf(
      {
        lokiUrl: lokiUrls("umbrella", releaseName).queryUrl,
        mimirUrl: mimirUrls(releaseName).queryUrl,
        tempoUrl: tempoQueryUrl(releaseName, args.chartVersion.tempoHttpPort),
      },
      "umbrella",
    ),
    ...(grafanaFiles && filesFrom(grafanaFiles, args)),
    ...(Object.keys(ini).length > 0 && { "grafana.ini": ini }),
    // Without one the database goes with the pod, and each begins with the password of that day.
    ...(args.grafanaDatabase && {
      deploymentStrategy: onePod,
      extraInitContainers: [passwordReset({ ...args, imageTag: args.chartVersion.grafana })],
    }),
  } satisfies GrafanaValues<T>;
}
