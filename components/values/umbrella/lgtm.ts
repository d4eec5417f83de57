/** Values of the umbrella chart lgtm-distributed. */
import { dnsValues } from "../../../config/cluster-dns";
import type { LgtmValues } from "./chart-values";
import { grafanaValues } from "./grafana";
import { withImages } from "./images";
import type { LgtmValuesArgs } from "./lgtm-args";
import { lokiValues } from "./loki";
import { mimirValues } from "./mimir";
import { tempoValues } from "./tempo";
import { tutorialValues } from "./tutorial";

/** The cluster's DNS, in the `global` of each subchart: in one for all, Mimir's dot would be Loki's, too. */
function withDns<T>(values: LgtmValues<T>, { clusterDns }: LgtmValuesArgs<T>): LgtmValues<T> {
  const own = dnsValues(clusterDns);
  if (Object.keys(own).length === 0) return values;
  const { loki, mimir, tempo } = values;
  return {
    ...values,
    loki: { ...loki, global: own },
    mimir: { ...mimir, global: { ...mimir.global, ...dnsValues(clusterDns, ".") } },
    tempo: { ...tempo, global: own },
  };
}

/**
 * Helm values of the umbrella chart, one key per subchart; the same paths in 2.1.0 and 3.0.1 but for
 * Tempo's limits.
 *
 * Left at one replica, because a second would not help or would harm: Grafana (its sessions and
 * dashboards are in a SQLite file of one pod, and with a database both would tell of each alert), the compactors (they work in the background and catch
 * up), MinIO (the bundled one is a single server) and the rollout operator.
 */
export function lgtmValues<T>(args: LgtmValuesArgs<T>): LgtmValues<T> {
  if (args.profile === "tutorial") return withImages(withDns(tutorialValues(args), args), args);
  const values = {
    grafana: grafanaValues(args),
    loki: lokiValues(args),
    mimir: mimirValues(args),
    tempo: tempoValues(args),
  };
  return withImages(withDns(values, args), args);
}
