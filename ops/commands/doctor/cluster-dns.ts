/** Whether the Service is there that the stores' gateways ask for names. */
import type { Settings } from "../../../config/schema";
import type { Service } from "../../../lib/kubernetes/types";
import { list } from "../../../lib/terminal/screen";
import type { Hints } from "../../hints";
import type { Finding } from "./findings";

/** Where distributions have theirs that do not call it kube-dns. */
const others = ["kube-system/rke2-coredns-rke2-coredns", "openshift-dns/dns-default"];

/** Whether a Service answers DNS, be it the cluster's own or another one: nginx asks on this port only. */
export function answersDns({ spec }: Service): boolean {
  return spec?.ports?.some(({ port }) => port === 53) ?? false;
}

function nameOf({ metadata: { namespace = "", name } }: Service): string {
  return `${namespace}/${name}`;
}

/** Those that are the cluster's own, by name or by the label that they share. */
function clusterDns(services: readonly Service[]): string[] {
  return (
    services
      .filter(
        (service) =>
          others.includes(nameOf(service)) || service.metadata.labels?.["k8s-app"] === "kube-dns",
      )
      .map(nameOf)
      // NodeLocal DNSCache has one beside, with the same label, for itself.
      .filter((name) => !name.endsWith("-upstream"))
  );
}

/**
 * nginx ends at its start where the Service has no address: "host not found in resolver".
 *
 * @param dnsServices of the whole cluster
 */
export function checkClusterDns(
  { dnsService }: Pick<Settings, "dnsService">,
  dnsServices: readonly Service[],
  hints: Hints,
): Finding[] {
  const object = `dns service ${dnsService}`;
  if (dnsServices.some((service) => nameOf(service) === dnsService))
    return [{ level: "ok", object, message: "answers for the gateways of Loki and Mimir." }];
  const found = clusterDns(dnsServices);
  const ends = `lgtm:dnsService = ${dnsService}: the cluster has no such Service with port 53, and the gateways of Loki and Mimir would end with "host not found in resolver"`;
  const set = (value: string) => hints.pulumi(`config set lgtm:dnsService ${value}`);
  const basis = { symptom: "dns-service-missing", object } as const;
  const [first] = found;
  if (first === undefined) {
    return [
      {
        ...basis,
        level: "warning",
        message: `${ends}; none was found that is known to be the cluster's DNS.`,
        fix: `${hints.kubectl("get services -A")} shows which has port 53; ${set("<namespace>/<name>")}`,
      },
    ];
  }
  return [
    { ...basis, level: "problem", message: `${ends}; it has ${list(found)}.`, fix: set(first) },
  ];
}
