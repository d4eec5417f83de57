/** Tests of lib/kubernetes/cluster.ts. */
import assert from "node:assert/strict";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { Cluster } from "../../../lib/kubernetes/cluster";
import type { ApiError } from "../../../lib/terminal/errors";

describe("a request that is made a second time", () => {
  const servers: http.Server[] = [];
  async function serverThat(answer: http.RequestListener): Promise<string> {
    const server = http.createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    servers.push(server);
    return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  }
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
  const { signal } = new AbortController();

  it("is so once when the server is too busy and says when to come again", async () => {
    let busy = 1;
    const url = await serverThat((_, response) => {
      busy -= 1;
      response.writeHead(busy >= 0 ? 429 : 200, { "retry-after": "0" });
      response.end("{}");
    });
    const cluster = new Cluster("c", url, undefined, {}, signal);
    assert.deepEqual(await cluster.get("/a"), {});
    busy = 2;
    await assert.rejects(cluster.get("/a"), (error: ApiError) => error.code === 429);
  });

  it("ends with the command while it waits for a busy server", async () => {
    const url = await serverThat((_, response) => {
      response.writeHead(429, { "retry-after": "4" });
      response.end("{}");
    });
    const stop = new AbortController();
    const cluster = new Cluster("c", url, undefined, {}, stop.signal);
    const reason = new Error("out of time");
    setTimeout(() => {
      stop.abort(reason);
    }, 200);
    const started = performance.now();
    await assert.rejects(cluster.get("/a"), reason);
    assert.ok(performance.now() - started < 3000);
  }).slow(2000);

  it("logs in again after a login that failed", async () => {
    const url = await serverThat(({ headers }, response) => {
      response.writeHead(headers.authorization === "second" ? 200 : 401);
      response.end("{}");
    });
    const options = (authorization: string) => ({ headers: { authorization } });
    let times = 0;
    const renew = async () => {
      times += 1;
      return times === 1 ? Promise.reject(new Error("no network")) : options("second");
    };
    const cluster = new Cluster("c", url, undefined, options("first"), signal, renew);
    await assert.rejects(cluster.get("/a"), /no network/);
    await cluster.get("/a");
    assert.equal(times, 2);
  });
});
