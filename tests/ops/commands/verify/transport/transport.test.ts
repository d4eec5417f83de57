/** Tests: verify's way into a cluster. */
import * as assert from "node:assert/strict";
import * as http from "node:http";
import * as net from "node:net";
import { ClusterTransport } from "../../../../../ops/commands/verify/transport/cluster-transport";
import { Unreachable } from "../../../../../ops/commands/verify/transport/http-endpoint";
import type { Forwarder } from "../../../../../ops/commands/verify/transport/port-forward";
import { type Answer, fakeCluster, type FakeCluster } from "../../../support/fake-cluster";

const url = "http://otel-collector.otel:4318";
const folder = "/api/v1/namespaces/otel";
const proxied = `${folder}/services/http:otel-collector:4318/proxy`;

/** A pod behind the Service. */
function pod(name: string, ready: boolean, waiting?: string): object {
  return {
    metadata: { name, namespace: "otel" },
    spec: {
      nodeName: "node-1",
      containers: [{ name: "collector", ports: [{ name: "otlp-http", containerPort: 4318 }] }],
    },
    status: {
      phase: "Running",
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
      ...(waiting !== undefined && {
        containerStatuses: [{ state: { waiting: { reason: waiting } } }],
      }),
    },
  };
}

const healthy: Readonly<Record<string, Answer>> = {
  [`${folder}/services/otel-collector`]: {
    object: {
      spec: { selector: { app: "otel" }, ports: [{ port: 4318, targetPort: "otlp-http" }] },
    },
  },
  [`${folder}/pods`]: { object: { items: [pod("b", true), pod("a", false), pod("c", true)] } },
  "/api/v1/nodes/node-1": { object: { status: { nodeInfo: { kubeletVersion: "v1.34.1" } } } },
};

/** Passes every connection on to a port of this machine, and notes what was asked for. */
class Tunnel implements Forwarder {
  readonly asked: string[] = [];
  constructor(private readonly port: number) {}

  portForward(...[namespace, name, ports, output, , input]: Parameters<Forwarder["portForward"]>) {
    this.asked.push(`${namespace}/${name}:${ports.join()}`);
    const socket = net.connect(this.port, "127.0.0.1");
    input.pipe(socket).pipe(output);
    const connection = { onclose: null as (() => void) | null, close: () => socket.destroy() };
    socket.once("close", () => connection.onclose?.());
    return Promise.resolve(connection);
  }
}

/** What containerd says when a program listens on the pod's own address only. */
const podAddressOnly: Forwarder = {
  portForward: (_namespace, _name, _ports, _output, error) => {
    error.write(
      'error forwarding port 4318 to pod 65d7d2b35b21, uid : failed to execute portforward in network namespace "/var/run/netns/cni-72a2ea46": failed to connect to localhost:4318 inside namespace, IPv4: dial tcp4 127.0.0.1:4318: connect: connection refused IPv6 dial tcp6 [::1]:4318: connect: connection refused ',
    );
    return Promise.resolve({ onclose: null, close: () => undefined });
  },
};

const notAllowed: Forwarder = {
  // As the websocket of the official client fails: with an event.
  // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
  portForward: () => Promise.reject({ type: "error", message: "Unexpected server response: 403" }),
};

