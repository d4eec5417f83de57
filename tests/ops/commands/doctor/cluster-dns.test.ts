/** Tests of ops/commands/doctor/cluster-dns.ts. */
import assert from "node:assert/strict";
import type { Service } from "../../../../lib/kubernetes/types";
import { answersDns, checkClusterDns } from "../../../../ops/commands/doctor/cluster-dns";
import { hints } from "../../support/snapshots";

const usual = { dnsService: "kube-system/kube-dns" };

function service(name: string, port = 53, labels: Record<string, string> = {}): Service {
  const [namespace = "", own = ""] = name.split("/");
  return { metadata: { namespace, name: own, labels }, spec: { ports: [{ port }] } };
}

function check(settings: { dnsService: string }, ...services: Service[]) {
  const [found, ...more] = checkClusterDns(settings, services.filter(answersDns), hints);
  assert.deepEqual(more, []);
  return found;
}

describe("doctor looks for the cluster's DNS and", () => {
  it("is content with the one that is set", () => {
    assert.equal(check(usual, service("kube-system/kube-dns"))?.level, "ok");
    const openshift = { dnsService: "openshift-dns/dns-default" };
    assert.equal(check(openshift, service("openshift-dns/dns-default"))?.level, "ok");
  });

  const others: readonly (readonly [where: string, service: Service])[] = [
    ["RKE2", service("kube-system/rke2-coredns-rke2-coredns")],
    ["OpenShift", service("openshift-dns/dns-default")],
    ["a label", service("dns/coredns", 53, { "k8s-app": "kube-dns" })],
  ];
  for (const [where, there] of others) {
    it(`says what to set where another one is there: ${where}`, () => {
      const upstream = service("kube-system/kube-dns-upstream", 53, { "k8s-app": "kube-dns" });
      const found = check(usual, service("shop/bind"), upstream, there);
      const { namespace = "", name } = there.metadata;
      assert.deepEqual([found?.level, found?.symptom], ["problem", "dns-service-missing"]);
      assert.equal(found?.fix, `pulumi config set lgtm:dnsService ${namespace}/${name}`);
      assert.match(found.message, /host not found in resolver.*; it has /);
    });
  }

  it("warns where it knows none, and takes no Service without DNS's port for one", () => {
    const found = check(usual, service("kube-system/kube-dns", 80), service("shop/bind"));
    assert.deepEqual([found?.level, found?.symptom], ["warning", "dns-service-missing"]);
    assert.match(found?.fix ?? "", /^kubectl get services -A/);
  });
});
