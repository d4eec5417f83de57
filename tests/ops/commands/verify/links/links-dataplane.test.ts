/** Tests: verify follows Grafana's links, with the real stores. */
import * as assert from "node:assert/strict";
import type { CollectorNode } from "../../../../../dataplane/stores/collector";
import type { FaultName } from "../../../../../ops/commands/verify/diagnosis/diagnose";
import { linkNames } from "../../../../../ops/commands/verify/findings";
import type { Datasource } from "../../../../../ops/commands/verify/links/datasources";
import { assertFaults, startVerifyStand, type VerifyStand } from "../stand";

type Template = Datasource["jsonData"];

/** What somebody may do to a datasource: fault, type of the datasource, its new part, the error. */
const broken: Readonly<Record<string, readonly [FaultName, string, Template, RegExp]>> = {
  "the chart's own mapping from spans to logs": [
    "link-trace-to-logs",
    "tempo",
    { tracesToLogsV2: { datasourceUid: "loki" } },
    /nothing found by \{service_name="lgtm-verify"\}/,
  ],
  "no mapping from spans to logs": [
    "link-trace-to-logs",
    "tempo",
    { tracesToLogsV2: {} },
    /datasource Tempo has no tracesToLogsV2/,
  ],
  "a query that is no LogQL": [
    "link-trace-to-logs",
    "tempo",
    { tracesToLogsV2: { datasourceUid: "loki", customQuery: true, query: "{${__tags}" } },
    /refuses the query/,
  ],
  "a link with dollar signs that Grafana takes for environment variables": [
    "link-trace-to-logs",
    "tempo",
    { tracesToLogsV2: { datasourceUid: "loki", customQuery: true, query: '{} |= ""' } },
    /refuses the query \{\} \|= ""/,
  ],
  "a pattern that fits no line": [
    "link-logs-to-trace",
    "loki",
    { derivedFields: [{ matcherRegex: "traceID=(\\w+)", datasourceUid: "tempo", url: "" }] },
    /no derived field fits/,
  ],
  "a derived field that leads to another datasource": [
    "link-logs-to-trace",
    "loki",
    {
      derivedFields: [
        { matcherRegex: '"traceid":"(\\w+)"', datasourceUid: "jaeger", url: "${__value.raw}" },
      ],
    },
    /uid jaeger, which Grafana does not have/,
  ],
  "a derived field that takes the span for the trace": [
    "link-logs-to-trace",
    "loki",
    {
      derivedFields: [
        { matcherRegex: '"spanid":"(\\w+)"', datasourceUid: "tempo", url: "${__value.raw}" },
      ],
    },
    /it leads to [0-9a-f]{16}, and the trace is [0-9a-f]{32}/,
  ],
  "a label that no exemplar has": [
    "link-exemplar-to-trace",
    "prometheus",
    { exemplarTraceIdDestinations: [{ name: "traceID", datasourceUid: "tempo" }] },
    /looks for traceID, and the exemplar has .*trace_id/,
  ],
  "queries for labels that no series has": [
    "link-trace-to-metrics",
    "tempo",
    {
      tracesToMetrics: {
        datasourceUid: "prom",
        tags: [{ key: "service.name", value: "job" }],
        queries: [{ query: "rate(traces_spanmetrics_calls_total{$__tags}[5m])" }],
      },
    },
    /nothing found by rate\(traces_spanmetrics_calls_total\{job="lgtm-verify"\}/,
  ],
};

/** The same datasources, one of them changed. */
function changed(all: readonly Datasource[], type: string, jsonData: Template): Datasource[] {
  return all.map((one) =>
    one.type === type ? { ...one, jsonData: { ...one.jsonData, ...jsonData } } : one,
  );
}

describe("verify follows Grafana's links, with the real stores,", () => {
  let stand: VerifyStand | undefined;
  const running = (): VerifyStand => {
    assert.ok(stand !== undefined);
    return stand;
  };

  before(async function () {
    stand = await startVerifyStand(this);
    this.timeout(60_000);
    stand.startTraffic();
    // Until Tempo's own metrics are there, which every link but one waits for in vain.
    assertFaults(await stand.verify(), []);
  });
  after(async () => {
    await stand?.stop();
  });

  for (const [what, [fault, type, jsonData, error]] of Object.entries(broken)) {
    it(`and says of ${what}: ${fault}`, async function () {
      this.timeout(60_000);
      const { verify, datasources } = running();
      const verdict = await verify({
        datasources: changed(datasources, type, jsonData),
        limits: { linkMs: 3000, generatedMs: 3000 },
      });
      const [found] = assertFaults(verdict, [fault]);
      assert.match(found?.error ?? "", error);
    });
  }

  it("and notices that Grafana asks another store", async () => {
    const { verify, datasources } = running();
    const moved = datasources.map((one) =>
      one.type === "loki" ? { ...one, url: "http://other-loki-gateway" } : one,
    );
    const [found] = assertFaults(await verify({ datasources: moved }), ["link-trace-to-logs"]);
    assert.match(found?.error ?? "", /Grafana asks http:\/\/other-loki-gateway/);
  });

  describe("but not with the tutorial's collector, which provides none:", () => {
    let tutorial: CollectorNode;

    before(async function () {
      this.timeout(60_000);
      tutorial = await running().system.addCollector("tutorial");
    });
    afterEach(async () => {
      await running().system.links.mimir.pass();
    });

    it("everything else arrives", async function () {
      this.timeout(60_000);
      const verdict = await running().verify({ tutorial });
      assertFaults(verdict, []);
      for (const link of linkNames) {
        const { status, note } = verdict.hops[link];
        assert.deepEqual([status, note], ["absent", "not provided by this profile"]);
      }
    });

    it("its exporters are named as well", async function () {
      this.timeout(60_000);
      await running().system.links.mimir.cut();
      const [fault] = assertFaults(await running().verify({ tutorial, demo: false }), [
        "collector-to-mimir",
      ]);
      assert.match(fault?.error ?? "", /api\/v1\/push|deadline exceeded/);
    });
  });
});
