/** Whether the Gateway lets Grafana's route in, and what its controller has said of it. */
import { gatewayApi, type GrafanaRoute } from "../../../config/grafana-route";
import type { Settings } from "../../../config/schema";
import { lgtmServiceName } from "../../../config/services";
import type { Cluster } from "../../../lib/kubernetes/cluster";
import { kindsOf } from "../../../lib/kubernetes/discovery";
import type { Metadata } from "../../../lib/kubernetes/objects";
import type { Namespace } from "../../../lib/kubernetes/types";
import { list } from "../../../lib/terminal/screen";
import type { Hints } from "../../hints";
import type { Finding } from "./findings";

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

interface Listener {
  readonly name: string;
  readonly protocol: string;
  readonly hostname?: string;
  readonly allowedRoutes?: {
    readonly namespaces?: {
      readonly from?: string;
      readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
    };
  };
}

export interface Gateway {
  readonly metadata: Metadata;
  readonly spec?: { readonly listeners?: readonly Listener[] };
}

export interface HttpRoute {
  readonly metadata: Metadata;
  readonly status?: {
    readonly parents?: readonly {
      readonly controllerName?: string;
      readonly conditions?: readonly Condition[];
    }[];
  };
}

/** What there is around the route; undefined is what is not there, or not to be seen. */
export interface SeenRoute {
  /** Every Gateway of the cluster. */
  readonly gateways: readonly Gateway[];
  readonly route: HttpRoute | undefined;
  /** The namespace of Grafana. */
  readonly namespace: Namespace | undefined;
}

const folder = `/apis/${gatewayApi}`;

/** Looks at the Gateway that `lgtm:grafanaRoute` names; a cluster without the kind is told before. */
export async function checkGateway(
  settings: Settings,
  cluster: Cluster,
  hints: Hints,
): Promise<Finding[]> {
  const { grafanaRoute: route, lgtmNamespace: namespace, lgtmReleaseName } = settings;
  if (route === undefined) return [];
  const kinds = await kindsOf(cluster, [{ apiVersion: gatewayApi }]);
  if (kinds.of({ apiVersion: gatewayApi, kind: "Gateway" }) === undefined) return [];
  const name = lgtmServiceName(lgtmReleaseName, "grafana");
  const gatewaysPath = `${folder}/gateways`;
  const [gateways, found, live] = await Promise.all([
    cluster.list<Gateway>(gatewaysPath),
    cluster.find<HttpRoute>(`${folder}/namespaces/${namespace}/httproutes/${name}`),
    cluster.find<Namespace>(`/api/v1/namespaces/${namespace}`),
  ]);
  // What nobody may look at is not judged.
  if (cluster.refuses(gatewaysPath)) return [];
  return judgeRoute(route, namespace, { gateways, route: found, namespace: live }, hints);
}

/** Pure: what is said of a route with this Gateway around it. */
export function judgeRoute(
  route: GrafanaRoute,
  namespace: string,
  seen: SeenRoute,
  hints: Hints,
): Finding[] {
  const place = `${route.gatewayNamespace ?? namespace}/${route.gateway}`;
  const object = `gateway ${place}`;
  const gateway = seen.gateways.find(({ metadata }) => placeOf(metadata) === place);
  const set = (key: string, value: string) =>
    hints.pulumi(`config set --path lgtm:grafanaRoute.${key} ${value}`);
  if (gateway === undefined) {
    const others = seen.gateways.map(({ metadata }) => placeOf(metadata));
    const has = others.length === 0 ? "it has none at all" : `it has ${list(others, 6)}`;
    const [namespaceThere = "<namespace>", nameThere = "<name>"] = others[0]?.split("/") ?? [];
    return [
      {
        ...{ level: "problem", symptom: "gateway-missing", object },
        message: `lgtm:grafanaRoute names it, and the cluster has no such Gateway; ${has}. Nobody would reach Grafana at ${route.host}.`,
        fix: `${set("gateway", nameThere)} && ${set("gatewayNamespace", namespaceThere)}, or make the Gateway`,
      },
    ];
  }
  const refusal = refusalOf(route, namespace, gateway, seen.namespace, hints);
  if (refusal !== undefined)
    return [{ level: "problem", symptom: "route-refused", object, ...refusal }];
  return saidOf(route, seen, object, hints, namespace);
}

type Told = Pick<Finding, "fix" | "message">;