describe("verify's way into a cluster", () => {
  const stop = new AbortController();
  const closers: (() => void)[] = [];
  let cluster: FakeCluster;
  let program: http.Server;
  let port: number;

  before(async () => {
    program = http.createServer((request, response) => {
      response.end(`${request.method ?? ""} ${request.url ?? ""}`);
    });
    await new Promise<void>((resolve) => program.listen(0, "127.0.0.1", resolve));
    ({ port } = program.address() as net.AddressInfo);
  });
  afterEach(async () => {
    for (const close of closers.splice(0)) close();
    await cluster.stop();
  });
  after(() => {
    stop.abort();
    program.close();
  });

  async function transport(
    forwarder: Forwarder,
    answers: Readonly<Record<string, Answer>> = healthy,
  ): Promise<ClusterTransport> {
    cluster = await fakeCluster((path) => answers[path]);
    return new ClusterTransport({
      cluster: cluster.cluster,
      forwarder,
      apiServer: { url: cluster.cluster.server, options: {} },
      home: "lgtm",
      signal: stop.signal,
      onEnd: (close) => closers.push(close),
    });
  }

  async function refused(
    forwarder: Forwarder,
    answers: Readonly<Record<string, Answer>>,
  ): Promise<Unreachable> {
    const way = (await transport(forwarder, answers)).to(url);
    return way.then(
      () => assert.fail("reached"),
      (error: unknown) => {
        assert.ok(error instanceof Unreachable, String(error));
        return error;
      },
    );
  }

  it("forwards a port to the first ready pod behind the Service, by its port's name", async () => {
    const tunnel = new Tunnel(port);
    const way = await (await transport(tunnel)).to(url);
    assert.equal(way.description, "port-forward to pod otel/b");
    const answers = await Promise.all(
      [1, 2, 3].map(async () => way.ask({ method: "POST", path: "/v1/logs", body: {} })),
    );
    assert.deepEqual(new Set(answers.map(({ body }) => body)), new Set(["POST /v1/logs"]));
    assert.deepEqual(new Set(tunnel.asked), new Set(["otel/b:4318"]));
    assert.equal(
      cluster.asked.filter((path) => path.includes("labelSelector=app%3Dotel")).length,
      1,
    );
  });

  it("keeps the path of the URL", async () => {
    const way = await (await transport(new Tunnel(port))).to(`${url}/prometheus`);
    assert.equal((await way.ask({ path: "/api/v1/query" })).body, "GET /prometheus/api/v1/query");
  });

  it("goes through the API server where a program listens on its pod's address only", async () => {
    const answers = { ...healthy, [`${proxied}/`]: { text: "page" } };
    const own = { ...answers, [`${proxied}/v1/logs`]: { text: "taken" } };
    const way = await (await transport(podAddressOnly, own)).to(url);
    assert.equal(way.description, "the API server's proxy to Service otel/otel-collector");
    assert.equal((await way.ask({ method: "POST", path: "/v1/logs", body: {} })).body, "taken");
  });

  it("tells the API server's errors from the program's", async () => {
    const message = "error trying to reach service: dial tcp 10.0.0.7:4318: connect: refused";
    const way = {
      ...healthy,
      [`${proxied}/`]: { text: "page" },
      [`${proxied}/v1/logs`]: { status: 503, message },
    };
    const reached = await (await transport(podAddressOnly, way)).to(url);
    await assert.rejects(reached.ask({ path: "/v1/logs" }), { name: "Unreachable", message });
  });

  it("says in short what both ways met with", async () => {
    const { obstacle, message } = await refused(podAddressOnly, {
      ...healthy,
      [`${proxied}/`]: { status: 503, message: "error trying to reach service: i/o timeout" },
    });
    assert.equal(obstacle, "refused");
    assert.equal(
      message,
      "port-forward: nothing listens on the pod's loopback interface, port 4318; through the API server: error trying to reach service: i/o timeout",
    );
  });

  for (const [what, expected, words, forwarder, answers] of [
    ["no Service", "no-service", "there is no Service otel/otel-collector", podAddressOnly, {}],
    [
      "a Service without the port",
      "no-port",
      "Service otel/otel-collector has no port 4318",
      podAddressOnly,
      {
        ...healthy,
        [`${folder}/services/otel-collector`]: {
          object: { spec: { selector: { app: "otel" }, ports: [{ port: 80 }] } },
        },
      },
    ],
    [
      "a Service that selects nothing",
      "no-pod",
      "no pod behind Service otel/otel-collector",
      podAddressOnly,
      { ...healthy, [`${folder}/pods`]: { object: { items: [] } } },
    ],
    [
      "a Service that nobody may look at",
      "forbidden",
      "services is forbidden",
      podAddressOnly,
      {
        [`${folder}/services/otel-collector`]: { status: 403, message: "services is forbidden" },
      },
    ],
    [
      "no ready pod",
      "no-pod",
      "2 pods, none ready behind Service otel/otel-collector (CrashLoopBackOff, Running)",
      podAddressOnly,
      {
        ...healthy,
        [`${folder}/pods`]: {
          object: { items: [pod("a", false, "CrashLoopBackOff"), pod("b", false)] },
        },
      },
    ],
    [
      "credentials that do not suffice",
      "forbidden",
      "port-forward: Unexpected server response: 403; through the API server: services/proxy is forbidden",
      notAllowed,
      {
        ...healthy,
        [`${proxied}/`]: { status: 403, message: "services/proxy is forbidden" },
      },
    ],
    [
      "credentials that may not even look",
      "forbidden",
      "pods is forbidden",
      podAddressOnly,
      { ...healthy, [`${folder}/pods`]: { status: 403, message: "pods is forbidden" } },
    ],
    [
      "simulated pods",
      "simulated",
      "pod otel/b is simulated: no program runs in it",
      podAddressOnly,
      {
        ...healthy,
        "/api/v1/nodes/node-1": { object: { status: { nodeInfo: { kubeletVersion: "fake" } } } },
      },
    ],
  ] as const) {
    it(`knows ${what}`, async () => {
      const { obstacle, message } = await refused(forwarder, answers);
      assert.deepEqual([obstacle, message], [expected, words]);
    });
  }
});
