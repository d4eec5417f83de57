/** The cluster's own DNS, which the gateways of Loki and Mimir ask for each address. */

export interface ClusterDns {
  /** Service that answers, such as `kube-dns`. */
  readonly service: string;
  /** Namespace of that Service, such as `kube-system`. */
  readonly namespace: string;
  /** End of every full name in the cluster, without a dot at its end, such as `cluster.local`. */
  readonly domain: string;
}

/** What every chart has by itself: as most clusters have it. */
export const usualDns: ClusterDns = {
  service: "kube-dns",
  namespace: "kube-system",
  domain: "cluster.local",
};

/** What the charts' `global` has for it. */
export interface DnsValues {
  readonly dnsService?: string;
  readonly dnsNamespace?: string;
  readonly clusterDomain?: string;
}

/**
 * The values of one chart, as far as they differ from its own: a cluster that has what most have changes nothing.
 *
 * @param end Mimir's chart has a dot at the end of the domain, so that no search list is gone through
 */
export function dnsValues(
  { service, namespace, domain }: ClusterDns,
  end: "" | "." = "",
): DnsValues {
  return {
    ...((service !== usualDns.service || namespace !== usualDns.namespace) && {
      dnsService: service,
      dnsNamespace: namespace,
    }),
    ...(domain !== usualDns.domain && { clusterDomain: `${domain}${end}` }),
  };
}
