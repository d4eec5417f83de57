/** Every query that Grafana's files, the commands and the pages contain, by the grammar of its language. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { lexer, type Tokens, walkTokens } from "marked";
import ts from "typescript";
import { chartSets } from "../../config/charts";
import { datasources } from "../../grafana/datasources";
import { logsToTrace, traceToLogs, traceToMetrics } from "../../grafana/links";
import { grafanaFiles } from "../../grafana/provisioning";
import { sources } from "../../grafana/sources";
import { projectRoot } from "../../lib/project-root";
import { tutorialQueries } from "../../ops/commands/verify/tutorial";
import { defaultLocations, everyLocation } from "../../scripts/alerts-page";
import { pairs, readPage } from "../docs/support/pages";
import { alertRules, dashboardFiles, everyDashboardFile } from "../support/grafana-content";
import { type LinkSpan, logsQuery, metricsQueries } from "../support/grafana-links";
import { filledIn, panelsOf, queriesOf } from "../support/grafana-queries";
import { faultOf, type Language, languages, looksLikeQuery } from "../support/query-languages";

interface Asked {
  readonly at: string;
  readonly language: Language;
  /** With its variables. */
  readonly query: string;
}

const span: LinkSpan = {
  traceId: "2375dd6fcf536d0abf4ae2b507ccc182",
  spanId: "83b385931302cfa5",
  name: "GET /",
  resource: { "service.name": "my-service" },
  attributes: {},
};

/** All services, one, and two, as Grafana writes several for the datasources of metrics and logs, and of traces. */
const services: Readonly<Record<Language, readonly string[]>> = {
  loki: [".+", "my-service", "(one\\\\.a|two)"],
  prometheus: [".+", "my-service", "(one\\\\.a|two)"],
  tempo: [".+", "my-service", "one.a|two"],
};

/** The query with each kind of value that Grafana may fill in. */
function variants({ language, query }: Asked): string[] {
  const tags = query
    .replaceAll(/\$__tags\b|\$\{__tags\}/g, 'service="my-service"')
    .replaceAll("${__trace.traceId}", span.traceId);
  return services[language].map((service) =>
    filledIn(tags, { service, window: "1m", range: "1h" }),
  );
}

function assertParsed(all: readonly Asked[]): void {
  const faults = all.flatMap((asked) =>
    variants(asked).flatMap((query) => {
      const fault = faultOf(asked.language, query);
      return fault === undefined ? [] : [`${asked.at}: ${fault}`];
    }),
  );
  assert.deepEqual(faults, []);
}

/** What is asked somewhere in Grafana's files. */
interface Found {
  readonly asked: Asked[];
  /** Places with something like a query that Grafana would not ask. */
  readonly unnamed: string[];
}

/** Keys below which Grafana has a query, in panels, alert rules, variables and links of datasources. */
const queryKeys = new Set(["expr", "query", "serviceMapQuery", "stream", "definition"]);

const typeOfUid = new Map<string, Language>(
  Object.values(sources).map(({ uid, type }) => [uid, type]),
);

/** The datasource that is asked by an object, or by what is inside it. */
function languageIn(value: object, outer: Language | undefined): Language | undefined {
  const { datasource, datasourceUid, queryType } = value as {
    readonly datasource?: { readonly uid?: string };
    readonly datasourceUid?: string;
    readonly queryType?: string;
  };
  // The service graph is drawn from metrics.
  if (queryType === "serviceMap") return "prometheus";
  return typeOfUid.get(datasource?.uid ?? datasourceUid ?? "") ?? outer;
}

/** Queries in code of a text that people read. */
function queriesInText(text: string): string[] {
  const code: string[] = [];
  void walkTokens(lexer(text), (token) => {
    if (token.type === "codespan" || token.type === "code")
      code.push((token as Tokens.Codespan).text);
  });
  return code.filter(looksLikeQuery);
}

function search(value: unknown, at: string, found: Found, outer?: Language): void {
  const [key = ""] = /[^.]+$/.exec(at.replace(/(\.\d+)+$/, "")) ?? [];
  if (typeof value === "string") {
    if (!queryKeys.has(key) || value === "") {
      if (looksLikeQuery(value)) found.unnamed.push(`${at}: ${value}`);
      return;
    }
    assert.ok(outer, `${at}: no datasource is named`);
    // Grafana's own functions of variables; what they take first is a selector, or a query.
    const [, selector] = /^label_values\((.+), \w+\)$/.exec(value) ?? [];
    const [, whole] = /^query_result\((.+)\)$/.exec(value) ?? [];
    found.asked.push({ at, language: outer, query: selector ?? whole ?? value });
  } else if (typeof value === "object" && value !== null) {
    const language = languageIn(value, outer);
    for (const [name, inner] of Object.entries(value))
      search(inner, `${at}.${name}`, found, language);
  }
}

