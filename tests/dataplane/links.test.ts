/** Tests: links of the generated datasources, filled in as Grafana does. */
import * as assert from "node:assert/strict";
import { eventually, notYet } from "../../dataplane/query/eventually";
import type { TraceSpan } from "../../dataplane/query/traces";
import { type FlaskApp, startFlaskApp } from "../../dataplane/sinks/flask-sender";
import { endpoints, type Story } from "../../dataplane/sinks/flask-story";
import type { System } from "../../dataplane/system";
import { type LinkSpan, logsQuery, metricsQueries, traceIdsOf } from "../support/grafana-links";
import { type Datasources, provisionedDatasources } from "./support/datasources";
import { startSystem } from "./support/start-system";

const service = "flask-demo-service";

/** The longest that metrics made of spans, and rates of them, may take to be there, in milliseconds. */
const RATES = 60_000;

function linkSpan(traceId: string, span: TraceSpan): LinkSpan {
  return { ...span, traceId, resource: { "service.name": span.service } };
}

describe("links of the generated datasources, filled in as Grafana does", () => {
  let system: System;
  let app: FlaskApp | undefined;
  let links: Datasources;
  let story: Story;
  let spans: TraceSpan[];

  before(async function () {
    system = await startSystem(this);
    links = provisionedDatasources(system.generated);
    app = startFlaskApp({ address: `${system.collector.host}:4317`, requestsPerSecond: 4 });
    story = app.handle(endpoints.complexOperation);
    await app.flush();
    spans = await eventually(system.ask.traces.hop, "the trace is complete", async () => {
      const found = await system.ask.traces.trace(story.traceId);
      return found.length === story.spans.length ? found : notYet;
    });
    await eventually(system.ask.logs.hop, "its log lines are there", async () => {
      const lines = await system.ask.logs.lines(`{job="${service}"} |= "${story.traceId}"`);
      return lines.length === story.logs.length ? undefined : notYet;
    });
  });
  after(async () => {
    await app?.abandon();
    await (system as System | undefined)?.stop();
  });

  const root = (): LinkSpan => {
    const span = spans.find(({ parentSpanId }) => parentSpanId === "");
    assert.ok(span);
    return linkSpan(story.traceId, span);
  };

  it("lead from every span to the log lines of its trace", async () => {
    for (const span of spans) {
      const query = logsQuery(links.tempo.tracesToLogsV2, linkSpan(story.traceId, span));
      assert.ok(query !== undefined, `no link for ${span.name}`);
      const lines = await system.ask.logs.lines(query);
      assert.deepEqual(
        lines.map(({ line }) => (JSON.parse(line) as { body: string }).body),
        story.logs.map(({ item }) => item.body.stringValue),
        query,
      );
    }
  });

  it("lead nowhere as the chart ships them: its default mapping asks for a label that is not there", async () => {
    const query = logsQuery({}, root());
    assert.equal(query, `{service_name="${service}"}`);
    assert.deepEqual(await system.ask.logs.lines(query), []);
  });

  it("lead from every log line to the trace and the span that wrote it", async () => {
    const lines = await system.ask.logs.lines(`{job="${service}"} |= "${story.traceId}"`);
    assert.equal(lines.length, story.logs.length);
    for (const { line } of lines) {
      const ids = traceIdsOf(links.loki.derivedFields, line);
      assert.deepEqual(ids, [story.traceId], "one link");
      const { spanid } = JSON.parse(line) as { spanid: string };
      const found = await system.ask.traces.trace(ids[0] ?? "");
      assert.ok(found.some(({ spanId }) => spanId === spanid));
    }
  });

  /** Follows an exemplar of these series by the first destination that it has a label for. */
  async function followExemplar(series: string): Promise<{ label: string; spans: TraceSpan[] }> {
    const { metrics, traces } = system.ask;
    const found = await eventually(
      metrics.hop,
      `${series} has an exemplar`,
      async () => (await metrics.exemplars(series)).at(-1) ?? notYet,
      { timeoutMs: RATES },
    );
    const label = links.mimir.exemplarTraceIdDestinations
      .map(({ name }) => name)
      .find((name) => found.labels[name] !== undefined);
    assert.ok(
      label !== undefined,
      `no destination for an exemplar with ${Object.keys(found.labels).join(", ")}`,
    );
    const id = found.labels[label] ?? "";
    // Metrics and spans come on two ways, and the spans may be the later ones.
    const stored = await eventually(traces.hop, "the exemplar's trace is stored", async () =>
      traces.trace(id),
    );
    return { label, spans: stored };
  }

  it("lead from an exemplar of the application's metric to its trace", async function () {
    this.timeout(RATES);
    const { label, spans: found } = await followExemplar(
      `http_request_duration_milliseconds_bucket{job="${service}"}`,
    );
    assert.equal(label, "trace_id");
    assert.ok(found.every((span) => span.service === service));
  });

  it("lead from an exemplar of Tempo's own metrics to its trace", async function () {
    this.timeout(RATES);
    const { spans: found } = await followExemplar(
      `traces_spanmetrics_latency_bucket{service="${service}"}`,
    );
    assert.ok(found.every((span) => span.service === service));
  });

  it("lead from a span to metrics of its service, each with a value", async function () {
    this.timeout(RATES);
    const { metrics } = system.ask;
    for (const { name, query } of metricsQueries(links.tempo.tracesToMetrics, root())) {
      const samples = await eventually(
        metrics.hop,
        `${name}: ${query}`,
        async () => {
          const found = (await metrics.instant(query)).filter(({ value }) => !Number.isNaN(value));
          return found.length > 0 ? found : notYet;
        },
        { timeoutMs: RATES },
      );
      const services = samples.map(({ labels }) => labels["job"] ?? labels["service"] ?? service);
      assert.deepEqual([...new Set(services)], [service], name);
    }
  });

  it("draw a service graph with the service and what it calls", async function () {
    this.timeout(RATES);
    const { metrics } = system.ask;
    const edges = await eventually(
      metrics.hop,
      "the service graph has an edge",
      async () => {
        const found = await metrics.instant("traces_service_graph_request_total");
        return found.length > 0 ? found : notYet;
      },
      { timeoutMs: RATES },
    );
    const ends = edges.flatMap(({ labels }) => [labels["client"], labels["server"]]);
    assert.ok(ends.includes(service), ends.join(", "));
  });
});
