/** Tests: the sinks. */
import * as assert from "node:assert/strict";
import { compress } from "snappyjs";
import { flaskRequest, flaskTelemetry } from "./support/flask-app";
import { Inbox } from "../../dataplane/sinks/inbox";
import { sendOtlp } from "./support/otlp-sender";
import { startLokiSink, startTempoSink } from "../../dataplane/sinks/stores";
import { lokiPush } from "../../dataplane/sinks/wire";

describe("the sinks", () => {
  it("say what did arrive when the awaited thing does not", async () => {
    const inbox = new Inbox<{ name: string }>();
    inbox.add({ name: "other" });
    await assert.rejects(
      inbox.waitFor((item) => item.name === "wanted", 10),
      /not received within 10 ms; received 1 in all, .*\n {2}\{"name":"other"\}/,
    );
  });

  it("keep what they are sent, and wake who waits", async () => {
    const tempo = await startTempoSink();
    try {
      const request = flaskRequest();
      const waiting = tempo.inbox.waitFor((span) => span.traceId === request.traceId);
      await sendOtlp("gRPC", tempo.address, "traces", flaskTelemetry(request));
      assert.equal((await waiting).name, "complex_operation");
    } finally {
      await tempo.close();
    }
  });

  it("refuse another path than the store's own, and what is no protocol buffer", async () => {
    const loki = await startLokiSink();
    const post = async (pathname: string, body: Uint8Array<ArrayBuffer>): Promise<number> => {
      const response = await fetch(`http://${loki.address}${pathname}`, { method: "POST", body });
      return response.status;
    };
    try {
      const push = lokiPush.encode({ streams: [{ labels: '{a="b"}', entries: [{ line: "c" }] }] });
      assert.equal(await post("/api/prom/push", compress(push)), 404);
      assert.equal(await post("/loki/api/v1/push", Buffer.from("nonsense")), 400);
      assert.deepEqual(loki.inbox.items, []);
      assert.equal(await post("/loki/api/v1/push", compress(push)), 204);
      assert.deepEqual(loki.inbox.items, [{ labels: { a: "b" }, line: "c" }]);
    } finally {
      await loki.close();
    }
  });

  it("make the sender say which signal was refused, by what", async () => {
    const tempo = await startTempoSink();
    try {
      await assert.rejects(
        sendOtlp("gRPC", tempo.address, "logs", flaskTelemetry(flaskRequest())),
        /127\.0\.0\.1:\d+ did not take logs by OTLP\/gRPC: .*UNIMPLEMENTED/,
      );
    } finally {
      await tempo.close();
    }
  });
});