/** Why none of the Gateway's listeners takes the route. */
function refusalOf(
  { host, sectionName, tls }: GrafanaRoute,
  namespace: string,
  { metadata, spec }: Gateway,
  live: Namespace | undefined,
  hints: Hints,
): Told | undefined {
  const all = (spec?.listeners ?? []).filter(({ protocol }) => /^HTTPS?$/.test(protocol));
  const named = all.filter(({ name }) => sectionName === undefined || name === sectionName);
  const names = all.map(({ name }) => name);
  if (named.length === 0)
    return {
      message: `${sectionName === undefined ? "has no listener" : `has no listener ${sectionName}`} for HTTP or HTTPS${names.length === 0 ? "" : `; it has ${list(names)}`}.`,
      fix: "name one in lgtm:grafanaRoute.sectionName, or give the Gateway one",
    };
  const ofHost = named.filter(({ hostname }) => covers(hostname, host));
  if (ofHost.length === 0)
    return {
      message: `no listener is for ${host}: ${list(named.map(({ name, hostname = "" }) => `${name} is for ${hostname}`))}.`,
      fix: "set lgtm:grafanaRoute.host to a name that it serves, or give the Gateway a listener for this one",
    };
  const open = ofHost.filter((listener) => admits(listener, metadata, namespace, live));
  if (open.length === 0)
    return {
      message: `its listener ${list(ofHost.map(({ name }) => name))} takes no routes of namespace ${namespace} (allowedRoutes.namespaces).`,
      fix: `set allowedRoutes.namespaces of that listener to from: All, or to a selector that namespace ${namespace} fits (kubernetes.io/metadata.name: ${namespace})`,
    };
  const protocol = tls ? "HTTPS" : "HTTP";
  if (open.some((listener) => listener.protocol === protocol)) return undefined;
  return {
    message: `its listener ${list(open.map(({ name }) => name))} speaks ${tls ? "HTTP" : "HTTPS"}, and links lead to ${tls ? "https" : "http"}://${host} because lgtm:grafanaRoute has tls = ${String(tls)}.`,
    fix: tls
      ? "give the Gateway a listener with a certificate, and name it in lgtm:grafanaRoute.sectionName"
      : hints.pulumi("config rm --path lgtm:grafanaRoute.tls"),
  };
}

/** What the controller says of the route that is there. */
function saidOf(
  { host }: GrafanaRoute,
  { route }: SeenRoute,
  object: string,
  { kubectl }: Hints,
  namespace: string,
): Finding[] {
  if (route === undefined)
    return [{ level: "ok", object, message: `has a listener for ${host}, which takes the route.` }];
  const { name } = route.metadata;
  const of = `route ${namespace}/${name}`;
  const fix = `see ${kubectl(`describe -n ${namespace} httproute/${name}`)}`;
  const conditions = (route.status?.parents ?? []).flatMap((parent) => parent.conditions ?? []);
  if (conditions.length === 0)
    return [
      {
        ...{ level: "warning", symptom: "route-refused", object: of, fix },
        message: `no controller has said a word about it: none may run for the class of ${object}.`,
      },
    ];
  const refused = conditions.filter(
    ({ type, status }) => status === "False" && ["Accepted", "ResolvedRefs"].includes(type),
  );
  if (refused.length === 0)
    return [{ level: "ok", object, message: `has taken the route of ${host}.` }];
  return [
    {
      ...{ level: "problem", symptom: "route-refused", object: of, fix },
      message: `${object} has not taken it, and nobody reaches Grafana at ${host}.`,
      words: refused.map(
        ({ type, reason = "", message = "" }) => `${type} = False, ${reason}: ${message}`,
      ),
    },
  ];
}

function placeOf({ namespace = "", name }: Metadata): string {
  return `${namespace}/${name}`;
}

/** Whether a listener's host has this one; `*.` stands for one label or more. */
function covers(hostname: string | undefined, host: string): boolean {
  if (hostname === undefined || hostname === "") return true;
  return hostname.startsWith("*.")
    ? host.endsWith(hostname.slice(1).toLowerCase())
    : hostname.toLowerCase() === host;
}

/** Whether routes of this namespace may attach; what a selector's expressions say is left to the controller. */
function admits(
  { allowedRoutes }: Listener,
  gateway: Metadata,
  namespace: string,
  live: Namespace | undefined,
): boolean {
  const { from = "Same", selector } = allowedRoutes?.namespaces ?? {};
  if (from === "Same") return gateway.namespace === namespace;
  if (from !== "Selector") return from === "All";
  // Its labels are not known before it is there, but for the one that Kubernetes sets.
  const labels = { ...live?.metadata.labels, "kubernetes.io/metadata.name": namespace };
  return Object.entries(selector?.matchLabels ?? {}).every(
    ([key, value]) => (labels as Readonly<Record<string, string>>)[key] === value,
  );
}
