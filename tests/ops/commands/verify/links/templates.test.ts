/** Tests of ops/commands/verify/links/templates.ts. */
import * as assert from "node:assert/strict";
import { stringify } from "yaml";
import { datasources, provisionedDatasources } from "../../../../../grafana/datasources";
import {
  type Datasource,
  parseDatasources,
} from "../../../../../ops/commands/verify/links/datasources";
import {
  BrokenLink,
  exemplarToTrace,
  logsToTrace,
  type SpanOfTrace,
  traceToLogs,
  traceToMetrics,
} from "../../../../../ops/commands/verify/links/templates";

const urls = {
  lokiUrl: "http://my-lgtm-loki-gateway",
  mimirUrl: "http://my-lgtm-mimir-nginx/prometheus",
  tempoUrl: "http://my-lgtm-tempo-query-frontend:3200",
};
const traceId = "6a9141b44524bf1b191358f66f6a0242";
const from: SpanOfTrace = {
  traceId,
  span: {
    spanId: "2b64c458bdfa769f",
    name: "GET /",
    start: 1_000_000,
    end: 1_000_100,
    tags: { "service.name": 'a"b', "http.route": "/x", pod: "p-0" },
  },
};

/** What Helm's tpl makes of `{{ ... }}` around a text in backquotes. */
function afterHelm(text: string): string {
  return text.replaceAll(/\{\{ `(\{\{|\}\})` \}\}/g, "$1");
}

function tempo(jsonData: Datasource["jsonData"]): Datasource {
  return { name: "Tempo", uid: "tempo", type: "tempo", ...(jsonData && { jsonData }) };
}

function logsQuery(link: NonNullable<Datasource["jsonData"]>["tracesToLogsV2"]): string {
  return traceToLogs(tempo({ ...(link && { tracesToLogsV2: link }) }), from).query;
}

