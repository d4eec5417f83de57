/** Addresses of the stores' APIs inside the cluster, as plain text. */
import type { ChartSet } from "../../config/charts";
import { type BundledService, lgtmServiceName, ports } from "../../config/services";
import type { Urls } from "../../grafana/datasources";
import { endpointOf, urlOf } from "../url";

/** Where the collector sends each signal. `T` is a string, or an output of one. */
export interface Destinations<T> {
  /** Loki's push API, full URL. */
  readonly lokiPushUrl: T;
  /** Loki's OTLP API, URL without `/v1/logs`; from Loki 3 on. */
  readonly lokiOtlpUrl: T;
  /** Mimir's remote-write API, full URL; what the tutorial uses. Its nginx fills in the tenant. */
  readonly mimirPushUrl: T;
  /** Mimir's OTLP API, URL without `/v1/metrics`. Its nginx fills in the tenant. */
  readonly mimirOtlpUrl: T;
  /** Tempo's OTLP/gRPC receiver, `host:port`. */
  readonly tempoOtlpEndpoint: T;
}

/** URLs of one store's APIs. */
export interface StoreUrls {
  /** For callers in the store's own namespace, such as Grafana. */
  readonly queryUrl: string;
  readonly pushUrl: string;
  /** Without the signal's path. */
  readonly otlpUrl: string;
}

/**
 * Loki's URLs. Its own chart has no distributor where Loki is one process, so that everything goes through
 * the gateway; the umbrella's gateway does not know OTLP, which its Loki does not speak.
 *
 * @param namespace of Loki, for callers elsewhere; left out for those in the same
 */
export function lokiUrls(chartSet: ChartSet, releaseName: string, namespace?: string): StoreUrls {
  const name = lgtmServiceName(releaseName, "lokiGateway");
  const pushPath = "/loki/api/v1/push";
  return {
    queryUrl: urlOf({ name }),
    pushUrl:
      chartSet === "maintained"
        ? urlOf({ name, namespace, path: pushPath })
        : urlOf({
            name: lgtmServiceName(releaseName, "lokiDistributor"),
            namespace,
            port: ports.lokiDistributor,
            path: pushPath,
          }),
    otlpUrl: urlOf({ name, namespace, path: "/otlp" }),
  };
}

/**
 * Mimir's URLs.
 *
 * @param namespace of Mimir, for callers elsewhere; left out for those in the same
 */
export function mimirUrls(releaseName: string, namespace?: string): StoreUrls {
  const name = lgtmServiceName(releaseName, "mimirNginx");
  return {
    queryUrl: urlOf({ name, path: "/prometheus" }),
    pushUrl: urlOf({ name, namespace, path: "/api/v1/push" }),
    otlpUrl: urlOf({ name, namespace, path: "/otlp" }),
  };
}

/** URL of Tempo's query API, for callers in its own namespace. */
export function tempoQueryUrl(releaseName: string, httpPort: number): string {
  return urlOf({ name: lgtmServiceName(releaseName, "tempoQueryFrontend"), port: httpPort });
}

/** URLs of the query APIs of the umbrella's stores, for callers in their own namespace, such as Grafana. */
export function queryUrls(releaseName: string, tempoHttpPort: number): Urls {
  return {
    lokiUrl: lokiUrls("umbrella", releaseName).queryUrl,
    mimirUrl: mimirUrls(releaseName).queryUrl,
    tempoUrl: tempoQueryUrl(releaseName, tempoHttpPort),
  };
}

/** `host:port` of the bundled object store. */
export function objectStoreEndpoint(
  service: BundledService,
  releaseName: string,
  namespace: string,
): string {
  const name = lgtmServiceName(releaseName, service);
  return endpointOf({ name, namespace: `${namespace}.svc`, port: ports.objectStore });
}
