/** Checks a Grafana by its own API: datasources, every panel's queries, every alert rule, a link. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Datasource } from "../verify/links/datasources";
import { traceToLogs } from "../verify/links/templates";
import { askJson, lines, QueryError, searchTraces, trace } from "../verify/stores";
import { type HttpEndpoint, Unreachable } from "../verify/transport/http-endpoint";
import {
  type GrafanaDashboard,
  type PanelQuery,
  queriesOf,
  serviceGraphQueries,
} from "./grafana-queries";

/** One thing that was asked. */
export interface Check {
  readonly kind: "datasource" | "panel" | "alert" | "link";
  readonly name: string;
  /** Why it is not well; undefined when it is. */
  readonly error?: string;
}

export interface GrafanaFindings {
  readonly version: string;
  readonly dashboards: readonly { readonly uid: string; readonly title: string }[];
  readonly checks: readonly Check[];
}

export interface GrafanaOptions {
  readonly signal: AbortSignal;
  /** How long rules that were not evaluated yet are waited for. */
  readonly rulesLimitMs: number;
  /** How many alert rules the stack has. */
  readonly rules: number;
  readonly onProgress?: (line: string) => void;
}

interface Health {
  readonly version?: string;
  readonly database?: string;
}

type ListedDatasource = Datasource & { readonly uid: string; readonly name: string };

/**
 * Asks a Grafana.
 *
 * @returns a sentence when what answers there is no Grafana with its API
 * @throws Unreachable when nothing answers
 */
export async function checkGrafana(
  api: HttpEndpoint,
  { signal, rulesLimitMs, rules, onProgress = () => undefined }: GrafanaOptions,
): Promise<GrafanaFindings | string> {
  const version = await versionOf(api);
  if (version === undefined)
    return "what runs as Grafana does not answer Grafana's API (a stand-in)";
  onProgress(`Grafana ${version}: datasources`);
  const datasources = await askJson<readonly ListedDatasource[]>(api, { path: "/api/datasources" });
  const found = await askJson<readonly { readonly uid: string; readonly title: string }[]>(api, {
    path: "/api/search",
    query: { type: "dash-db", limit: 1000 },
  });
  const dashboards = found.map(({ uid, title }) => ({ uid, title }));
  const checks: Check[] = [];
  for (const one of datasources) checks.push(await datasourceCheck(api, one));
  if (datasources.length === 0)
    checks.push({ kind: "datasource", name: "any", error: "Grafana has none" });
  for (const { uid, title } of dashboards) {
    onProgress(`dashboard ${title}`);
    checks.push(...(await dashboardChecks(api, uid, title, datasources)));
  }
  if (dashboards.length === 0)
    checks.push({ kind: "panel", name: "any", error: "Grafana has no dashboard" });
  onProgress("the link from a trace to its logs");
  checks.push(await linkCheck(api, datasources));
  onProgress("alert rules");
  checks.push(...(await alertChecks(api, rules, rulesLimitMs, signal)));
  return { version, dashboards, checks };
}

async function versionOf(api: HttpEndpoint): Promise<string | undefined> {
  try {
    const { version, database } = await askJson<Health>(api, { path: "/api/health" });
    if (version === undefined || database !== "ok") return undefined;
    const datasources = await askJson<unknown>(api, { path: "/api/datasources" });
    return Array.isArray(datasources) ? version : undefined;
  } catch (error) {
    if (error instanceof QueryError) return undefined;
    throw error;
  }
}

