/** Addresses of the stores' APIs inside the cluster, as plain text. */
import { lgtmServiceName, ports } from "../../config/services";
import type { Urls } from "../../grafana/datasources";
import { endpointOf, urlOf } from "../url";

/** Where the collector sends each signal. `T` is a string, or an output of one. */
export interface Destinations<T> {
  /** Loki's push API, full URL. */
  readonly lokiPushUrl: T;
  /** Mimir's remote-write API, full URL; what the tutorial uses. Its nginx fills in the tenant. */
  readonly mimirPushUrl: T;
  /** Mimir's OTLP API, URL without `/v1/metrics`. Its nginx fills in the tenant. */
  readonly mimirOtlpUrl: T;
  /** Tempo's OTLP/gRPC receiver, `host:port`. */
  readonly tempoOtlpEndpoint: T;
}

/** URLs of the query APIs, for callers in the stores' own namespace, such as Grafana. */
export function queryUrls(releaseName: string, tempoHttpPort: number): Urls {
  const name = (service: Parameters<typeof lgtmServiceName>[1]) =>
    lgtmServiceName(releaseName, service);
  return {
    lokiUrl: urlOf({ name: name("lokiGateway") }),
    mimirUrl: urlOf({ name: name("mimirNginx"), path: "/prometheus" }),
    tempoUrl: urlOf({ name: name("tempoQueryFrontend"), port: tempoHttpPort }),
  };
}

/** URLs of the write APIs; left without a namespace, for callers in the stores' own. */
export function pushUrls(
  releaseName: string,
  namespace?: string,
): Omit<Destinations<string>, "tempoOtlpEndpoint"> {
  const loki = { name: lgtmServiceName(releaseName, "lokiDistributor"), namespace };
  const mimir = { name: lgtmServiceName(releaseName, "mimirNginx"), namespace };
  return {
    lokiPushUrl: urlOf({ ...loki, port: ports.lokiDistributor, path: "/loki/api/v1/push" }),
    mimirPushUrl: urlOf({ ...mimir, path: "/api/v1/push" }),
    mimirOtlpUrl: urlOf({ ...mimir, path: "/otlp" }),
  };
}

/** `host:port` of the bundled MinIO. */
export function objectStoreEndpoint(releaseName: string, namespace: string): string {
  const name = lgtmServiceName(releaseName, "minio");
  return endpointOf({ name, namespace: `${namespace}.svc`, port: ports.minio });
}
