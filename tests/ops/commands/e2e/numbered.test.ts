/** Tests of ops/commands/e2e/numbered.ts. */
import assert from "node:assert/strict";
import {
  countUntilFound,
  newNumbered,
  type Reach,
  sendNext,
  traceIdOf,
} from "../../../../ops/commands/e2e/numbered";
import {
  type HttpEndpoint,
  type Question,
  Unreachable,
} from "../../../../ops/commands/verify/transport/http-endpoint";

interface Answer {
  readonly status?: number;
  readonly json?: unknown;
}

/** A collector and stores that keep what they are sent, but for what a test takes away. */
class System {
  readonly held = {
    logs: new Set<number>(),
    metrics: new Set<number>(),
    traces: new Set<number>(),
  };
  readonly asked: string[] = [];
  readonly askedById: string[] = [];
  /** Traces that a search does not find, though they are there. */
  readonly unsearched = new Set<number>();
  refuse: (question: Question) => Answer | "unreachable" | undefined = () => undefined;

  readonly reach: Reach = async (component, again) => {
    this.asked.push(`${component}${again ? " again" : ""}`);
    const endpoint: HttpEndpoint = {
      description: component,
      ask: async (question) => {
        const refused = this.refuse(question);
        if (refused === "unreachable") throw new Unreachable("refused", "gone");
        const { status = 200, json } = refused ?? this.answer(question);
        return Promise.resolve({ status, headers: {}, body: JSON.stringify(json ?? {}) });
      },
    };
    return Promise.resolve(endpoint);
  };

  private answer({ path, body, query }: Question): Answer {
    const sent = JSON.stringify(body ?? {});
    const numbers = (pattern: RegExp): number[] =>
      [...sent.matchAll(pattern)].map(([, number]) => Number(number));
    if (path === "/v1/logs") for (const one of numbers(/number (\d+) of/g)) this.held.logs.add(one);
    if (path === "/v1/metrics")
      for (const one of numbers(/"asDouble":(\d+)/g)) this.held.metrics.add(one);
    if (path === "/v1/traces")
      for (const one of numbers(/"traceId":"[0-9a-f]{8}(\d{24})"/g)) this.held.traces.add(one);
    if (path.startsWith("/loki/")) {
      assert.match(String(query?.["query"]), /\|= "of deadbeef"/);
      const values = [...this.held.logs].map((one) => ["1", `number ${String(one)} of deadbeef`]);
      return { json: { data: { result: [{ stream: {}, values }] } } };
    }
    if (path === "/api/v1/query") {
      const result = [...this.held.metrics].map((one) => ({
        ...{ metric: { number: String(one) }, value: [0, "1"] },
      }));
      return { json: { data: { result } } };
    }
    if (path === "/api/search") {
      assert.match(String(query?.["q"]), /service\.name="lgtm-e2e"/);
      const shown = [...this.held.traces].filter((one) => !this.unsearched.has(one));
      // One is of another run.
      const traces = [...shown.map((one) => traceIdOf("deadbeef", one)), "1".repeat(32)];
      return { json: { traces: traces.map((traceID) => ({ traceID })) } };
    }
    if (path.startsWith("/api/traces/")) {
      this.askedById.push(path);
      const number = Number(path.slice(-24));
      if (!this.held.traces.has(number)) return { status: 404 };
      const span = { spanId: "", name: "numbered", startTimeUnixNano: "1", endTimeUnixNano: "2" };
      return { json: { batches: [{ scopeSpans: [{ spans: [span] }] }] } };
    }
    return {};
  }
}

describe("numbered data", () => {
  const { signal } = new AbortController();
  const sent = async (system: System, requests = 2) => {
    const numbered = newNumbered("deadbeef");
    for (let one = 0; one < requests; one++) await sendNext(numbered, 5, system.reach, signal);
    return numbered;
  };

  it("is sent once per number, acknowledged, and found", async () => {
    const system = new System();
    const numbered = await sent(system);
    assert.deepEqual(numbered.acknowledged.traces, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const counted = await countUntilFound(numbered, system.reach, 0, signal);
    assert.deepEqual(
      counted.map(({ signal: name, acknowledged, found }) => [name, acknowledged, found]),
      [
        ["logs", 10, 10],
        ["metrics", 10, 10],
        ["traces", 10, 10],
      ],
    );
    assert.equal(traceIdOf("deadbeef", 7), "deadbeef000000000000000000000007");
    // In a block each of these would be a hundred reads of the object store.
    assert.deepEqual(system.askedById, []);
  });

  it("of which a search does not know a trace is asked for by that trace's id", async () => {
    const system = new System();
    const numbered = await sent(system);
    system.unsearched.add(6).add(7);
    system.held.traces.delete(7);
    const [, , traces] = await countUntilFound(numbered, system.reach, 0, signal);
    assert.deepEqual(traces?.missing, [7]);
    assert.deepEqual(
      new Set(system.askedById.map((path) => Number(path.slice(-24)))),
      new Set([6, 7]),
    );
  });

  it("that is lost is named by its number, of each signal", async () => {
    const system = new System();
    const numbered = await sent(system);
    system.held.logs.delete(3);
    system.held.metrics.delete(4);
    system.held.traces.delete(9);
    const counted = await countUntilFound(numbered, system.reach, 0, signal);
    assert.deepEqual(
      counted.map(({ missing }) => missing),
      [[3], [4], [9]],
    );
  });

  it("that was refused or taken in part is not called acknowledged", async () => {
    const system = new System();
    system.refuse = ({ path }) =>
      path === "/v1/logs"
        ? { status: 400, json: { message: "no" } }
        : path === "/v1/traces"
          ? { json: { partialSuccess: { rejectedSpans: "1" } } }
          : undefined;
    const numbered = await sent(system, 1);
    assert.deepEqual(numbered.acknowledged, { logs: [], metrics: [0, 1, 2, 3, 4], traces: [] });
    // Each was tried twice, the second time by a new way.
    assert.equal(numbered.refusals, 4);
    assert.ok(system.asked.includes("collector again"));
  });

  it("is asked for by a new way when a store went away, and a store that stays away is an error", async () => {
    const system = new System();
    const numbered = await sent(system, 1);
    let fails = 1;
    system.refuse = ({ path }) =>
      path.startsWith("/loki/") && fails-- > 0 ? "unreachable" : undefined;
    const counted = await countUntilFound(numbered, system.reach, 10_000, signal);
    assert.ok(counted.every(({ missing }) => missing.length === 0));
    assert.ok(system.asked.includes("loki again"));
    system.refuse = ({ path }) => (path.startsWith("/loki/") ? "unreachable" : undefined);
    await assert.rejects(countUntilFound(numbered, system.reach, 0, signal), /gone/);
  });
});
