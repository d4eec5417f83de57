/** Whether Services of type LoadBalancer have, or will get, an address. */
import type { Service } from "../../../lib/kubernetes/types";
import { list } from "../../../lib/terminal/screen";
import type { Hints } from "../../hints";
import { cloudOf, laptopOf } from "./balancer-signs";
import type { Finding } from "./findings";
import type { Snapshot } from "./snapshot";

/** How long a cloud may take to assign an address. */
const addressLimitSeconds = 120;

/**
 * Whether Services of type LoadBalancer will get an address. Nothing in Kubernetes says so; this
 * goes by what can be seen, and says what that was.
 *
 * @param wanted the Services that are to be of that type, such as "lgtm/my-lgtm-grafana"
 */
export function checkLoadBalancers(
  wanted: readonly string[],
  snapshot: Snapshot,
  hints: Hints,
): Finding[] {
  const { balancers, balancerSigns, nodes } = snapshot;
  if (wanted.length === 0) return [];
  const object = `load balancer for ${list(wanted)}`;
  const ok = (message: string): Finding[] => [{ level: "ok", object, message }];
  const served = balancers.find((service) => addressOf(service) !== undefined);
  if (served !== undefined)
    return ok(
      `expected to get an address: service ${nameOf(served)} has ${addressOf(served) ?? ""}.`,
    );
  const cloud = cloudOf(nodes);
  if (cloud !== undefined)
    return ok(`expected to get an address: the nodes are of ${cloud}, which assigns them.`);
  if (balancerSigns.length > 0)
    return ok(`expected to get an address from ${list(balancerSigns)}.`);
  const laptop = laptopOf(nodes);
  const seen = [
    ...balancers.map((service) => `service ${nameOf(service)} has waited for one`),
    laptop ??
      "no Service of the cluster has an address, its nodes name no cloud, and no known controller runs",
  ];
  return [
    {
      level: "warning",
      symptom: "load-balancer-unknown",
      object,
      message: `may never get an address: ${seen.join("; ")}. The deployment does not wait for one.`,
      fix: `install MetalLB or the like, or do without: ${clusterIp(hints)}`,
    },
  ];
}

/** Services of the stack that should have an address and have none. */
export function checkAddresses(snapshot: Snapshot, hints: Hints): Finding[] {
  return snapshot.services
    .filter((service) => service.spec?.type === "LoadBalancer" && addressOf(service) === undefined)
    .map((service): Finding => {
      const { name, namespace = "", creationTimestamp } = service.metadata;
      const age = (snapshot.now.getTime() - Date.parse(creationTimestamp ?? "")) / 1000;
      const words = snapshot.events
        .filter(
          ({ involvedObject, metadata }) =>
            involvedObject.kind === "Service" &&
            involvedObject.name === name &&
            metadata.namespace === namespace,
        )
        .flatMap(({ reason, message }) => `${reason ?? ""}: ${message ?? ""}`);
      const late = !(age < addressLimitSeconds);
      const none = words.length === 0 ? ", and no controller has said a word about it" : "";
      return {
        level: late ? "problem" : "warning",
        symptom: "no-address",
        object: `service ${namespace}/${name}`,
        message: late
          ? `is of type LoadBalancer and was never given an address${none}: nothing in this cluster assigns them, or it cannot.`
          : "is of type LoadBalancer and has no address yet; a cloud takes a minute or two.",
        words: words.slice(-3),
        fix: `see ${hints.kubectl(`describe -n ${namespace} service/${name}`)}; where nothing assigns addresses: ${clusterIp(hints)}, then up`,
      };
    });
}

function clusterIp({ pulumi }: Hints): string {
  return `${pulumi("config set lgtm:grafanaServiceType ClusterIP")} (lgtm:demoServiceType for the demo)`;
}

function addressOf({ status }: Service): string | undefined {
  const ingress = status?.loadBalancer?.ingress?.[0];
  return ingress?.hostname ?? ingress?.ip;
}

function nameOf({ metadata }: Service): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}
