/** What is open to the network is meant to be. */
import type { Rule } from "../rule";
import { kindOf, metadataOf, type Subject } from "../subject";

interface ServiceSpec {
  readonly type?: string;
  readonly loadBalancerSourceRanges?: readonly string[];
  readonly externalIPs?: readonly string[];
}

interface IngressSpec {
  readonly tls?: readonly { readonly hosts?: readonly string[] }[];
}

/** Annotations by which clouds keep a load balancer inside the network; the value that does it. */
const internalAnnotations: Readonly<Record<string, RegExp>> = {
  "service.beta.kubernetes.io/aws-load-balancer-scheme": /^internal$/,
  "service.beta.kubernetes.io/aws-load-balancer-internal": /^true$|^0\.0\.0\.0\/0$/,
  "networking.gke.io/load-balancer-type": /^internal$/i,
  "cloud.google.com/load-balancer-type": /^internal$/i,
  "service.beta.kubernetes.io/azure-load-balancer-internal": /^true$/,
};

/** Annotations by which a cloud's load balancer speaks TLS. */
const tlsAnnotations = /ssl-cert|tls-secret|azure-dns-label-tls/;

/** Annotations by which ingress controllers take an allow-list. */
const ingressRanges = /(whitelist|allowlist)-source-range$|\/inbound-cidrs$/;

function isAllowList(ranges: readonly string[] | undefined): boolean {
  return (
    ranges !== undefined &&
    ranges.length > 0 &&
    !ranges.some((range) => /^(0\.0\.0\.0|::)\/0$/.test(range))
  );
}

function serviceProblems(subject: Subject): string[] {
  const spec = (subject.props["spec"] ?? {}) as ServiceSpec;
  const annotations = Object.entries(metadataOf(subject).annotations ?? {});
  const problems: string[] = [];
  if ((spec.externalIPs ?? []).length > 0) problems.push("takes external addresses (externalIPs)");
  if (spec.type === "NodePort") {
    problems.push("opens a port on every node (NodePort), which has no allow-list");
  }
  if (spec.type !== "LoadBalancer") return problems;
  const inside = annotations.some(([key, value]) => internalAnnotations[key]?.test(value) === true);
  const encrypted = annotations.some(([key]) => tlsAnnotations.test(key));
  return inside || encrypted || isAllowList(spec.loadBalancerSourceRanges)
    ? problems
    : [...problems, "is a load balancer that everybody may reach, in clear"];
}

function ingressProblems(subject: Subject): string[] {
  const { tls = [] } = (subject.props["spec"] ?? {}) as IngressSpec;
  const guarded = Object.entries(metadataOf(subject).annotations ?? {}).some(
    ([key, value]) => ingressRanges.test(key) && isAllowList(value.split(/[\s,]+/)),
  );
  return tls.length > 0 || guarded ? [] : ["is an Ingress without TLS and without an allow-list"];
}

/** Nothing is reachable from outside without an allow-list or TLS. */
export const publicServices: Rule = {
  id: "no-public-service",
  severity: "mandatory",
  text: "Nothing is reachable from outside the cluster without an allow-list or TLS.",
  fix:
    "For Grafana and the demo, set grafanaServiceType or demoServiceType to ClusterIP (and use kubectl port-forward), " +
    "or list the networks in grafanaLoadBalancerSourceRanges or demoLoadBalancerSourceRanges; elsewhere, spec.loadBalancerSourceRanges or TLS.",
  check: (subject) => {
    if (!subject.type.startsWith("kubernetes:")) return [];
    if (kindOf(subject) === "Service") return serviceProblems(subject);
    return kindOf(subject) === "Ingress" ? ingressProblems(subject) : [];
  },
};
