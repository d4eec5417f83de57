/** Tests of ops/commands/verify/transport/http-endpoint.ts. */
import * as assert from "node:assert/strict";
import { PlainHttpEndpoint } from "../../../../../ops/commands/verify/transport/http-endpoint";
import { servicePortOf } from "../../../../../ops/commands/verify/transport/pods";
import { fakeCluster } from "../../../support/fake-cluster";

describe("verify's way to a program", () => {
  it("finds the Service in a URL, with and without namespace and port", () => {
    const of = (text: string): unknown => Object.values(servicePortOf(text, "home"));
    assert.deepEqual(of("http://loki-gateway"), ["loki-gateway", "home", 80]);
    assert.deepEqual(of("http://tempo.traces.svc.cluster.local:3200"), ["tempo", "traces", 3200]);
  });

  it("waits no longer than it is told for an answer", async () => {
    const hanging = await fakeCluster(() => ({ hangs: true }));
    const { signal } = new AbortController();
    const endpoint = new PlainHttpEndpoint("hanging", hanging.cluster.server, signal);
    await assert.rejects(endpoint.ask({ path: "/", limitMs: 50 }), {
      name: "Unreachable",
      obstacle: "silent",
      message: "no answer within 0.05 s",
    });
    await hanging.stop();
  });
});
