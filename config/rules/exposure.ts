/** What is reachable from outside of the cluster without TLS: a warning, and in production an error. */
import type { Settings } from "../schema";
import { conflictIf, type Rule, set } from "./conflict";

const services = { grafana: "Grafana", demo: "the demo application" } as const;
type Service = keyof typeof services;

/** Whether a Service has an address outside. None has TLS: that is for a proxy or an Ingress in front of one. */
function isOpen(settings: Settings, service: Service): boolean {
  return (
    settings[`${service}ServiceType`] !== "ClusterIP" &&
    (service !== "demo" || settings.demoEnabled)
  );
}

/** Ranges without a load balancer are refused. */
function withoutRanges(settings: Settings, service: Service): string {
  const key = `${service}LoadBalancerSourceRanges` as const;
  return settings[key].length > 0 ? ` && pulumi config rm lgtm:${key}` : "";
}

/** An allow-list says who may connect, and not who may read on the way: logins go through it in clear. */
export const productionHasTls =
  (service: Service): Rule =>
  (settings) =>
    conflictIf(
      isOpen(settings, service) && settings.protectData && !settings.plainHttpInProduction,
      `${service}ServiceType`,
      `opens ${services[service]} outside of the cluster over plain HTTP, and lgtm:protectData = true is for production`,
      `${set(`${service}ServiceType`, "ClusterIP")}${withoutRanges(settings, service)} with a proxy or an Ingress with TLS in front (docs/security.md); or, if plain HTTP is meant, ${set("plainHttpInProduction", true)}`,
    );

/** Warnings, one for each such Service. */
export function openInClear(settings: Settings): string[] {
  const open = (Object.keys(services) as Service[]).filter((one) => isOpen(settings, one));
  return open.map((service) => {
    const ranges = settings[`${service}LoadBalancerSourceRanges`];
    const who = ranges.length === 0 ? "everybody who reaches it" : ranges.join(", ");
    return `lgtm:${service}ServiceType = ${settings[`${service}ServiceType`]}: ${services[service]} has an address outside of the cluster without TLS, for ${who}; ClusterIP closes it (docs/security.md)`;
  });
}
