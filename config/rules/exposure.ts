/** What is reachable from outside of the cluster without TLS: a warning, and in production an error. */
import { examples } from "../examples";
import { type Entrance, entranceOf, rootUrlOf } from "../grafana-address";
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

/** What leads to Grafana and carries its logins in clear; undefined where there is none. */
function openEntrance(settings: Settings): Entrance | undefined {
  const entrance = entranceOf(settings);
  return entrance?.hasTls === false ? entrance : undefined;
}

/** What gives it TLS. */
const tlsFields = {
  grafanaIngress: "tlsSecret, clusterIssuer or tlsAtController",
  grafanaRoute: "tls",
} as const;

/** The same for the Ingress and the route, which can have TLS. */
export const productionEntranceHasTls: Rule = (settings) => {
  const { setting } = openEntrance(settings) ?? {};
  if (setting === undefined || !settings.protectData || settings.plainHttpInProduction) return [];
  const give = {
    grafanaIngress: `give it ${tlsFields.grafanaIngress}, such as pulumi config set --path lgtm:grafanaIngress.clusterIssuer letsencrypt`,
    grafanaRoute:
      "give the Gateway a listener with a certificate, and pulumi config rm --path lgtm:grafanaRoute.tls",
  } as const;
  return [
    {
      key: setting,
      reason:
        "opens Grafana outside of the cluster over plain HTTP, and lgtm:protectData = true is for production",
      fix: `${give[setting]}; or, if plain HTTP is meant, ${set("plainHttpInProduction", true)}`,
    },
  ];
};

/** Two would be two addresses, and Grafana's links and logins know one. */
export const oneEntrance: Rule = ({ grafanaIngress, grafanaRoute }) =>
  conflictIf(
    grafanaIngress !== undefined && grafanaRoute !== undefined,
    "grafanaRoute",
    "contradicts lgtm:grafanaIngress: people reach Grafana by one of them, to which links and logins lead",
    "pulumi config rm lgtm:grafanaIngress, or pulumi config rm lgtm:grafanaRoute",
  );

/** Links that lead elsewhere than to its host are wanted only where a proxy is in front of it, on the same name. */
export const oneAddressOfGrafana: Rule = (settings) => {
  const entrance = entranceOf(settings);
  const host = webUrl(settings.grafanaRootUrl)?.hostname;
  if (entrance === undefined || host === undefined || host === entrance.host) return [];
  return [
    {
      key: "grafanaRootUrl",
      reason: `is another host than that of lgtm:${entrance.setting}, ${entrance.host}, which would not answer under it`,
      fix: `pulumi config rm lgtm:grafanaRootUrl, which is then ${rootUrlOf("", entrance)}`,
    },
  ];
};

/** The provider sends people back to an address that it was told before, and Grafana says which. */
export const loginComesBack: Rule = (settings) =>
  conflictIf(
    settings.profile === "standard" &&
      settings.grafanaOidc !== undefined &&
      rootUrlOf(settings.grafanaRootUrl, entranceOf(settings)) === "",
    "grafanaOidc",
    "needs the address at which people reach Grafana: the provider sends them back to <address>/login/generic_oauth",
    `${set("grafanaRootUrl", examples.grafanaRootUrl)}, or lgtm:grafanaIngress or lgtm:grafanaRoute`,
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
  const entrance = openEntrance(settings);
  const ofEntrance =
    entrance === undefined
      ? []
      : [
          `lgtm:${entrance.setting}: Grafana is reached at ${rootUrlOf("", entrance)} without TLS; ${tlsFields[entrance.setting]} gives it some (docs/security.md)`,
        ];
  const ofServices = open.map((service) => {
    const ranges = settings[`${service}LoadBalancerSourceRanges`];
    const who = ranges.length === 0 ? "everybody who reaches it" : ranges.join(", ");
    return `lgtm:${service}ServiceType = ${settings[`${service}ServiceType`]}: ${services[service]} has an address outside of the cluster without TLS, for ${who}; ClusterIP closes it (docs/security.md)`;
  });
  return [...ofServices, ...ofEntrance];
}
