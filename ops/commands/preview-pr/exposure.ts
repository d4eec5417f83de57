/** What is reachable from outside, before and after. */
import { kindOf, labelOf, metadataOf, type Subject } from "../../../policy/subject";

export interface Exposed {
  readonly label: string;
  /** `LoadBalancer, port 80, everybody` */
  readonly how: string;
}

interface Spec {
  readonly type?: string;
  readonly ports?: readonly { readonly port?: number; readonly nodePort?: number }[];
  readonly loadBalancerSourceRanges?: readonly string[];
  readonly externalIPs?: readonly string[];
  readonly rules?: readonly { readonly host?: string }[];
  readonly tls?: readonly unknown[];
}

function service({ type = "ClusterIP", ports = [], ...spec }: Spec): string | undefined {
  const outside = (spec.externalIPs ?? []).length > 0;
  if (type === "ClusterIP" && !outside) return undefined;
  const numbers = ports.map(({ port, nodePort }) =>
    String(type === "NodePort" ? (nodePort ?? port) : port),
  );
  const ranges = spec.loadBalancerSourceRanges ?? [];
  const who = ranges.length > 0 ? `only from ${ranges.join(", ")}` : "from everywhere";
  return `${outside ? "external addresses" : type}, port ${numbers.join(", ")}, ${who}`;
}

function ingress({ rules = [], tls = [] }: Spec): string {
  const hosts = rules.map(({ host }) => host ?? "any host").join(", ");
  return `Ingress for ${hosts}, ${tls.length > 0 ? "with TLS" : "without TLS"}`;
}

interface RouteSpec {
  readonly hostnames?: readonly string[];
  readonly parentRefs?: readonly { readonly namespace?: string; readonly name?: string }[];
}

/** TLS is the Gateway's affair, which is not of this stack. */
function route({ hostnames = [], parentRefs = [] }: RouteSpec): string {
  const hosts = hostnames.length === 0 ? "any host" : hostnames.join(", ");
  const gateways = parentRefs.map(({ namespace, name }) =>
    [namespace, name].filter((one) => one !== undefined).join("/"),
  );
  return `HTTPRoute for ${hosts}, through Gateway ${gateways.join(", ")}`;
}

export function exposedBy(subjects: readonly Subject[]): Exposed[] {
  return subjects.flatMap((subject) => {
    if (!subject.type.startsWith("kubernetes:")) return [];
    const spec = (subject.props["spec"] ?? {}) as Spec;
    const how =
      kindOf(subject) === "Service"
        ? service(spec)
        : kindOf(subject) === "Ingress"
          ? ingress(spec)
          : kindOf(subject) === "HTTPRoute"
            ? route(spec as RouteSpec)
            : undefined;
    const name = metadataOf(subject).name;
    const label = name === undefined ? labelOf(subject) : `${labelOf(subject)} (${name})`;
    return how === undefined
      ? []
      : [{ label: subject.release === undefined ? label : labelOf(subject), how }];
  });
}
