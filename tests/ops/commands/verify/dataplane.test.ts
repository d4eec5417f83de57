/** Tests: verify, with the real collector, Loki and Tempo, and Cortex in place of Mimir. */
import * as assert from "node:assert/strict";
import { Link } from "../../../../dataplane/network/link";
import { startReverseProxy } from "../../../../dataplane/network/reverse-proxy";
import type { FaultName } from "../../../../ops/commands/verify/diagnosis/diagnose";
import { assertFaults, startVerifyStand, type VerifyStand } from "./stand";
import { outputs } from "./surroundings";

/** The target of issue C, in seconds. */
const HEALTHY = 30;

describe("verify, with the real collector, Loki and Tempo, and Cortex in place of Mimir", () => {
  let stand: VerifyStand | undefined;
  const running = (): VerifyStand => {
    assert.ok(stand !== undefined);
    return stand;
  };

  before(async function () {
    stand = await startVerifyStand(this);
  });
  after(async () => {
    await stand?.stop();
  });

  describe("on a healthy system", () => {
    it("follows every hop from the canary alone within 30 s", async function () {
      this.timeout(60_000);
      const verdict = await running().verify({ demo: false });
      assertFaults(verdict, []);
      const { hops, seconds } = verdict;
      const absent = Object.values(hops).filter(({ status }) => status === "absent");
      assert.deepEqual(
        absent.map(({ id }) => id),
        ["tutorial-logs", "tutorial-metrics", "tutorial-traces"],
      );
      assert.ok(seconds < HEALTHY, `${String(seconds)} s`);
    });

    it("misses the demo's data, and nothing else, when it has sent none", async function () {
      this.timeout(40_000);
      const verdict = await running().verify({ limits: { linkMs: 2000, demoMs: 2000 } });
      const [fault] = assertFaults(verdict, [
        "tutorial-logs",
        "tutorial-metrics",
        "tutorial-traces",
      ]);
      assert.match(fault?.error ?? "", /nothing found by \{job="flask-demo-service"\}/);
    });

    it("finds the demo's data, and answers at once", async function () {
      this.timeout(60_000);
      running().startTraffic();
      const verdict = await running().verify();
      assertFaults(verdict, []);
      assert.ok(verdict.seconds < HEALTHY, `${String(verdict.seconds)} s`);
      assert.match(verdict.hops["tutorial-metrics"].note ?? "", /^[1-9]\d* series$/);
      assert.equal(Object.values(verdict.hops).length, 17);
    });
  });

  describe("names the hop that is broken:", () => {
    beforeEach(async function () {
      this.timeout(60_000);
      await running().recover();
    });

    /** One fault, and what verify has to say of it. */
    function names(
      what: string,
      expected: readonly FaultName[],
      breakIt: (stand: VerifyStand) => Promise<Parameters<VerifyStand["verify"]>[0]>,
      error: RegExp,
      cause: RegExp,
    ): void {
      it(`${what} is ${expected.join(", ")}`, async function () {
        this.timeout(120_000);
        const options = await breakIt(running());
        const [fault] = assertFaults(await running().verify(options), expected);
        assert.match(fault?.error ?? "", error);
        assert.match(fault?.cause ?? "", cause);
      });
    }

    names(
      "a collector that is stopped",
      ["collector-unreachable"],
      async ({ system }) => {
        await system.collector.program.stop();
        return undefined;
      },
      /ECONNREFUSED/,
      /connection ends before/,
    );

    for (const [signal, store, unreachable] of [
      ["logs", "loki", /reset|EOF|broken pipe/],
      ["metrics", "mimir", /reset|EOF|broken pipe/],
      ["traces", "tempo", /reset|EOF|broken pipe|error reading server preface/],
    ] as const) {
      names(
        `a collector whose ${signal} go nowhere`,
        [`collector-to-${store}`],
        async ({ system }) => {
          await system.links[store].cut();
          return undefined;
        },
        unreachable,
        /Connections are cut/,
      );
    }

    const all: FaultName[] = ["collector-to-loki", "collector-to-mimir", "collector-to-tempo"];

    names(
      "stores that refuse for the time being (429, 503, ResourceExhausted)",
      all,
      async ({ system: { links } }) => {
        await links.loki.refuseHttp({ status: 429, body: "Ingestion rate limit exceeded" });
        await links.mimir.refuseHttp({ status: 503, body: "not ready" });
        await links.tempo.refuseGrpc({ code: "RESOURCE_EXHAUSTED", retryAfter: 1 });
        return undefined;
      },
      /429/,
      /above its limits/,
    );

    names(
      "stores that refuse for good (400, InvalidArgument)",
      all,
      async ({ system: { links } }) => {
        await links.loki.refuseHttp({ status: 400, body: "no labels" });
        await links.mimir.refuseHttp({ status: 400, body: "no" });
        await links.tempo.refuseGrpc({ code: "INVALID_ARGUMENT" });
        return undefined;
      },
      /400/,
      /refuses the content.*is lost/,
    );

    names(
      "stores that take connections and never answer",
      all,
      async ({ system: { links } }) => {
        await Promise.all([links.loki.hang(), links.mimir.hang(), links.tempo.hang()]);
        return undefined;
      },
      /nothing delivered/,
      /does not answer in time/,
    );

    for (const store of ["loki", "mimir", "tempo"] as const) {
      names(
        `${store} whose query path is cut`,
        [`${store}-query-path`],
        async ({ queries }) => {
          await queries[store].cut();
          return undefined;
        },
        /ECONNRESET|hang up/,
        /connection ends before/,
      );
    }

    names(
      "a query path that swallows questions",
      ["tempo-query-path"],
      async ({ queries }) => {
        await queries.tempo.hang();
        return undefined;
      },
      /no answer within 5 s/,
      /does not answer/,
    );

    names(
      "a store whose gateway has nobody behind it",
      ["loki-query-path"],
      async ({ queries }) => {
        await queries.loki.refuseHttp({ status: 502, body: "Bad Gateway" });
        return undefined;
      },
      /502/,
      /behind Loki's gateway/,
    );

    names(
      "a question that does not go through Mimir's nginx",
      ["mimir-query-path"],
      ({ system }) =>
        Promise.resolve({
          origins: { "http://my-lgtm-mimir-nginx": `http://${system.cortex.address}` },
        }),
      /no org id/,
      /asks for a tenant/,
    );

    names(
      "a store that is stopped",
      ["collector-to-loki", "loki-query-path"],
      async ({ system }) => {
        await system.loki.program.stop();
        return undefined;
      },
      /connection re(fused|set)|EOF|broken pipe/,
      /Nobody listens there|Connections are cut/,
    );

    it("a store that is asked for another tenant is mimir-has-no-data", async function () {
      this.timeout(120_000);
      const { system, verify } = running();
      const proxy = await startReverseProxy(system.cortex.address, ({ path, headers }) => ({
        path,
        headers: { ...headers, "x-scope-orgid": "somebody-else" },
      }));
      try {
        const origins = { "http://my-lgtm-mimir-nginx": `http://${proxy.address}` };
        const verdict = await verify({ origins, demo: false });
        const [fault] = assertFaults(verdict, ["mimir-has-no-data"]);
        assert.match(fault?.cause ?? "", /another tenant/);
      } finally {
        await proxy.close();
      }
    });

    it("a collector that refuses is collector-refuses", async function () {
      this.timeout(60_000);
      const { system, verify } = running();
      const link = await Link.to(`${system.collector.host}:4318`);
      try {
        const body = '{"code":14,"message":"data refused due to high memory usage"}';
        await link.refuseHttp({ status: 503, body });
        const { origin } = new URL(outputs.collector);
        const verdict = await verify({ origins: { [origin]: `http://${link.address}` } });
        const [fault] = assertFaults(verdict, ["collector-refuses"]);
        assert.match(fault?.error ?? "", /503 data refused/);
        assert.match(fault?.cause ?? "", /short of memory/);
      } finally {
        await link.close();
      }
    });
  });
});