/** Everything that a Grafana of this chart set reads at its start. */
const provisioned = chartSets.map((chartSet): Found & { readonly files: string[] } => {
  const { dashboards, alerting } = grafanaFiles({
    contactPoint: "webhook",
    runbookUrl: "",
    rootUrl: "",
    // Only these charts can have the cluster's own signals.
    locations: chartSet === "maintained" ? everyLocation : defaultLocations,
    chartSet,
  });
  const found: Found = { asked: [], unnamed: [] };
  const files = { ...dashboards, ...alerting };
  for (const [name, text] of Object.entries(files)) search(JSON.parse(text), name, found);
  const urls = { lokiUrl: "http://l", mimirUrl: "http://m", tempoUrl: "http://t" };
  search(datasources(urls, chartSet), "datasources", found);
  return { ...found, files: Object.keys(files) };
});

describe("the grammars", () => {
  it("refuse a broken query of each language, and show where", () => {
    const broken: Readonly<Record<Language, readonly string[]>> = {
      loki: [
        '{job="a"',
        "{}",
        'sum by (level) (rate({job="a"} [5m])',
        '{job="a"} | jsn',
        '{job="a"} |= error',
      ],
      prometheus: [
        "sum by (job (up)",
        "rates(up[5m])",
        "rate(up[5m]",
        'up{job="a",,level="b"}',
        "up and on job down",
      ],
      tempo: [
        "{ status = errors }",
        '{ resource.service.name =~ "a" & status = error }',
        "{ duration > }",
      ],
    };
    for (const language of languages)
      for (const query of broken[language])
        assert.match(faultOf(language, query) ?? "", /is no \w+ after .* <<< here >>>/, query);
  });

  it("are helped where they take what finds nothing, or everything", () => {
    assert.equal(faultOf("prometheus", "sum by () (up)"), "groups by nothing");
    assert.equal(faultOf("prometheus", "rate({}[5m])"), "selects everything");
    for (const query of ["up{}", "sum(up)", '{__name__=~"a.*"}', "sum by (a) (up)"])
      assert.equal(faultOf("prometheus", query), undefined, query);
  });
});

describe("what Grafana reads at its start", () => {
  it("has only queries that their languages' grammars take", () => {
    assertParsed(provisioned.flatMap(({ asked }) => asked));
  });

  it("has no query in a place that this test does not know", () => {
    const unknown = provisioned.flatMap(({ unnamed }) => unnamed);
    // Runbooks are for people: their code is parsed below.
    const others = unknown.filter((at) => !/^lgtm-runbooks\.json\.panels\.\d+\.options\./.test(at));
    assert.deepEqual(others, []);
    const text = { panels: [{ links: [{ url: 'up{job="a"}' }] }] };
    const found: Found = { asked: [], unnamed: [] };
    search(text, "file", found);
    assert.deepEqual(found.unnamed, ['file.panels.0.links.0.url: up{job="a"}']);
  });

  it("has a parsed query for every target of every panel, every variable and every rule", () => {
    const maintained = chartSets.indexOf("maintained");
    for (const [index, files] of [dashboardFiles, everyDashboardFile].entries()) {
      const set = chartSets.indexOf(index === 0 ? "umbrella" : "maintained");
      const asked = (provisioned[set]?.asked ?? []).map(({ at }) => at);
      const below = (at: string): number => asked.filter((one) => one.startsWith(`${at}.`)).length;
      for (const { file, dashboard } of files) {
        dashboard.panels?.forEach((panel, number) => {
          const targets = "targets" in panel ? (panel.targets ?? []) : [];
          targets.forEach((_, target) => {
            const at = `${file}.panels.${String(number)}.targets.${String(target)}`;
            assert.ok(below(at) > 0, at);
          });
        });
        const all = panelsOf(dashboard).flatMap(({ targets = [] }) => targets);
        // The service graph has two selectors in one target.
        const graphs = all.filter((one) => "serviceMapQuery" in one).length;
        assert.equal(below(`${file}.panels`), all.length + graphs, file);
        const variables = dashboard.templating.list ?? [];
        const stores = variables.filter(({ query }) => typeof query === "string");
        assert.equal(below(`${file}.templating`), stores.length, file);
      }
      const rules = alertRules.filter(({ group }) => group !== "cluster" || set === maintained);
      assert.equal(below("rules.yaml"), rules.length);
      const links = traceToMetrics.queries.length + 1;
      assert.equal(below("datasources"), links);
    }
  });

  it("has the queries that the tests with real stores ask, and what Grafana makes of a service graph", () => {
    assertParsed(
      [...dashboardFiles, ...everyDashboardFile].flatMap(({ dashboard }) =>
        queriesOf(dashboard).map(({ dashboard: uid, panel, datasource, expr }) => ({
          at: `${uid}: ${panel}`,
          language: datasource,
          query: expr,
        })),
      ),
    );
    assertParsed(
      alertRules.map(({ uid, expr }) => ({ at: uid, language: "prometheus", query: expr })),
    );
  });
});

