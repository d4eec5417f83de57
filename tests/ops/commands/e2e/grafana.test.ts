/** Tests of ops/commands/e2e/grafana.ts against an HTTP stand-in of Grafana. */
import assert from "node:assert/strict";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { checkGrafana, type GrafanaFindings } from "../../../../ops/commands/e2e/grafana";
import { fill, queriesOf } from "../../../../ops/commands/e2e/grafana-queries";
import { PlainHttpEndpoint } from "../../../../ops/commands/verify/transport/http-endpoint";
import { maintainedDashboardFiles } from "../../../support/grafana-content";

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
  readonly authorization: string | undefined;
}
type Answer = { readonly status?: number; readonly json: unknown };
type Answers = Readonly<Record<string, Answer | ((asked: Asked) => Answer)>>;

const traceId = "0123456789abcdef0123456789abcdef";
const datasources = [
  { uid: "mimir", name: "Mimir", type: "prometheus" },
  {
    uid: "tempo",
    name: "Tempo",
    type: "tempo",
    jsonData: {
      tracesToLogsV2: {
        datasourceUid: "loki",
        customQuery: true,
        query: '{${__tags}} | trace_id = "${__trace.traceId}"',
        tags: [{ key: "service.name", value: "job" }],
      },
    },
  },
  { uid: "loki", name: "Loki", type: "loki" },
];
const variable = { name: "service", type: "query", includeAll: true, allValue: ".+" };
const panel = (title: string, datasource: object, target: object): object => ({
  title,
  type: "timeseries",
  datasource,
  targets: [{ refId: "A", ...target }],
});
const dashboard = {
  uid: "red",
  title: "RED",
  templating: { list: [variable] },
  panels: [
    panel("Rate", { uid: "mimir" }, { expr: 'rate(x{job=~"$service"}[$__rate_interval])' }),
    {
      type: "row",
      panels: [panel("Lines", { uid: "loki" }, { expr: '{job=~"$service"}' })],
    },
    panel("Traces", { uid: "tempo" }, { query: "{}", queryType: "traceql" }),
    panel("Graph", { uid: "tempo" }, { queryType: "serviceMap" }),
  ],
};
const rule = { name: "Errors", health: "ok", lastEvaluation: "2026-11-29T01:00:00Z" };
const groups = (...rules: object[]): Answer => ({ json: { data: { groups: [{ rules }] } } });
const base64 = Buffer.from("00f067aa0ba902b7", "hex").toString("base64");

const healthy: Answers = {
  "/api/health": { json: { version: "13.1.3", database: "ok" } },
  "/api/datasources": { json: datasources },
  "/api/search": { json: [{ uid: "red", title: "RED" }] },
  "/api/datasources/uid/mimir/health": { json: { status: "OK", message: "fine" } },
  "/api/datasources/uid/loki/health": { json: { status: "OK", message: "fine" } },
  // As older Grafanas answer for what they check in the browser.
  "/api/datasources/uid/tempo/health": { status: 404, json: { message: "notImplemented" } },
  "/api/datasources/proxy/uid/tempo/api/echo": { json: "echo" },
  "/api/dashboards/uid/red": { json: { dashboard } },
  "/api/ds/query": { json: { results: { A: { status: 200, frames: [] } } } },
  "/api/datasources/proxy/uid/tempo/api/search": { json: { traces: [{ traceID: traceId }] } },
  [`/api/datasources/proxy/uid/tempo/api/traces/${traceId}`]: {
    json: {
      batches: [
        {
          resource: {
            attributes: [{ key: "service.name", value: { stringValue: "lgtm-verify" } }],
          },
          scopeSpans: [
            {
              spans: [
                {
                  spanId: base64,
                  name: "canary",
                  startTimeUnixNano: "1",
                  endTimeUnixNano: "2",
                },
              ],
            },
          ],
        },
      ],
    },
  },
  "/api/datasources/proxy/uid/loki/loki/api/v1/query_range": {
    json: { data: { result: [{ stream: {}, values: [["1", "line"]] }] } },
  },
  "/api/prometheus/grafana/api/v1/rules": groups(rule),
};

