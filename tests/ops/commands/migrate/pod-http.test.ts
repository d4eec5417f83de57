/** Tests: how migrate asks a pod whose policies do not let the API server in. */
import * as assert from "node:assert/strict";
import * as http from "node:http";
import * as net from "node:net";
import type { AddressInfo } from "node:net";
import { ApiError } from "../../../../lib/kubernetes/cluster";
import { podHttp } from "../../../../ops/commands/migrate/pod-http";
import type { Forwarder } from "../../../../ops/commands/verify/transport/port-forward";
import { type Answer, type FakeCluster, fakeCluster } from "../../support/fake-cluster";

const target = { namespace: "lgtm", pod: "my-lgtm-loki-0", port: 3100 };
const proxy = "/api/v1/namespaces/lgtm/pods/http:my-lgtm-loki-0:3100/proxy";
const cut = {
  status: 503,
  message: "error trying to reach service: dial tcp 10.1.2.3:3100: i/o timeout",
};

describe("a pod that migrate asks", () => {
  const closers: (() => Promise<void> | void)[] = [];
  let seen: string[];
  let status: number;
  let port: number;
  let isForbidden = false;
  const forwards: string[] = [];

  const forwarder: Forwarder = {
    portForward: (...[namespace, pod, ports, output, , input]) => {
      if (isForbidden) return Promise.reject(new Error("Unexpected server response: 403"));
      forwards.push(`${namespace}/${pod}:${ports.join()}`);
      const socket = net.connect(port, "127.0.0.1");
      input.pipe(socket).pipe(output);
      return Promise.resolve({ onclose: null, close: () => socket.destroy() });
    },
  };

  beforeEach(async () => {
    [seen, status] = [[], 200];
    forwards.length = 0;
    isForbidden = false;
    const program = http.createServer(({ method, url }, response) => {
      seen.push(`${method ?? ""} ${url ?? ""}`);
      response.writeHead(status).end("its answer");
    });
    await new Promise<void>((resolve) => program.listen(0, "127.0.0.1", resolve));
    ({ port } = program.address() as AddressInfo);
    closers.push(() => {
      program.closeAllConnections();
      program.close();
    });
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  async function asked(answer: Answer) {
    const fake: FakeCluster = await fakeCluster((path) =>
      path.startsWith(proxy) ? answer : undefined,
    );
    closers.push(() => fake.stop());
    const ask = podHttp(
      {
        cluster: fake.cluster,
        forwarder,
        signal: new AbortController().signal,
        onEnd: (close) => closers.push(close),
      },
      target,
    );
    return { ask, fake };
  }
  const flush = { method: "POST", path: "/flush?wait=true", limitMs: 5000 } as const;
  const metrics = { method: "GET", path: "/metrics", limitMs: 5000 } as const;

  it("is asked through the API server where that reaches it", async () => {
    const { ask, fake } = await asked({ text: "by proxy" });
    assert.equal(await ask(flush), "by proxy");
    assert.deepEqual(fake.asked, [`${proxy}/flush?wait=true`]);
    assert.deepEqual(forwards, []);
  });

  it("is asked by port-forward from the first request on that a policy cut off", async () => {
    const { ask, fake } = await asked(cut);
    assert.equal(await ask(flush), "its answer");
    assert.equal(await ask(metrics), "its answer");
    assert.deepEqual(seen, ["POST /flush?wait=true", "GET /metrics"]);
    assert.equal(fake.asked.length, 1, "the other way is known not to lead there");
    assert.ok(forwards.every((one) => one === "lgtm/my-lgtm-loki-0:3100"));
  });

  it("gives its own errors as they are, by either way", async () => {
    const own = await asked({ status: 500, message: "ingester is broken" });
    await assert.rejects(own.ask(flush), /ingester is broken/);
    assert.deepEqual(forwards, []);
    const { ask } = await asked(cut);
    status = 500;
    await assert.rejects(ask(flush), (error) => error instanceof ApiError && error.code === 500);
  });

  it("is reported with the API server's words where nobody reaches it", async () => {
    const { ask } = await asked(cut);
    isForbidden = true;
    await assert.rejects(ask(flush), /error trying to reach service/);
  });
});
