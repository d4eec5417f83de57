/** Tests of grafana/datasources.ts. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { datasources, provisionedDatasources } from "../../grafana/datasources";
import { escapeEnvironment, escapeTemplate, mapStrings } from "../../grafana/escape";
import { exemplarToTrace, logsToTrace, traceToLogs, traceToMetrics } from "../../grafana/links";
import { root } from "../../scripts/docs-tables";
import { helmRendered, interpolated } from "../support/grafana-expansion";
import {
  type LinkSpan,
  logsQuery,
  metricsQueries,
  type TraceToLogs,
  traceIdsOf,
} from "../support/grafana-links";

const urls = { lokiUrl: "http://l", mimirUrl: "http://m/prometheus", tempoUrl: "http://t:3200" };

const traceId = "2375dd6fcf536d0abf4ae2b507ccc182";

/** A line as the loki exporter of collector 0.130.0 wrote it. */
const line = `{"body":"Starting","traceid":"${traceId}","spanid":"83b385931302cfa5","severity":"INFO","flags":1,"attributes":{"otelServiceName":"flask-demo-service","otelTraceID":"${traceId}"},"resources":{"service.name":"flask-demo-service"},"instrumentation_scope":{"name":"__main__"}}`;

/** The same as the Python SDK's logging instrumentation writes it to the console, and as JSON. */
const consoleLines = [
  `2026-11-24 19:45:54,123 INFO [__main__] [app.py:140] [trace_id=${traceId} span_id=83b385931302cfa5 resource.service.name=flask-demo-service trace_sampled=True] - Starting`,
  `{"message": "Starting", "otelTraceID": "${traceId}"}`,
];

const span: LinkSpan = {
  traceId,
  spanId: "83b385931302cfa5",
  name: "GET /",
  resource: { "service.name": "flask-demo-service" },
  attributes: { "http.route": "/" },
};

/** What the chart provisions by itself. */
const chartDefault: TraceToLogs = {};

describe("datasources", () => {
  it("are three, with the uids that everything refers to, and Mimir is the default", () => {
    assert.deepEqual(
      datasources(urls, "umbrella").map(({ name, uid, type, url, isDefault }) => [
        name,
        uid,
        type,
        url,
        isDefault,
      ]),
      [
        ["Loki", "loki", "loki", urls.lokiUrl, false],
        ["Mimir", "prom", "prometheus", urls.mimirUrl, true],
        ["Tempo", "tempo", "tempo", urls.tempoUrl, false],
      ],
    );
  });

  it("lead from a span to the lines that the loki exporter wrote", () => {
    const link = traceToLogs("umbrella");
    assert.equal(logsQuery(link, span), `{job="flask-demo-service"} |= "${traceId}"`);
    assert.equal(logsQuery(chartDefault, span), '{service_name="flask-demo-service"}');
    assert.equal(logsQuery(link, { ...span, resource: {} }), undefined);
  });

  it("lead from a span to the lines of either exporter where a stack has the maintained charts", () => {
    assert.equal(
      logsQuery(traceToLogs("maintained"), span),
      `{job="flask-demo-service"} | json traceid="traceid" | trace_id="${traceId}" or traceid="${traceId}" | drop __error__, __error_details__`,
    );
  });

  it("lead from a line to its trace, by one link", () => {
    const links = logsToTrace("umbrella");
    for (const text of [line, ...consoleLines]) {
      assert.deepEqual(traceIdsOf(links, text), [traceId]);
    }
    assert.deepEqual(traceIdsOf(links, '{"body":"no trace","traceid":""}'), []);
  });

  it("lead from an exemplar to its trace, by the collector's name for it and by Tempo's", () => {
    assert.deepEqual(
      exemplarToTrace.map(({ name, datasourceUid }) => [name, datasourceUid]),
      [
        ["trace_id", "tempo"],
        ["traceID", "tempo"],
      ],
    );
  });

  it("lead from a span to metrics of its service, each with its name for it", () => {
    const [requests, ...spans] = metricsQueries(traceToMetrics, span);
    assert.match(
      requests?.query ?? "",
      /^sum by \(job, endpoint\) .+ and on \(job\) label_replace/,
    );
    assert.ok(spans.length > 0);
    for (const { query } of metricsQueries(traceToMetrics, span)) {
      assert.match(query, /traces_spanmetrics_\w+\{service="flask-demo-service"[,}]/);
      assert.doesNotMatch(query, /\$__/);
    }
  });
});

describe("docs/links.md", () => {
  it("shows the query behind every link", () => {
    const text = fs.readFileSync(path.join(root, "docs/links.md"), "utf8");
    const queries = [
      ...(["umbrella", "maintained"] as const).map((set) => traceToLogs(set).query),
      ...logsToTrace("maintained").map(({ matcherRegex }) => matcherRegex),
      ...exemplarToTrace.map(({ name }) => `\`${name}\``),
      ...traceToMetrics.queries.flatMap(({ name, query }) => [name, query]),
    ];
    for (const query of queries) assert.ok(text.includes(query), query);
  });
});

describe("escapes of provisioned datasources", () => {
  it("double every dollar", () => {
    assert.equal(escapeEnvironment("${a} $b $$"), "$${a} $$b $$$$");
  });

  it("print braces by template actions", () => {
    assert.equal(escapeTemplate("a {{b}} c"), "a {{ `{{` }}b{{ `}}` }} c");
  });

  it("leave numbers, flags and keys alone", () => {
    const change = (text: string): string => `${text}!`;
    assert.deepEqual(mapStrings({ a: [1, "b", null], $c: { d: true, e: undefined } }, change), {
      a: [1, "b!", null],
      $c: { d: true },
    });
  });

  it("come out of Helm and Grafana as they went in", () => {
    for (const set of ["umbrella", "maintained"] as const) {
      const rendered = JSON.parse(
        helmRendered(JSON.stringify(provisionedDatasources(urls, set))),
      ) as never;
      assert.deepEqual(
        mapStrings(rendered, (text) => interpolated(text, {})),
        JSON.parse(JSON.stringify(datasources(urls, set))),
      );
    }
  });

  it("leave no single dollar for Grafana", () => {
    const text = JSON.stringify(provisionedDatasources(urls, "maintained"));
    assert.doesNotMatch(text.replaceAll("$$", ""), /\$/);
  });

  it("would be missed: without them Grafana sees other queries, and Helm fails on other templates", () => {
    assert.equal(interpolated(traceToLogs("umbrella").query, {}), '{} |= ""');
    assert.throws(() => helmRendered("line_format `{{.body}}`"), /Helm would run \{\{\.body/);
  });
});
