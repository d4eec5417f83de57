/** What is open to the network is meant to be. */
import { areEverybody } from "../../lib/network/cidr";
import type { Rule } from "../rule";
import { kindOf, metadataOf, type Subject } from "../subject";
import { isProduction } from "./protection";

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

/** Whether a list keeps anybody out; what is no network, an ingress controller may know. */
function isAllowList(ranges: readonly string[] | undefined): boolean {
  if (ranges === undefined || ranges.length === 0) return false;
  try {
    return !areEverybody(ranges);
  } catch {
    return false;
  }
}

function serviceProblems(subject: Subject, isProd: boolean): string[] {
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
  if (inside || encrypted) return problems;
  if (!isAllowList(spec.loadBalancerSourceRanges))
    return [...problems, "is a load balancer that everybody may reach, in clear"];
  // Who may connect is known, and who reads on the way is not: a login goes through it.
  return isProd
    ? [
        ...problems,
        "is a load balancer without TLS in production, whose allow-list encrypts nothing",
      ]
    : problems;
}

function ingressProblems(subject: Subject, isProd: boolean): string[] {
  const { tls = [] } = (subject.props["spec"] ?? {}) as IngressSpec;
  if (tls.length > 0) return [];
  if (isProd) return ["is an Ingress without TLS in production"];
  const guarded = Object.entries(metadataOf(subject).annotations ?? {}).some(
    ([key, value]) =>
      ingressRanges.test(key) && isAllowList(value.split(/[\s,]+/).filter((range) => range !== "")),
  );
  return guarded ? [] : ["is an Ingress without TLS and without an allow-list"];
}

/** Nothing is reachable from outside without an allow-list or TLS. */
export const publicServices: Rule = {
  id: "no-public-service",
  severity: "mandatory",
  text: "Nothing is reachable from outside the cluster without an allow-list or TLS, in production without TLS.",
  fix:
    "For Grafana and the demo, set grafanaServiceType or demoServiceType to ClusterIP (and use kubectl port-forward), " +
    "or list the networks in grafanaLoadBalancerSourceRanges or demoLoadBalancerSourceRanges; elsewhere, spec.loadBalancerSourceRanges or TLS.",
  check: (subject, { name }) => {
    if (!subject.type.startsWith("kubernetes:")) return [];
    const isProd = isProduction(name);
    if (kindOf(subject) === "Service") return serviceProblems(subject, isProd);
    return kindOf(subject) === "Ingress" ? ingressProblems(subject, isProd) : [];
  },
};
