/** Tests: verify reads the collector's log. */
import * as assert from "node:assert/strict";
import {
  exportTrouble,
  parseLog,
  repeatedTrouble,
} from "../../../../../ops/commands/verify/evidence/collector-log";
import { deliveries } from "../../../../../ops/commands/verify/evidence/collector-metrics";
import { watchCollector } from "../../../../../ops/commands/verify/evidence/watch";

const start = Date.parse("2026-11-24T19:53:00.000Z");
const at = (seconds: number): string => new Date(start + seconds * 1000).toISOString();

/** A line of collector 0.130.0 in its console format. */
function retry(seconds: number, component: string, signal: string, error: string): string {
  const fields = JSON.stringify({
    resource: { "service.name": "otelcol-contrib" },
    "otelcol.component.id": component,
    "otelcol.component.kind": "exporter",
    "otelcol.signal": signal,
    error,
    interval: "2.9s",
  });
  const message = "Exporting failed. Will retry the request after interval.";
  return [at(seconds), "info", "internal/retry_sender.go:133", message, fields].join("\t");
}

function warning(seconds: number, message: string, fields: object = {}): string {
  return [at(seconds), "warn", "file.go:1", message, JSON.stringify(fields)].join("\t");
}

describe("verify reads the collector's log", () => {
  it("in the console format, without the lines of stack traces", () => {
    const [entry, ...others] = parseLog([
      retry(1, "loki", "logs", "EOF"),
      "go.opentelemetry.io/collector/exporter/exporterhelper/internal.NewQueueSender.func1",
      "\tgo.opentelemetry.io/collector/exporter@v0.130.0/exporterhelper/internal/queue_sender.go:51",
      "",
    ]);
    assert.deepEqual(others, []);
    assert.deepEqual(entry, {
      time: start + 1000,
      level: "info",
      message: "Exporting failed. Will retry the request after interval.",
      component: "loki",
      kind: "exporter",
      signal: "logs",
      error: "EOF",
    });
  });

  it("as JSON, and with the field names of before 0.124", () => {
    const fields = { kind: "exporter", data_type: "traces", name: "otlp/tempo", error: "no" };
    const line = { level: "error", ts: start / 1000, msg: "Exporting failed. Dropping data." };
    const entries = parseLog([JSON.stringify({ ...line, ...fields }), '{"level":"info"}']);
    assert.deepEqual(exportTrouble(entries, start), {
      tempo: { component: "otlp/tempo", error: "no", count: 1, dropped: true },
    });
  });

  it("for what exporters complain of since the canary, by what they carry", () => {
    const entries = parseLog([
      retry(-10, "loki", "logs", "before"),
      retry(1, "otlphttp/mimir", "metrics", "first"),
      retry(2, "otlphttp/mimir", "metrics", "second"),
      retry(3, "prometheusremotewrite", "", "third"),
      warning(4, "Failed to scrape", { "otelcol.component.kind": "receiver" }),
    ]);
    const component = "prometheusremotewrite";
    assert.deepEqual(exportTrouble(entries, start), {
      mimir: { component, error: "third", count: 3, dropped: false },
    });
  });

  it("for warnings that come again, whatever ids, ports and targets they name", () => {
    const lines = [1, 6, 11].map((second) =>
      warning(second, `no answer from 10.0.0.${String(second)}:8080`, {
        "otelcol.component.id": "prometheus",
        target_labels: `pod ${String(second)}`,
      }),
    );
    const [first, ...others] = repeatedTrouble(
      parseLog([...lines, warning(3, "only once"), retry(4, "loki", "logs", "EOF")]),
      start + 12_000,
    );
    assert.deepEqual(others, []);
    assert.deepEqual(first, {
      level: "warn",
      text: "no answer from 10.0.0.11:8080",
      component: "prometheus",
      count: 3,
      last: start + 11_000,
      goesOn: true,
    });
  });

  it("and tells what goes on from what has stopped", () => {
    const goesOn = (seconds: readonly number[], now: number): boolean | undefined =>
      repeatedTrouble(parseLog(seconds.map((one) => warning(one, "bad"))), start + now * 1000)[0]
        ?.goesOn;
    assert.equal(goesOn([0, 1, 2, 3], 7), true, "the last was a moment ago");
    assert.equal(goesOn([0, 1, 2, 3], 60), false, "only the start of the collector was full of it");
    assert.equal(goesOn([0, 60, 120], 170), true, "it comes every minute");
    assert.equal(goesOn([0], 1), undefined, "once is not again");
  });
});

describe("verify reads the collector's metrics", () => {
  const scope = 'otel_scope_name="go.opentelemetry.io/collector/exporter/exporterhelper"';

  it("of all collectors together, with and without units in the names", () => {
    const found = deliveries([
      `# TYPE otelcol_exporter_sent_log_records counter
otelcol_exporter_sent_log_records__records__total{exporter="loki",${scope}} 7
otelcol_exporter_send_failed_log_records__records__total{exporter="loki",${scope}} 2
otelcol_exporter_queue_size__batches_{data_type="logs",exporter="loki",${scope}} 334
otelcol_exporter_queue_size__batches_{data_type="metrics",exporter="otlphttp/mimir",${scope}} 1.721552e+06
otelcol_exporter_queue_capacity__batches_{data_type="logs",exporter="loki"} 5e+08`,
      `otelcol_exporter_sent_log_records{exporter="loki"} 3
otelcol_exporter_enqueue_failed_log_records{exporter="loki"} 1
otelcol_exporter_sent_spans{exporter="otlp/tempo"} 5`,
    ]);
    assert.deepEqual(found, {
      loki: { sent: 10, failed: 3, waiting: 334 },
      mimir: { sent: 0, failed: 0, waiting: 1_721_552 },
      tempo: { sent: 5, failed: 0, waiting: 0 },
    });
  });

  it("and goes without either when it cannot be had", async () => {
    const watch = await watchCollector(
      {
        log: () => Promise.reject(new Error("pods/log is forbidden")),
        metrics: () => Promise.reject(new Error("no route")),
      },
      start,
      new AbortController().signal,
    );
    assert.deepEqual(await watch.end(), {
      log: { readable: false, because: "it cannot be read: pods/log is forbidden" },
      before: undefined,
      after: undefined,
    });
  });
});
