/** The stores' gateways, nginx in the charts. */
import type { Listener } from "./listen";
import { startReverseProxy } from "./reverse-proxy";

/** Tenant that the chart's nginx fills in where a request names none. */
export const defaultTenant = "anonymous";

/**
 * What differs between Mimir's and Cortex's paths; the others that the chart's nginx serves
 * (/api/v1/push, /prometheus/..., /alertmanager/...) are the same.
 */
function onwardPath(path: string): string {
  return path.startsWith("/otlp/") ? `/api/v1${path}` : path;
}

/**
 * Stands in for the chart's nginx: fills in the tenant, and turns Mimir's paths into those of
 * Cortex, the stand-in for Mimir.
 *
 * @param target `host:port` of Cortex
 */
export async function startGateway(target: string): Promise<Listener> {
  return startReverseProxy(target, ({ path, headers }) => ({
    path: onwardPath(path),
    headers: { ...headers, "x-scope-orgid": headers["x-scope-orgid"] ?? defaultTenant },
  }));
}
