/** What is reachable from outside of the cluster without TLS: a warning, and in production an error. */
import { examples } from "../examples";
import { hasTls, rootUrlOf } from "../grafana-ingress";
import type { Settings } from "../schema";
import { webUrl } from "../text-formats";
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

/** Whether Grafana's Ingress carries its logins in clear. */
function isIngressOpen({ grafanaIngress: ingress }: Settings): boolean {
  return ingress !== undefined && !hasTls(ingress);
}

const tlsFields = "tlsSecret, clusterIssuer or tlsAtController";

/** The same for the Ingress, which can have TLS. */
export const productionIngressHasTls: Rule = (settings) =>
  conflictIf(
    isIngressOpen(settings) && settings.protectData && !settings.plainHttpInProduction,
    "grafanaIngress",
    "opens Grafana outside of the cluster over plain HTTP, and lgtm:protectData = true is for production",
    `give it ${tlsFields}, such as pulumi config set --path lgtm:grafanaIngress.clusterIssuer letsencrypt; or, if plain HTTP is meant, ${set("plainHttpInProduction", true)}`,
  );

/** Links that lead elsewhere than to the Ingress are wanted only where a proxy is in front of it, on the same name. */
export const oneAddressOfGrafana: Rule = ({ grafanaIngress: ingress, grafanaRootUrl: given }) => {
  const host = webUrl(given)?.hostname;
  return conflictIf(
    ingress !== undefined && host !== undefined && host !== ingress.host,
    "grafanaRootUrl",
    `is another host than that of lgtm:grafanaIngress, ${ingress?.host ?? ""}, which would not answer under it`,
    `pulumi config rm lgtm:grafanaRootUrl, which is then ${rootUrlOf("", ingress)}`,
  );
};

/** The provider sends people back to an address that it was told before, and Grafana says which. */
export const loginComesBack: Rule = ({ profile, grafanaOidc, grafanaIngress, grafanaRootUrl }) =>
  conflictIf(
    profile === "standard" &&
      grafanaOidc !== undefined &&
      rootUrlOf(grafanaRootUrl, grafanaIngress) === "",
    "grafanaOidc",
    "needs the address at which people reach Grafana: the provider sends them back to <address>/login/generic_oauth",
    `${set("grafanaRootUrl", examples.grafanaRootUrl)}, or lgtm:grafanaIngress`,
  );

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
  const ingress = isIngressOpen(settings)
    ? [
        `lgtm:grafanaIngress: Grafana is reached at ${rootUrlOf("", settings.grafanaIngress)} without TLS; ${tlsFields} gives it some (docs/security.md)`,
      ]
    : [];
  const ofServices = open.map((service) => {
    const ranges = settings[`${service}LoadBalancerSourceRanges`];
    const who = ranges.length === 0 ? "everybody who reaches it" : ranges.join(", ");
    return `lgtm:${service}ServiceType = ${settings[`${service}ServiceType`]}: ${services[service]} has an address outside of the cluster without TLS, for ${who}; ClusterIP closes it (docs/security.md)`;
  });
  return [...ofServices, ...ingress];
}