/** Runs what asks; a refusal is what is wrong, no error of ours. */
async function check(
  kind: Check["kind"],
  name: string,
  ask: () => Promise<string | undefined>,
): Promise<Check> {
  try {
    const error = await ask();
    return { kind, name, ...(error !== undefined && { error }) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { kind, name, error: error.message.slice(0, 300) };
  }
}

/** Questions that a store answers when all is well, for datasources without a health check of their own. */
const simplest: Readonly<Record<string, string>> = {
  loki: "/loki/api/v1/labels",
  prometheus: "/api/v1/labels",
  tempo: "/api/echo",
};

/** How long a store may take to answer a panel. */
const queryLimitMs = 30_000;

async function datasourceCheck(
  api: HttpEndpoint,
  { uid, name, type = "" }: ListedDatasource,
): Promise<Check> {
  return check("datasource", name, async () => {
    const path = `/api/datasources/uid/${uid}/health`;
    const { status, body } = await api.ask({ path, limitMs: queryLimitMs });
    if (status === 200) {
      const { status: said, message } = JSON.parse(body) as { status?: string; message?: string };
      return said === "OK" ? undefined : `${said ?? "no status"}: ${message ?? ""}`;
    }
    // Older Grafanas check these in the browser, with a question through the proxy.
    const instead = simplest[type];
    const hasNone = status === 404 || /not implemented|notImplemented|unimplemented/i.test(body);
    if (!hasNone || instead === undefined) return `${String(status)} ${body.slice(0, 200)}`;
    const answer = await proxied(api, uid).ask({ path: instead, limitMs: queryLimitMs });
    return answer.status === 200
      ? undefined
      : `through the proxy: ${String(answer.status)} ${answer.body.slice(0, 200)}`;
  });
}

/** The way through Grafana to the store behind a datasource. */
function proxied(api: HttpEndpoint, uid: string): HttpEndpoint {
  return {
    description: `Grafana's proxy to datasource ${uid}`,
    ask: async (question) =>
      api.ask({
        limitMs: queryLimitMs,
        ...question,
        path: `/api/datasources/proxy/uid/${uid}${question.path}`,
      }),
  };
}

async function dashboardChecks(
  api: HttpEndpoint,
  uid: string,
  title: string,
  datasources: readonly ListedDatasource[],
): Promise<Check[]> {
  let queries: PanelQuery[];
  try {
    const path = `/api/dashboards/uid/${uid}`;
    const { dashboard } = await askJson<{ dashboard: GrafanaDashboard }>(api, { path });
    queries = queriesOf(dashboard);
  } catch (error) {
    if (error instanceof Unreachable || !(error instanceof Error)) throw error;
    return [{ kind: "panel", name: title, error: error.message }];
  }
  const checks: Check[] = [];
  for (const query of queries) {
    const name = `${title}: ${query.panel} ${query.target.refId ?? ""}`.trim();
    checks.push(await check("panel", name, async () => panelError(api, query, datasources)));
  }
  return checks;
}

interface QueryResults {
  readonly results?: Readonly<
    Record<string, { readonly error?: string; readonly status?: number } | undefined>
  >;
}

async function panelError(
  api: HttpEndpoint,
  { target, datasource }: PanelQuery,
  datasources: readonly ListedDatasource[],
): Promise<string | undefined> {
  const live = datasources.find(({ uid }) => uid === datasource.uid);
  if (live === undefined)
    return `it asks datasource ${datasource.uid}, which Grafana does not have`;
  if (live.type === "tempo" && target.queryType === "serviceMap") {
    const metrics = datasources.find(({ type }) => type === "prometheus");
    if (metrics === undefined) return "there is no datasource for its service graph";
    for (const expr of serviceGraphQueries(target)) {
      const error = await queryError(
        api,
        { refId: "A", expr, instant: true, range: false },
        metrics,
      );
      if (error !== undefined) return error;
    }
    return undefined;
  }
  if (live.type === "tempo" && target.queryType !== "traceId") {
    // The browser searches through the proxy.
    const to = Date.now();
    await searchTraces(proxied(api, live.uid), target.query ?? "{}", { from: to - 1_800_000, to });
    return undefined;
  }
  return queryError(api, target, live);
}

async function queryError(
  api: HttpEndpoint,
  target: PanelQuery["target"],
  { uid, type = "" }: ListedDatasource,
): Promise<string | undefined> {
  const to = Date.now();
  const refId = target.refId ?? "A";
  const query = {
    ...target,
    refId,
    datasource: { uid, type },
    intervalMs: 60_000,
    maxDataPoints: 300,
  };
  const { status, body } = await api.ask({
    method: "POST",
    path: "/api/ds/query",
    body: { from: String(to - 1_800_000), to: String(to), queries: [query] },
    limitMs: queryLimitMs,
  });
  const answer = resultsIn(body);
  const result = answer?.results?.[refId];
  if (result?.error !== undefined) return result.error;
  if (status !== 200 || result === undefined) return `${String(status)} ${body.slice(0, 200)}`;
  return (result.status ?? 200) >= 400 ? `status ${String(result.status)}` : undefined;
}

function resultsIn(text: string): QueryResults | undefined {
  try {
    return JSON.parse(text) as QueryResults;
  } catch {
    return undefined;
  }
}

/** Follows Tempo's link to the logs as a click does, both ends through Grafana's proxy. */
async function linkCheck(
  api: HttpEndpoint,
  datasources: readonly ListedDatasource[],
): Promise<Check> {
  return check("link", "from a trace to its logs", async () => {
    const tempo = datasources.find(({ type }) => type === "tempo");
    if (tempo === undefined) return "Grafana has no datasource for traces";
    const to = Date.now();
    const store = proxied(api, tempo.uid);
    const range = { from: to - 1_800_000, to };
    // That of `npm run verify`, whose line is known to be there.
    const [first] = await searchTraces(
      store,
      '{ resource.service.name = "lgtm-verify" }',
      range,
      1,
    );
    if (first === undefined) return "no trace of npm run verify was found in the last half hour";
    const found = await trace(store, first.traceId);
    const span = found?.spans.find(({ name }) => name === "canary") ?? found?.spans[0];
    if (span === undefined) return `trace ${first.traceId} was found, and has no span`;
    const link = traceToLogs(tempo, { traceId: first.traceId, span });
    const there = await lines(proxied(api, link.datasourceUid), link.query, link.range);
    return there.length > 0 ? undefined : `${link.query} found nothing`;
  });
}

interface Rules {
  readonly data?: {
    readonly groups?: readonly {
      readonly rules?: readonly {
        readonly name?: string;
        readonly health?: string;
        readonly lastError?: string;
        readonly lastEvaluation?: string;
      }[];
    }[];
  };
}

/** Every rule, when all have been evaluated or time is up. */
async function alertChecks(
  api: HttpEndpoint,
  wanted: number,
  limitMs: number,
  signal: AbortSignal,
): Promise<Check[]> {
  const end = performance.now() + limitMs;
  for (;;) {
    const { data } = await askJson<Rules>(api, { path: "/api/prometheus/grafana/api/v1/rules" });
    const rules = (data?.groups ?? []).flatMap((group) => group.rules ?? []);
    const checks = rules.map(
      ({ name = "?", health = "?", lastError = "", lastEvaluation }): Check => {
        // Year 1: never.
        const evaluated = Date.parse(lastEvaluation ?? "") > 0;
        const error = !evaluated
          ? "it was not evaluated yet"
          : health === "ok" && lastError === ""
            ? undefined
            : `health ${health} ${lastError}`.trim();
        return { kind: "alert", name, ...(error !== undefined && { error }) };
      },
    );
    if (rules.length !== wanted)
      checks.push({
        kind: "alert",
        name: "all rules",
        error: `Grafana has ${String(rules.length)}, and the stack ${String(wanted)}`,
      });
    if (checks.every(({ error }) => error === undefined) || performance.now() > end) return checks;
    await sleep(3000, undefined, { signal });
  }
}