describe("checks through Grafana's own API", () => {
  const servers: http.Server[] = [];
  let asked: Asked[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
    asked = [];
  });

  async function check(changed: Answers = {}, rules = 1): Promise<GrafanaFindings | string> {
    const answers = { ...healthy, ...changed };
    const server = http.createServer((request, response) => {
      void (async () => {
        const url = new URL(request.url ?? "/", "http://grafana");
        const one: Asked = {
          method: request.method ?? "",
          path: url.pathname,
          query: url.searchParams,
          body: await text(request),
          authorization: request.headers.authorization,
        };
        asked.push(one);
        const found = answers[one.path];
        const { status = 200, json } = (typeof found === "function" ? found(one) : found) ?? {
          status: 404,
          json: { message: "Not found" },
        };
        response.writeHead(status);
        response.end(JSON.stringify(json));
      })();
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const { signal } = new AbortController();
    const url = `http://127.0.0.1:${String(port)}`;
    const api = new PlainHttpEndpoint("a stand-in", url, signal, { auth: "admin:s3cret" });
    return checkGrafana(api, { signal, rules, rulesLimitMs: 0 });
  }

  async function errors(changed: Answers, rules = 1): Promise<string[]> {
    const found = await check(changed, rules);
    assert.ok(typeof found === "object");
    return found.checks.flatMap(({ kind, name, error }) =>
      error === undefined ? [] : [`${kind} ${name}: ${error}`],
    );
  }

  it("are all well when Grafana is, and ask it with the login", async () => {
    const found = await check();
    assert.ok(typeof found === "object");
    assert.deepEqual(
      found.checks.map(({ kind, name, error = "" }) => `${kind} ${name} ${error}`.trim()),
      [
        ...["datasource Mimir", "datasource Tempo", "datasource Loki"],
        ...["panel RED: Rate A", "panel RED: Lines A", "panel RED: Traces A", "panel RED: Graph A"],
        "link from a trace to its logs",
        "alert Errors",
      ],
    );
    assert.equal(found.version, "13.1.3");
    const login = `Basic ${Buffer.from("admin:s3cret").toString("base64")}`;
    assert.ok(asked.every(({ authorization }) => authorization === login));
    const queries = asked.filter(({ path }) => path === "/api/ds/query").map(({ body }) => body);
    assert.ok(
      queries.some((body) => body.includes('rate(x{job=~\\".+\\"}[4m])')),
      queries.join(),
    );
    // The service graph's, which Grafana asks the metrics store for.
    assert.ok(queries.some((body) => body.includes("traces_service_graph_request_total")));
    const link = asked.find(({ path }) => path.endsWith("/query_range"));
    assert.equal(link?.query.get("query"), `{job="lgtm-verify"} | trace_id = "${traceId}"`);
  });

  it("are not made where a stand-in answers, and that is said", async () => {
    const assertNone = async (changed: Answers): Promise<void> => {
      const found = await check(changed);
      assert.ok(typeof found === "string", "it was taken for a Grafana");
      assert.match(found, /does not answer Grafana's API/);
    };
    await assertNone({ "/api/health": { status: 404, json: {} } });
    await assertNone({ "/api/health": { json: { version: "1" } } });
    await assertNone({ "/api/datasources": { json: { ok: true } } });
  });

  it("find a datasource that is not healthy", async () => {
    const health = "/api/datasources/uid/mimir/health";
    assert.deepEqual(
      await errors({ [health]: { json: { status: "ERROR", message: "no host" } } }),
      ["datasource Mimir: ERROR: no host"],
    );
    assert.match((await errors({ [health]: { status: 500, json: {} } })).join(), /Mimir: 500/);
    const echo = "/api/datasources/proxy/uid/tempo/api/echo";
    assert.match(
      (await errors({ [echo]: { status: 502, json: {} } })).join(),
      /Tempo: through the proxy: 502/,
    );
  });

  it("find a panel whose query fails, of each kind", async () => {
    const failing = (part: string) => ({
      "/api/ds/query": ({ body }: Asked): Answer =>
        body.includes(part)
          ? { status: 400, json: { results: { A: { error: "parse error", status: 400 } } } }
          : (healthy["/api/ds/query"] as Answer),
    });
    assert.deepEqual(await errors(failing("rate(x")), ["panel RED: Rate A: parse error"]);
    assert.deepEqual(await errors(failing("service_graph")), ["panel RED: Graph A: parse error"]);
    const search = "/api/datasources/proxy/uid/tempo/api/search";
    const refused = await errors({
      [search]: ({ query }) =>
        query.get("q") === "{}" ? { status: 400, json: "unexpected" } : (healthy[search] as Answer),
    });
    assert.match(refused.join(), /^panel RED: Traces A: 400/);
  });

  it("find a panel that asks a datasource that is not there, or a variable without a value", async () => {
    const other = panel("Else", { uid: "old" }, { expr: "up" });
    const unknown = panel("Typo", { uid: "mimir" }, { expr: "up{a=$servce}" });
    const path = "/api/dashboards/uid/red";
    const withPanel = (one: object): Answers => ({
      [path]: { json: { dashboard: { ...dashboard, panels: [one] } } },
    });
    assert.match((await errors(withPanel(other))).join(), /Else A: it asks datasource old/);
    assert.match((await errors(withPanel(unknown))).join(), /panel RED: no value for its variable/);
  });

  it("find rules that failed, were never evaluated, or are missing", async () => {
    const path = "/api/prometheus/grafana/api/v1/rules";
    const never = { ...rule, lastEvaluation: "0001-01-01T00:00:00Z" };
    const sick = { ...rule, health: "error", lastError: "no data source" };
    assert.match((await errors({ [path]: groups(never) })).join(), /Errors: it was not evaluated/);
    assert.match((await errors({ [path]: groups(sick) })).join(), /health error no data source/);
    assert.match((await errors({}, 34)).join(), /Grafana has 1, and the stack 34/);
  });

  it("find a link that leads to nothing", async () => {
    const lines = "/api/datasources/proxy/uid/loki/loki/api/v1/query_range";
    assert.match(
      (await errors({ [lines]: { json: { data: { result: [] } } } })).join(),
      /link from a trace to its logs: .*found nothing/,
    );
  });
});

describe("queries of dashboards", () => {
  it("of this program have no variable without a value", () => {
    const queries = maintainedDashboardFiles.flatMap(({ dashboard: one }) =>
      queriesOf(JSON.parse(JSON.stringify(one)) as Parameters<typeof queriesOf>[0]),
    );
    assert.ok(queries.length > 40, String(queries.length));
    for (const { target } of queries)
      assert.doesNotMatch(JSON.stringify(target.expr ?? ""), /\$_?[a-z]/);
  });

  it("name what they lack", () => {
    assert.equal(fill("${a:regex} $a $__range", new Map([["a", "1"]])), "1 1 1800s");
    assert.throws(() => fill("$b", new Map()), /variable b/);
  });
});