describe("links of datasources", () => {
  it("from a span lead to queries that Loki and Mimir take", () => {
    for (const set of chartSets) {
      const query = logsQuery(traceToLogs(set), span) ?? "";
      assert.equal(faultOf("loki", query), undefined, query);
    }
    for (const { query } of metricsQueries(traceToMetrics, span))
      // Explore fills in the window.
      assert.equal(
        faultOf("prometheus", query.replaceAll("$__rate_interval", "1m")),
        undefined,
        query,
      );
  });

  it("from a line or an exemplar ask Tempo for an id, which is no TraceQL and needs none", () => {
    for (const { url } of logsToTrace("maintained")) assert.equal(url, "${__value.raw}");
  });
});

/** Text of a literal, with something of the right kind in place of what is filled in. */
function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.templateSpans.reduce(
    (text, { literal }) => `${text}${fillingAfter(text)}${literal.text}`,
    node.head.text,
  );
}

function fillingAfter(text: string): string {
  const inQuotes = (text.match(/"/g) ?? []).length % 2 === 1;
  if (inQuotes) return "x";
  if (/\[$|offset $/.test(text)) return "5m";
  // Further stages of a query of logs, if there are any.
  if (text.endsWith("}")) return "";
  return /\{$|\{[^}]*,$/.test(text) ? 'x="y"' : "x";
}

/** Where a literal is what a program answers with, in Prometheus' text format, and no query. */
const expositions = new Set(["dataplane/network/kubelet.ts"]);

/** Literals below these folders that look like a query. */
function queriesInPrograms(folders: readonly string[]): { at: string; query: string }[] {
  return folders
    .flatMap((folder) =>
      fs
        .readdirSync(path.join(projectRoot, folder), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts"))
        .map((name) => path.posix.join(folder, name)),
    )
    .filter((file) => !expositions.has(file))
    .flatMap((file) => {
      const text = fs.readFileSync(path.join(projectRoot, file), "utf8");
      const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
      const found: { at: string; query: string }[] = [];
      const visit = (node: ts.Node): void => {
        const query = textOf(node)?.replaceAll("${__tags}", 'x="y"');
        if (query !== undefined && looksLikeQuery(query)) {
          const { line } = source.getLineAndCharacterOfPosition(node.getStart());
          found.push({ at: `${file}:${String(line + 1)}`, query });
        }
        ts.forEachChild(node, visit);
      };
      visit(source);
      return found;
    });
}

function assertOfSomeLanguage(found: readonly { at: string; query: string }[]): void {
  const faults = found.flatMap(({ at, query }) => {
    const all = languages.map((language) => faultOf(language, query));
    return all.includes(undefined) ? [] : [`${at}: ${all.join("\n  ")}`];
  });
  assert.deepEqual(faults, []);
}

describe("queries of the commands, and of the rig that asks real stores", () => {
  it("of the tutorial, which verify asks, are what they are called", () => {
    assert.equal(faultOf("loki", tutorialQueries.logs), undefined);
    assert.equal(faultOf("prometheus", tutorialQueries.metrics), undefined);
    assert.equal(faultOf("tempo", tutorialQueries.traces), undefined);
  });

  it("are found in the source, and parsed", () => {
    const found = queriesInPrograms(["ops", "dataplane", "bench"]);
    const files = new Set(found.map(({ at }) => at.split(":")[0]));
    for (const file of ["ops/commands/verify/stores.ts", "dataplane/loss/stored-numbers.ts"])
      assert.ok(files.has(file), `${file}: none found`);
    assertOfSomeLanguage(found);
  });
});

describe("queries in the pages and runbooks", () => {
  const pages = pairs().flatMap(({ english, korean }) => [english, korean].map(readPage));

  it("that say their language are of it", () => {
    const named = { logql: "loki", promql: "prometheus", traceql: "tempo" } as const;
    const asked = pages.flatMap(({ file, fences }) =>
      fences.flatMap(({ language, text }) =>
        language in named
          ? [{ at: file, language: named[language as keyof typeof named], query: text }]
          : [],
      ),
    );
    assert.ok(asked.length > 2 * alertRules.length, String(asked.length));
    assertParsed(asked);
  });

  it("that do not are of one of the three", () => {
    const found = pages.flatMap(({ file, fences, code }) =>
      [
        // Several in one block are one a line.
        ...fences.filter(({ language }) => language === "").flatMap(({ text }) => text.split("\n")),
        ...code,
      ]
        .filter(looksLikeQuery)
        .flatMap((query) =>
          variants({ at: file, language: "loki", query }).map((one) => ({ at: file, query: one })),
        ),
    );
    const runbooks = alertRules.flatMap(({ uid, runbook }) =>
      [runbook.meaning, ...runbook.causes, ...runbook.steps]
        .flatMap(queriesInText)
        .map((query) => ({ at: uid, query })),
    );
    assert.ok(found.length > 10, String(found.length));
    assertOfSomeLanguage([...found, ...runbooks]);
  });
});
