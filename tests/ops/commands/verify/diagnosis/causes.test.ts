/** Tests of ops/commands/verify/diagnosis/causes.ts. */
import * as assert from "node:assert/strict";
import { reachAdvice } from "../../../../../ops/commands/verify/diagnosis/reach";
import { faults, healthy, missing, names, trouble } from "../findings";
import { surroundings } from "../surroundings";

describe("verify knows causes and", () => {
  it("says why the collector refuses", () => {
    for (const [error, cause] of [
      ["503 data refused due to high memory usage", /short of memory/],
      ["503 sending queue is full", /Loki has not taken anything/],
      ["404 404 page not found", /no pipeline for logs/],
      ["401 missing token", /asks for credentials/],
      ["415 unsupported", /OTLP as JSON/],
      ["413 too large", /limit in between/],
      ["503 starting", /cannot take data now/],
      ["taken in part only: because", /Its log says why/],
    ] as const) {
      const refused = { state: "error", status: Number(error.slice(0, 3)), error } as const;
      const [fault] = faults({ sent: { ...healthy.sent, logs: refused } });
      assert.equal(fault?.fault, "collector-refuses", error);
      assert.match(fault.cause, cause, error);
      assert.match(fault.next, /^kubectl --context kind-lgtm logs -n otel /);
    }
  });

  it("says why a store does not get its data, by the exporter's words", () => {
    for (const [store, error, cause] of [
      ["loki", 'Post "http://x": dial tcp: lookup x: no such host', /name of no Service/],
      ["loki", "dial tcp 10.0.0.1:3100: connect: connection refused", /no pod of Loki/],
      ["tempo", "code = Unavailable desc = connect: connection refused", /port 4317/],
      ["tempo", "at least 2 live replicas required, could only find 1", /fewer ingesters/],
      ["loki", 'HTTP 429 "Too Many Requests"', /above its limits/],
      ["tempo", "rpc error: code = ResourceExhausted desc = RATE_LIMITED", /above its limits/],
      ["mimir", "HTTP Status Code 401: no org id", /tenant or credentials/],
      ["mimir", "HTTP Status Code 413", /batch is larger/],
      ["mimir", "err-mimir-sample-out-of-order: 400", /time stamps do not fit/],
      ["loki", 'HTTP 404 "Not Found"', /another API/],
      ["loki", "read: connection reset by peer", /Connections are cut/],
      ["mimir", "context deadline exceeded", /does not answer in time/],
      ["mimir", "HTTP Status Code 503", /ingesters are not ready/],
      ["loki", 'HTTP 400 "Bad Request": no labels', /refuses the content/],
      ["loki", "something new", /distributor's log says why/],
    ] as const) {
      const [fault, ...others] = faults({
        arrived: { ...healthy.arrived, [store]: missing },
        collector: trouble(store, error),
      });
      assert.deepEqual(others, [], error);
      assert.equal(fault?.fault, `collector-to-${store}`, error);
      assert.match(fault.cause, cause, error);
      assert.match(fault.next, /^kubectl --context kind-lgtm (logs|get) .*-n lgtm /, error);
      assert.doesNotMatch(fault.cause, /is lost/);
    }
  });

  it("tells a broken query path from an empty store", () => {
    for (const [error, cause] of [
      ["401 no org id", /asks for a tenant/],
      ["404 page not found", /not at that path/],
      ["429 too many outstanding requests", /more queries to answer/],
      ["502 Bad Gateway", /behind Mimir's gateway/],
      ["500 empty ring", /cannot ask its ingesters/],
      ["418 teapot", /Something between my-lgtm-mimir-nginx and Mimir's queriers/],
    ] as const) {
      const answer = { state: "error", status: Number(error.slice(0, 3)), error } as const;
      const [fault, ...others] = faults({
        answering: { ...healthy.answering, mimir: answer },
        arrived: {
          ...healthy.arrived,
          mimir: { state: "not-tried", because: "Mimir does not answer" },
        },
      });
      assert.deepEqual(others, []);
      assert.equal(fault?.fault, "mimir-query-path");
      assert.match(fault.cause, cause, error);
    }
    const late = { ...missing, error: "socket hang up" };
    assert.deepEqual(names({ arrived: { ...healthy.arrived, tempo: late } }), ["tempo-query-path"]);
  });

  it("has advice for everything that may be in the way", () => {
    const { where, commands } = surroundings;
    for (const [obstacle, next] of [
      ["no-service", "npm run drift -- --stack dev"],
      ["no-port", "npm run drift -- --stack dev"],
      ["no-pod", "npm run doctor -- --stack dev"],
      ["simulated", "npm run sandbox -- --kind, or a cluster of your own"],
      [
        "forbidden",
        "kubectl --context kind-lgtm auth can-i create pods --subresource portforward -n lgtm",
      ],
      [
        "refused",
        "kubectl --context kind-lgtm get pods,endpoints -n lgtm, then npm run drift -- --stack dev",
      ],
      ["silent", "kubectl --context kind-lgtm get pods -n lgtm -o wide"],
    ] as const) {
      assert.equal(reachAdvice("loki", { obstacle }, where, commands).next, next);
    }
  });
});
