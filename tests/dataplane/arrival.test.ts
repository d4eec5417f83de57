/** Tests: the tutorial's three checks, with the generated configuration. */
import * as assert from "node:assert/strict";
import { eventually, notYet } from "../../dataplane/query/eventually";
import { type FlaskApp, startFlaskApp } from "../../dataplane/sinks/flask-sender";
import { endpoints, type Story } from "../../dataplane/sinks/flask-story";
import type { Sink } from "../../dataplane/sinks/stores";
import type { PartialSystem } from "../../dataplane/system";
import { startPartialSystem, whereInstalled } from "./support/start-system";
import { settledLogs, settledSpans } from "./support/settled";

const job = "flask-demo-service";

describe("the tutorial's three checks, with the generated configuration", () => {
  let system: PartialSystem | undefined;
  let app: FlaskApp | undefined;
  let story: Story;

  const running = (): { system: PartialSystem; app: FlaskApp } => {
    assert.ok(system !== undefined && app !== undefined);
    return { system, app };
  };

  before(async function () {
    system = await startPartialSystem(this);
    const address = `${system.collector.host}:4317`;
    app = startFlaskApp({ address, requestsPerSecond: 0 });
    // Every endpoint twice, and the one with logs and durations last.
    for (const endpoint of [...Object.values(endpoints), ...Object.values(endpoints)]) {
      story = app.handle(endpoint);
    }
    await app.flush();
  });
  after(async () => {
    await app?.abandon();
    await system?.stop();
  });

  it(`LogQL {job="${job}"} finds the very lines that were sent`, async function () {
    const logs = await whereInstalled(this, "loki", running().system.ask.logs);
    const balance = await settledLogs(logs, running().app);
    assert.deepEqual(balance.lost, [], "lost lines");
    const lines = await logs.lines(`{job="${job}"} |= "${story.traceId}"`);
    assert.deepEqual(
      lines.map(({ line }) => (JSON.parse(line) as { body: string }).body),
      story.logs.map(({ item }) => item.body.stringValue),
    );
    const { labels } = lines[0] ?? {};
    assert.deepEqual(
      { ...labels, instance: "" },
      { exporter: "OTLP", job, level: "INFO", instance: "" },
    );
  });

  it(`PromQL http_request_count_total{job="${job}"} finds the count of every endpoint`, async () => {
    const {
      system: { ask },
      app: sender,
    } = running();
    const found = await eventually(ask.metrics.hop, "all endpoints' counts", async () => {
      const samples = await ask.metrics.instant(`http_request_count_total{job="${job}"}`);
      return samples.length === Object.keys(endpoints).length ? samples : notYet;
    });
    const counts = found.map(({ labels, value }) => [labels["endpoint"], value]);
    assert.deepEqual(Object.fromEntries(counts), sender.counts);
  });

  it("PromQL http_request_duration_milliseconds_count finds the durations", async () => {
    const { metrics } = running().system.ask;
    const [found] = await metrics.instant(`http_request_duration_milliseconds_count{job="${job}"}`);
    assert.equal(found?.value, 2);
  });

  it("TraceQL {} finds the very spans that were sent", async function () {
    const traces = await whereInstalled(this, "tempo", running().system.ask.traces);
    const balance = await settledSpans(traces, running().app);
    assert.deepEqual(balance.lost, [], "lost spans");
    const all = await traces.search("{}");
    const found = all.find(({ traceId }) => traceId === story.traceId);
    assert.equal(found?.rootServiceName, job);
    assert.equal(found.rootTraceName, "GET /complex-operation");
  });

  it("a trace by its id has every span, each below its parent", async function () {
    const traces = await whereInstalled(this, "tempo", running().system.ask.traces);
    const spans = await traces.trace(story.traceId);
    const tree = (all: readonly (readonly [string, string, string])[]): string[] =>
      all.map((span) => span.join(" < ")).sort();
    assert.deepEqual(
      tree(spans.map(({ name, spanId, parentSpanId }) => [name, spanId, parentSpanId])),
      tree(
        story.spans.map(({ item }) => [
          item.name,
          item.spanId.toString("hex"),
          item.parentSpanId?.toString("hex") ?? "",
        ]),
      ),
    );
  });

  it("the exemplar of a duration carries the trace and the span in which it was measured", async () => {
    const { metrics } = running().system.ask;
    const query = `http_request_duration_milliseconds_bucket{job="${job}"}`;
    const own = await eventually(
      metrics.hop,
      "the exemplar is stored",
      async () =>
        (await metrics.exemplars(query)).find(
          ({ labels }) => labels["trace_id"] === story.traceId,
        ) ?? notYet,
    );
    assert.equal(own.labels["span_id"], story.spanId);
    assert.equal(own.value, story.recordedMs);
  });
});

describe("what the collector brings to the stores, at sinks in the place of Loki and Tempo", () => {
  let system: PartialSystem | undefined;
  let app: FlaskApp | undefined;
  const stories: Story[] = [];

  const running = (): { system: PartialSystem; app: FlaskApp } => {
    assert.ok(system !== undefined && app !== undefined);
    return { system, app };
  };

  before(async function () {
    system = await startPartialSystem(this, {}, []);
    app = startFlaskApp({ address: `${system.collector.host}:4317`, requestsPerSecond: 0 });
    for (const endpoint of Object.values(endpoints)) stories.push(app.handle(endpoint));
    await app.flush();
  });
  after(async () => {
    await app?.abandon();
    await system?.stop();
  });

  /** All that a sink has, when it has as many as were sent. */
  async function arrived<T>(sink: Sink<T> | undefined, sent: number): Promise<readonly T[]> {
    const { collector } = running().system;
    assert.ok(sink !== undefined && sent > 0);
    return eventually(collector.program, `${String(sent)} items`, () =>
      Promise.resolve(sink.inbox.items.length >= sent ? sink.inbox.items : notYet),
    );
  }

  it("is every log line once, with the labels of the tutorial", async () => {
    const sent = stories.flatMap(({ logs }) => logs.map(({ item }) => item.body.stringValue));
    const lines = await arrived(running().system.sinks.loki, sent.length);
    const bodies = lines.map(({ line }) => (JSON.parse(line) as { body: string }).body);
    assert.deepEqual(bodies.sort(), sent.sort());
    for (const { labels } of lines) {
      assert.deepEqual(
        { ...labels, instance: "", level: "" },
        {
          ...{ exporter: "OTLP", job, level: "", instance: "" },
        },
      );
    }
  });

  it("is every span once, below its parent", async () => {
    const sent = stories.flatMap(({ spans }) =>
      spans.map(({ item }) =>
        [item.spanId.toString("hex"), item.parentSpanId?.toString("hex") ?? "", item.name].join(),
      ),
    );
    const spans = await arrived(running().system.sinks.tempo, sent.length);
    const found = spans.map(({ spanId, parentSpanId, name }) =>
      [spanId, parentSpanId, name].join(),
    );
    assert.deepEqual(found.sort(), sent.sort());
    assert.ok(spans.every(({ resource }) => resource["service.name"] === job));
  });
});
