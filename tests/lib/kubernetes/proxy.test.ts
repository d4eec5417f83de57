/** Tests: proxies that the surroundings name, as kubectl takes them. */
import assert from "node:assert/strict";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { connectTo } from "../../../lib/kubernetes/open-cluster";
import { proxyFor } from "../../../lib/kubernetes/proxy";

describe("a proxy of the surroundings", function () {
  // The client library is loaded at the first use.
  this.timeout(30_000);
  const through = (server: string, NO_PROXY = ""): boolean =>
    proxyFor(new URL(server), { HTTPS_PROXY: "proxy:3128", NO_PROXY }) === "http://proxy:3128";

  it("is taken for names that it is not excepted from, and never for this machine", () => {
    for (const [server, exceptions, expected] of [
      ["https://api.example:6443", "", true],
      ["https://api.example", "other.example", true],
      ["https://api.example", "api.example", false],
      ["https://api.example", "EXAMPLE", false],
      ["https://api.example", " .example", false],
      ["https://api.example", "*.example", false],
      ["https://example", ".example", true],
      ["https://badexample", "example", true],
      ["https://api.example", "*", false],
      ["https://api.example:6443", "api.example:443", true],
      ["https://api.example", "api.example:443", false],
      ["https://10.1.2.3:6443", "10.0.0.0/8", false],
      ["https://11.1.2.3:6443", "10.0.0.0/8", true],
      ["https://10.1.2.3:6443", "10.1.2.3", false],
      ["https://[fd00::1]:6443", "fd00::/8", false],
      ["https://[fd00::1]:6443", "fd00:0::1", false],
      ["https://[fd00::1]:6443", "10.0.0.0/8", true],
      ["https://localhost:6443", "", false],
      ["https://127.0.0.1:6443", "", false],
      ["https://[::1]:6443", "", false],
      ["http://api.example", "", false],
    ] as const)
      assert.equal(through(server, exceptions), expected, `${server} NO_PROXY=${exceptions}`);
    assert.equal(proxyFor(new URL("https://a.example"), {}), undefined);
    const lower = { https_proxy: "https://user@p:1", no_proxy: "b.example" };
    assert.equal(proxyFor(new URL("https://a.example"), lower), "https://user@p:1");
    assert.equal(proxyFor(new URL("https://b.example"), lower), undefined);
  });

  it("is asked for the cluster, unless the kubeconfig names one of its own", async () => {
    const asked: string[] = [];
    const proxies = await Promise.all(
      ["env", "own"].map(async (name) => {
        const proxy = http.createServer();
        proxy.on("connect", ({ url = "" }, socket) => {
          asked.push(`${name} ${url}`);
          socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
        });
        await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
        return proxy;
      }),
    );
    const [env = "", own = ""] = proxies.map(
      (proxy) => `http://127.0.0.1:${String((proxy.address() as AddressInfo).port)}`,
    );
    const before = process.env["HTTPS_PROXY"];
    process.env["HTTPS_PROXY"] = env;
    try {
      for (const proxy of [undefined, own]) {
        const server = "https://kubernetes.default.svc:6443";
        const kubeconfig = JSON.stringify({
          clusters: [
            { name: "c", cluster: { server, ...(proxy !== undefined && { "proxy-url": proxy }) } },
          ],
          users: [{ name: "u", user: { token: "t" } }],
          contexts: [{ name: "here", context: { cluster: "c", user: "u" } }],
        });
        const progress = { step: undefined, begin: () => undefined };
        const { signal } = new AbortController();
        const connecting = { folder: ".", progress, signal };
        const { cluster } = await connectTo({ context: "here", kubeconfig }, connecting);
        await assert.rejects(cluster.get("/version"));
        cluster.close();
      }
    } finally {
      if (before === undefined) delete process.env["HTTPS_PROXY"];
      else process.env["HTTPS_PROXY"] = before;
      for (const proxy of proxies) proxy.close();
    }
    assert.deepEqual(
      [...new Set(asked)],
      ["env kubernetes.default.svc:6443", "own kubernetes.default.svc:6443"],
    );
  });
});
