/** Tests of components/service-url.ts. */
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
  externalAddress,
  externalUrl,
  type LiveService,
  serviceEndpoint,
  serviceUrl,
} from "../../components/service-url";
import { valueOf } from "../../lib/pulumi/mocks/program";

describe("addresses inside the cluster", () => {
  it("are the bare name for the same namespace and port 80", async () => {
    assert.equal(await valueOf(serviceUrl({ name: "a" })), "http://a");
    assert.equal(await valueOf(serviceEndpoint({ name: "a" })), "a");
  });

  it("have namespace, port and path", async () => {
    const service = { name: "a", namespace: "b", port: 4317 };
    assert.equal(await valueOf(serviceEndpoint(service)), "a.b:4317");
    assert.equal(await valueOf(serviceUrl({ ...service, path: "/push" })), "http://a.b:4317/push");
  });

  it("may be made of outputs", async () => {
    const service = { name: pulumi.output("a"), namespace: pulumi.output("b") };
    assert.equal(await valueOf(serviceUrl(service)), "http://a.b");
  });
});

const service: Omit<LiveService, "type"> = {
  name: "web",
  namespace: "ns",
  ingress: [],
  port: 80,
  localPort: 3000,
};
const pending =
  "pending: the cluster has assigned no address; see kubectl describe -n ns service/web, then run pulumi up again";

interface Case {
  readonly what: string;
  readonly service: LiveService;
  readonly address: string;
  readonly url: string;
}

function loadBalancer(what: string, ingress: LiveService["ingress"], ...expected: string[]): Case {
  const [address = "", url = address] = expected;
  return { what, service: { ...service, type: "LoadBalancer", ingress }, address, url };
}

const cases: readonly Case[] = [
  loadBalancer("an address", [{ ip: "203.0.113.10" }], "203.0.113.10", "http://203.0.113.10"),
  loadBalancer(
    "a host name",
    [{ hostname: "a.elb.example" }],
    "a.elb.example",
    "http://a.elb.example",
  ),
  loadBalancer(
    "both, of which the name is the lasting one",
    [{ hostname: "a.example", ip: "203.0.113.10" }],
    "a.example",
    "http://a.example",
  ),
  loadBalancer(
    "an empty name beside an address",
    [{ hostname: "", ip: "203.0.113.10" }],
    "203.0.113.10",
    "http://203.0.113.10",
  ),
  loadBalancer("an IPv6 address", [{ ip: "2001:db8::1" }], "2001:db8::1", "http://[2001:db8::1]"),
  loadBalancer(
    "two addresses",
    [{ ip: "203.0.113.1" }, { ip: "203.0.113.2" }],
    "203.0.113.1",
    "http://203.0.113.1",
  ),
  loadBalancer("no address", [], pending),
  loadBalancer("an entry without address", [{}], pending),
  {
    what: "a port that is not 80",
    service: { ...service, type: "LoadBalancer", ingress: [{ ip: "203.0.113.10" }], port: 8080 },
    address: "203.0.113.10",
    url: "http://203.0.113.10:8080",
  },
  {
    what: "a node port",
    service: { ...service, type: "NodePort", nodePort: 30080 },
    address: "any node, port 30080; for the nodes' addresses: kubectl get nodes -o wide",
    url: "any node, port 30080; for the nodes' addresses: kubectl get nodes -o wide",
  },
  {
    what: "a node port that is not chosen yet",
    service: { ...service, type: "NodePort" },
    address: "any node, port unknown; for the nodes' addresses: kubectl get nodes -o wide",
    url: "any node, port unknown; for the nodes' addresses: kubectl get nodes -o wide",
  },
  {
    what: "no way in from outside",
    service: { ...service, type: "ClusterIP" },
    address: "none outside the cluster; run: kubectl port-forward -n ns service/web 3000:80",
    url: "http://localhost:3000 while this runs: kubectl port-forward -n ns service/web 3000:80",
  },
  {
    what: "the cluster that the stack names",
    service: { ...service, type: "ClusterIP", kubectl: "kubectl --context prod" },
    address:
      "none outside the cluster; run: kubectl --context prod port-forward -n ns service/web 3000:80",
    url: "http://localhost:3000 while this runs: kubectl --context prod port-forward -n ns service/web 3000:80",
  },
];

describe("addresses outside the cluster", () => {
  for (const one of cases) {
    it(`with ${one.what}`, () => {
      assert.equal(externalAddress(one.service), one.address);
      assert.equal(externalUrl(one.service), one.url);
    });
  }
});
