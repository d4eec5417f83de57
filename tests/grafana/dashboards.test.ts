/** Tests: dashboards. */
import * as assert from "node:assert/strict";
import type { Dashboard, Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import { panelId } from "../../grafana/dashboards/dashboard";
import { sources } from "../../grafana/sources";
import {
  clusterDashboardFiles,
  dashboardFiles,
  everyDashboardFile,
  maintainedDashboardFiles,
} from "../support/grafana-content";
import { filledIn, panelsOf, queriesOf } from "../support/grafana-queries";

const all = [...dashboardFiles, ...clusterDashboardFiles].map(({ dashboard }) => dashboard);
const named = (uid: string): Dashboard => {
  const found = all.find((dashboard) => dashboard.uid === uid);
  assert.ok(found, uid);
  return found;
};

/** Runs a check on every panel, which is named in the error. */
function everyPanel(check: (panel: Panel, name: string) => void): void {
  for (const dashboard of all) {
    for (const panel of panelsOf(dashboard))
      check(panel, `${dashboard.uid ?? ""}: ${panel.title ?? ""}`);
  }
}

/** Grafana's own schema versions: 13 is the oldest that 12.2.1 migrates, 39 is the one of 10.4.3. */
const [oldest, newest] = [13, 39] as const;

/** Those of one service, which their links lead between. */
const aboutServices = ["lgtm-red", "lgtm-logs", "lgtm-metrics", "lgtm-traces", "lgtm-service-pods"];

describe("dashboards", () => {
  it("have the uids that links and alerts name, in files of that name", () => {
    const uids = ["red", "logs", "metrics", "traces", "collector", "stack", "runbooks"];
    assert.deepEqual(
      dashboardFiles.map(({ file, dashboard }) => [file, dashboard.uid]),
      uids.map((uid) => [`lgtm-${uid}.json`, `lgtm-${uid}`]),
    );
    const more = ["cluster", "node", "workload", "service-pods", "pod-logs", "events"];
    assert.deepEqual(
      everyDashboardFile.map(({ dashboard }) => dashboard.uid),
      [...uids.slice(0, -1), ...more, "runbooks"].map((uid) => `lgtm-${uid}`),
    );
  });

  it("let people choose what they are about on the pages of the cluster, one after the other", () => {
    const chosen = Object.fromEntries(
      clusterDashboardFiles.map(({ dashboard: { uid = "", templating } }) => [
        uid,
        (templating.list ?? []).map(({ name }) => name),
      ]),
    );
    assert.deepEqual(chosen, {
      "lgtm-cluster": [],
      "lgtm-node": ["node"],
      "lgtm-workload": ["namespace", "workload"],
      "lgtm-service-pods": ["service"],
      "lgtm-pod-logs": ["namespace", "pod"],
      "lgtm-events": ["namespace"],
    });
    for (const { dashboard } of clusterDashboardFiles) {
      const names = (dashboard.templating.list ?? []).map(({ name }) => name);
      for (const { panel, expr } of queriesOf(dashboard))
        for (const name of names)
          assert.match(expr, new RegExp(`\\$${name}\\b`), `${dashboard.uid ?? ""}: ${panel}`);
    }
  });

  it("load in Grafana 10.4.3 and 12.2.1", () => {
    for (const { uid, schemaVersion } of all) {
      assert.ok(schemaVersion >= oldest && schemaVersion <= newest, uid);
    }
  });

  it("start from the service where they are about one, and all the same way", () => {
    for (const uid of aboutServices) {
      const [variable, ...others] = named(uid).templating.list ?? [];
      assert.deepEqual(
        [variable?.name, variable?.multi, variable?.includeAll, variable?.allValue, others],
        ["service", true, true, ".+", []],
        uid,
      );
    }
  });

  it("link to each other and keep service and time", () => {
    for (const { uid, tags, links } of all) {
      const [link, ...others] = links ?? [];
      assert.deepEqual(others, [], uid);
      assert.deepEqual(
        [link?.type, link?.includeVars, link?.keepTime],
        ["dashboards", true, true],
        uid,
      );
      assert.deepEqual(link?.tags, tags, uid);
    }
  });
});

describe("the dashboard of logs", () => {
  const queries = (files: typeof dashboardFiles): string[] =>
    files
      .filter(({ dashboard }) => dashboard.uid === "lgtm-logs")
      .flatMap(({ dashboard }) => queriesOf(dashboard))
      .map(({ expr }) => expr);

  it("asks for the labels of the loki exporter with the umbrella chart", () => {
    const all = queries(dashboardFiles).join("\n");
    assert.match(all, /level=~"\(ERROR\|FATAL\)/);
    assert.doesNotMatch(all, /detected_level|__error__/);
  });

  it("asks for both what came over OTLP and what the loki exporter left, with the maintained charts", () => {
    const [byLevel = "", failing = "", errors = "", lines = ""] = queries(maintainedDashboardFiles);
    assert.match(byLevel, /detected_level \| upper.*else.*\.level/);
    for (const query of [failing, errors])
      assert.match(query, /detected_level=~.* or \(detected_level="" and level=~/);
    for (const query of [errors, lines]) assert.match(query, /\| json .*\| drop __error__/);
    assert.doesNotMatch(queries(maintainedDashboardFiles).join(), /\{[^}|]*(level|exporter)=/);
  });
});

describe("panels", () => {
  it("say what they show", () => {
    everyPanel(({ title, description }, name) => {
      assert.ok((title ?? "").length > 0, name);
      assert.match(description ?? "", /^[^ ].+\.$/s, name);
    });
  });

  it("have a unit", () => {
    everyPanel(({ type, fieldConfig }, name) => {
      if (type !== "text") assert.ok((fieldConfig?.defaults.unit ?? "") !== "", name);
    });
  });

  it("have a legend where there are lines", () => {
    everyPanel(({ type, options, targets }, name) => {
      if (type !== "timeseries") return;
      const { legend } = options as { legend?: { showLegend: boolean } };
      assert.equal(legend?.showLegend, true, name);
      for (const target of targets ?? []) {
        assert.notEqual((target as { legendFormat?: string }).legendFormat ?? "", "", name);
      }
    });
  });

  it("have titles and numbers of their own within a dashboard", () => {
    for (const dashboard of all) {
      const panels = panelsOf(dashboard);
      for (const value of ["id", "title"] as const) {
        assert.equal(
          new Set(panels.map((panel) => panel[value])).size,
          panels.length,
          dashboard.uid,
        );
      }
    }
  });

  it("fill rows of 24 columns without overlap", () => {
    for (const dashboard of all) {
      const cells = panelsOf(dashboard).flatMap(({ gridPos: at }) =>
        at === undefined ? [] : cellsOf(at).map((cell) => cell.join()),
      );
      assert.equal(new Set(cells).size, cells.length, dashboard.uid);
      const columns = panelsOf(dashboard).map(({ gridPos: at }) => (at?.x ?? 0) + (at?.w ?? 0));
      assert.equal(Math.max(...columns), 24, dashboard.uid);
    }
  });

  it("ask the provisioned datasources by uid", () => {
    const known = Object.values(sources).map(({ type, uid }) => `${type} ${uid}`);
    everyPanel(({ type, datasource, targets }, name) => {
      if (type === "text") return;
      const asked = [
        datasource,
        ...((targets ?? []) as Pick<Panel, "datasource">[]).map((target) => target.datasource),
      ];
      for (const source of asked) {
        assert.ok(known.includes(`${source?.type ?? ""} ${source?.uid ?? ""}`), name);
      }
    });
  });

  it("have points that lead to traces where durations of requests are shown", () => {
    const exemplars = all.flatMap((dashboard) =>
      panelsOf(dashboard).flatMap(({ title, targets }) =>
        (targets ?? []).some((target) => (target as { exemplar?: boolean }).exemplar === true)
          ? [`${dashboard.uid ?? ""}: ${title ?? ""}`]
          : [],
      ),
    );
    assert.deepEqual(exemplars, [
      "lgtm-red: Duration, p50",
      "lgtm-red: Duration, p95",
      "lgtm-red: Duration, p99",
      "lgtm-metrics: Requests by endpoint",
      "lgtm-metrics: Duration",
      "lgtm-traces: Duration of calls, p95",
    ]);
  });

  it("are found by title", () => {
    assert.equal(panelId(named("lgtm-red"), "Errors"), 2);
    assert.throws(() => panelId(named("lgtm-red"), "None"), /lgtm-red has no panel "None"/);
  });
});

function cellsOf({
  x,
  y,
  w,
  h,
}: {
  x: number;
  y: number;
  w: number;
  h: number;
}): [number, number][] {
  return Array.from({ length: w * h }, (_, i) => [x + (i % w), y + Math.floor(i / w)]);
}

describe("queries of dashboards", () => {
  const variables = { service: "my-service", window: "4m", range: "1h" };

  it("are there in every panel but texts", () => {
    for (const dashboard of all) {
      const asking = new Set(queriesOf(dashboard).map(({ panel }) => panel));
      for (const { type, title } of panelsOf(dashboard)) {
        assert.equal(
          asking.has(title ?? ""),
          type !== "text",
          `${dashboard.uid ?? ""}: ${title ?? ""}`,
        );
      }
    }
  });

  it("have only variables that Grafana fills in", () => {
    for (const { expr } of all.flatMap(queriesOf)) {
      assert.doesNotMatch(filledIn(expr, variables), /\$(?!\d)/);
    }
    assert.throws(() => filledIn("rate(a[$interval])", variables), /no value for \$interval/);
  });

  it("ask about the chosen service on the pages of a service", () => {
    for (const uid of aboutServices) {
      for (const { panel, expr } of queriesOf(named(uid))) {
        assert.match(filledIn(expr, variables), /=~ ?"my-service"/, `${uid}: ${panel}`);
      }
    }
  });

  it("keep the text by which a log line leads to its trace", () => {
    const lines = queriesOf(named("lgtm-logs")).filter(({ expr }) => expr.includes("line_format"));
    assert.equal(lines.length, 2);
    for (const { expr } of lines) assert.ok(expr.includes('"traceid":"{{ .traceid }}"'));
  });
});