describe("verify fills in Grafana's link templates", () => {
  const text = afterHelm(
    stringify({ apiVersion: 1, datasources: provisionedDatasources(urls, "umbrella") }),
  );
  const provisioned = parseDatasources(text);
  const of = (type: string): Datasource =>
    provisioned.find((one) => one.type === type) ?? assert.fail(type);

  it("as Grafana has them after Helm and provisioning", () => {
    assert.deepEqual(provisioned, JSON.parse(JSON.stringify(datasources(urls, "umbrella"))));
  });

  it("takes what Grafana would take for environment variables for nothing", () => {
    const file = `datasources: [{ name: "\${HOME}a$$b$USER", jsonData: { timeInterval: "$\${x}" } }]`;
    assert.deepEqual(parseDatasources(file), [{ name: "a$b", jsonData: { timeInterval: "${x}" } }]);
    assert.deepEqual(parseDatasources("apiVersion: 1"), []);
  });

  it("from a span to its logs, with our own query", () => {
    const { datasourceUid, query, range } = traceToLogs(of("tempo"), from);
    assert.equal(datasourceUid, "loki");
    assert.equal(query, `{job="a\\"b"} |= "${traceId}"`);
    assert.deepEqual(range, { from: 940_000, to: 1_060_100 });
  });

  it("from a span to its logs, with Grafana's own queries", () => {
    const link = { datasourceUid: "loki" };
    assert.equal(logsQuery(link), '{pod="p-0", service_name="a\\"b"}');
    const tags = [{ key: "http.route", value: "route" }, { key: "pod" }];
    assert.equal(
      logsQuery({ ...link, tags, filterByTraceID: true, filterBySpanID: true }),
      `{route="/x", pod="p-0"} |= "${traceId}" |= "2b64c458bdfa769f"`,
    );
  });

  it("with a millisecond at least, and shifts in every unit", () => {
    const range = (spanStartTimeShift: string, spanEndTimeShift: string) =>
      traceToLogs(
        tempo({ tracesToLogsV2: { datasourceUid: "loki", spanStartTimeShift, spanEndTimeShift } }),
        from,
      ).range;
    assert.deepEqual(range("500ms", "-1h"), { from: 1_000_500, to: 1_000_501 });
    assert.deepEqual(range("-2h", "1.5s"), { from: 1_000_000 - 7_200_000, to: 1_001_600 });
    assert.deepEqual(range("nonsense", "1d"), { from: 1_000_000, to: 1_000_100 + 86_400_000 });
  });

  it("from a span to metrics, with Explore's intervals", () => {
    const queries = traceToMetrics(of("tempo"), of("prometheus"), from);
    assert.ok(queries.length > 1);
    for (const { query, datasourceUid } of queries) {
      assert.equal(datasourceUid, "prom");
      assert.match(query, /service="a\\"b"/);
    }
    const link = {
      datasourceUid: "prom",
      tags: [{ key: "pod" }],
      queries: [{ query: "rate(a{$__tags}[$__rate_interval]) + b[${__interval}] + c[$__range]" }],
    };
    const [own] = traceToMetrics(
      tempo({ tracesToMetrics: link }),
      { jsonData: { timeInterval: "30s" } },
      from,
    );
    assert.equal(own?.query, 'rate(a{pod="p-0"}[120s]) + b[30s] + c[240s]');
    assert.deepEqual(own.range, { from: 880_000, to: 1_120_100 });
  });

  it("from a log line and from an exemplar to the trace", () => {
    const labels = { job: "a" };
    const line = `{"body":"x","traceid":"${traceId}"}`;
    assert.deepEqual(logsToTrace(of("loki"), { line, labels }), [
      { datasourceUid: "tempo", name: "Trace", query: traceId },
    ]);
    assert.deepEqual(logsToTrace(of("loki"), { line: "plain", labels }), []);
    const byLabel = {
      derivedFields: [
        { matcherType: "label", matcherRegex: "^trace", datasourceUid: "t", url: "${__value.raw}" },
        { matcherRegex: "x", url: "https://example.com" },
      ],
    };
    assert.deepEqual(
      logsToTrace({ jsonData: byLabel }, { line, labels: { ...labels, trace_id: "7" } }),
      [{ datasourceUid: "t", name: "", query: "7" }],
    );
    assert.deepEqual(exemplarToTrace(of("prometheus"), { traceID: "1", span_id: "2" }), [
      { datasourceUid: "tempo", query: "1" },
    ]);
  });

  it("and says what does not fit", () => {
    const broken = (message: RegExp, fill: () => unknown): void => {
      assert.throws(fill, (error) => error instanceof BrokenLink && message.test(error.message));
    };
    const custom = { datasourceUid: "loki", customQuery: true };
    broken(/datasource Tempo has no tracesToLogsV2/, () => logsQuery(undefined));
    broken(/its query is empty/, () => logsQuery(custom));
    broken(/names __span\.tags\.missing, which the span has not/, () =>
      logsQuery({ ...custom, query: '{a="${__span.tags.missing}"}' }),
    );
    broken(/names __tags/, () =>
      logsQuery({ ...custom, query: "{${__tags}}", tags: [{ key: "none" }] }),
    );
    broken(/none of the tags/, () => logsQuery({ datasourceUid: "loki", tags: [{ key: "none" }] }));
    broken(/has no tracesToMetrics/, () => traceToMetrics(tempo({}), undefined, from));
    broken(/has no exemplarTraceIdDestinations/, () => exemplarToTrace({ name: "Mimir" }, {}));
    broken(/has no derivedFields/, () => logsToTrace({ name: "Loki" }, { line: "", labels: {} }));
    broken(/Invalid regular expression/, () =>
      logsToTrace(
        { jsonData: { derivedFields: [{ matcherRegex: "(", datasourceUid: "tempo" }] } },
        { line: "", labels: {} },
      ),
    );
    assert.equal(logsQuery({ ...custom, query: '{a="${__span.tags["http.route"]}"}' }), '{a="/x"}');
  });
});
