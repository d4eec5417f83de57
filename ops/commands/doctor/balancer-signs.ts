/** Signs that the cluster gives load balancers an address. */
import type { KubeNode, Pod } from "../../../lib/kubernetes/types";

/** Pods by whose names one can tell that load balancers get addresses here. */
const controllers: readonly (readonly [name: RegExp, what: string])[] = [
  [/^(metallb-)?controller-|^metallb-/, "MetalLB"],
  [/^svclb-/, "k3s ServiceLB"],
  [/^kube-vip/, "kube-vip"],
  [/^cloud-controller-manager|-cloud-controller-manager/, "a cloud controller manager"],
  [/^aws-load-balancer-controller/, "the AWS load balancer controller"],
  [/^cilium-operator/, "Cilium, which can be set up for it"],
  [/^openelb-/, "OpenELB"],
  [/^porter-manager/, "OpenELB"],
];

export function balancerSign({ metadata }: Pick<Pod, "metadata">): string | undefined {
  const { name, namespace = "" } = metadata;
  const found = controllers.find(([pattern]) => pattern.test(name))?.[1];
  // A controller of that plain name can be anything's.
  if (found === "MetalLB" && !/metallb/.test(`${namespace}/${name}`)) return undefined;
  return found === undefined ? undefined : `${found} (pod ${namespace}/${name})`;
}

/** Clouds that give load balancers addresses by themselves, by the beginning of a node's provider id. */
const clouds: Readonly<Record<string, string>> = {
  aws: "Amazon EKS",
  gce: "Google Kubernetes Engine",
  azure: "Azure Kubernetes Service",
  digitalocean: "DigitalOcean",
  linode: "Linode",
  oci: "Oracle Cloud",
  ibm: "IBM Cloud",
  hcloud: "Hetzner Cloud",
  scaleway: "Scaleway",
  vultr: "Vultr",
  openstack: "OpenStack",
  exoscale: "Exoscale",
  ncloud: "Naver Cloud",
};

/** Whose nodes these are; undefined when their provider id does not say. */
export function cloudOf(nodes: readonly KubeNode[]): string | undefined {
  const scheme = nodes.map(({ spec }) => /^(\w+):\/\//.exec(spec?.providerID ?? "")?.[1] ?? "");
  return scheme.map((name) => clouds[name]).find((name) => name !== undefined);
}

export function laptopOf(nodes: readonly KubeNode[]): string | undefined {
  const [first] = nodes;
  if (first === undefined) return undefined;
  if (/^kind:\/\//.test(first.spec?.providerID ?? ""))
    return "this is kind, where nothing assigns addresses unless cloud-provider-kind or MetalLB runs";
  if (first.metadata.labels?.["minikube.k8s.io/name"] !== undefined)
    return "this is minikube, which assigns addresses while `minikube tunnel` runs";
  if (first.metadata.name === "docker-desktop")
    return "this is Docker Desktop, which serves load balancers on localhost";
  return undefined;
}
