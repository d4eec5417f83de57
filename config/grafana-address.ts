/** The address at which people reach Grafana, whatever leads there. */
import { hasTls } from "./grafana-ingress";
import type { Settings } from "./schema";

type AddressSettings = Pick<Settings, "grafanaIngress" | "grafanaRoute">;

/** What leads to Grafana under a host of its own. */
export interface Entrance {
  /** The setting that makes it. */
  readonly setting: "grafanaIngress" | "grafanaRoute";
  readonly host: string;
  readonly hasTls: boolean;
}

/** Undefined where nothing but its Service leads to Grafana. */
export function entranceOf({
  grafanaIngress,
  grafanaRoute,
}: AddressSettings): Entrance | undefined {
  if (grafanaIngress !== undefined)
    return {
      setting: "grafanaIngress",
      host: grafanaIngress.host,
      hasTls: hasTls(grafanaIngress),
    };
  return (
    grafanaRoute && { setting: "grafanaRoute", host: grafanaRoute.host, hasTls: grafanaRoute.tls }
  );
}

/** Address at which people reach Grafana: the given one, or that of its Ingress or route; empty is not known. */
export function rootUrlOf(given: string, entrance: Entrance | undefined): string {
  if (given !== "" || entrance === undefined) return given;
  return [entrance.hasTls ? "https" : "http", entrance.host].join("://");
}
