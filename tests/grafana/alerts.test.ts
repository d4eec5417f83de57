/** Tests: alert rules. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { type AlertRule, type Locations, alertRules as rulesAt } from "../../grafana/alerts";
import { runbookAnchor } from "../../grafana/runbooks";
import { alertsPage, defaultLocations, everyLocation } from "../../scripts/alerts-page";
import { root } from "../../scripts/docs-tables";
import { alertRules } from "../support/grafana-content";

function everyRule(check: (rule: AlertRule) => void): void {
  for (const rule of alertRules) check(rule);
}

/** Labels that a text mentions. */
function mentioned(text: string): string[] {
  return [...text.matchAll(/\{\{ \.Labels\.(\w+) \}\}/g)].map(([, label = ""]) => label);
}

/** Labels that a query's result has: those that it groups by, or puts there itself. */
function labelsOf(query: string): string[] {
  const grouped = [...query.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = ""]) =>
    list.split(/, */),
  );
  const added = [...query.matchAll(/"(\w+)", "\w+", "", ""\)/g)].map(([, label = ""]) => label);
  return [...grouped, ...added];
}

const seconds = (duration: string): number => {
  const [, number = "", unit = ""] = /^(\d+)([sm])$/.exec(duration) ?? [];
  return Number(number) * (unit === "m" ? 60 : 1);
};

describe("alert rules", () => {
  it("cover services, collector, stores and the cluster, each kind of trouble once", () => {
    assert.deepEqual(
      alertRules.map(({ uid }) => uid.replace("lgtm-", "")),
      [
        ...["service-errors", "service-slow", "service-no-traces", "service-no-metrics"],
        "nothing-received",
        ...["collector-down", "collector-refuses", "collector-drops"],
        ...["collector-queue-overflows", "collector-queue-fills"],
        ...["store-down", "store-pods-missing", "store-errors", "store-refuses"],
        ...["object-store-fails", "span-metrics-cut"],
        ...["volume-full", "volume-fills"],
        ...[
          "pod-crash-loops",
          "pod-not-ready",
          "pod-out-of-memory",
          "pod-volume-full",
          "pod-volume-fills",
        ],
        ...["node-not-ready", "node-pressure", "node-disk-full", "job-failed"],
        ...["node-agent-missing", "cluster-unwatched"],
      ],
    );
  });

  it("about the cluster are there only where its own signals are collected", () => {
    const without = rulesAt(defaultLocations).map(({ uid }) => uid);
    const all = alertRules.map(({ uid, group }) => [uid, group] as const);
    assert.deepEqual(
      without,
      all.filter(([, group]) => group !== "cluster").map(([uid]) => uid),
    );
  });

  it("about volumes of pods leave those of the stack to the rules that know them", () => {
    const stores = rulesAt({ ...everyLocation, lgtmNamespace: "a", collectorNamespace: "b" });
    const about = stores.filter(({ uid }) => uid.startsWith("lgtm-pod-volume-"));
    assert.equal(about.length, 2);
    for (const { query } of about) assert.match(query, /k8s_namespace_name!~"a\|b"/);
  });

  it("have uids that Grafana takes, and titles and anchors of their own", () => {
    everyRule(({ uid }) => {
      assert.match(uid, /^[a-zA-Z0-9_-]{1,40}$/);
    });
    for (const key of [
      (rule: AlertRule) => rule.uid,
      (rule: AlertRule) => rule.title,
      runbookAnchor,
    ]) {
      assert.equal(new Set(alertRules.map(key)).size, alertRules.length);
    }
  });

  it("compare the query with the threshold", () => {
    everyRule(({ uid, query, fires, threshold, expr }) => {
      const operator = fires === "above" ? ">" : "<";
      assert.equal(expr, `(${query}) ${operator} ${String(threshold)}`, uid);
    });
  });

  it("have no dollar: Grafana expands it in some strings of its files, and in others not", () => {
    assert.doesNotMatch(JSON.stringify(alertRules), /\$/);
  });

  it("name only labels that their query has", () => {
    everyRule(({ uid, query, summary, description }) => {
      const labels = labelsOf(query);
      for (const label of [...mentioned(summary), ...mentioned(description)]) {
        assert.ok(labels.includes(label), `${uid}: ${label} is not among ${labels.join(", ")}`);
      }
      assert.equal(/\{\{(?! \.Labels\.\w+ \}\})/.exec(summary + description), null, uid);
    });
  });

  it("wait in whole evaluations, and not at all when data is being lost", () => {
    everyRule((rule) => {
      assert.equal(seconds(rule.for) % 60, 0, rule.uid);
    });
    const atOnce = alertRules.filter((rule) => seconds(rule.for) === 0).map(({ uid }) => uid);
    assert.deepEqual(atOnce, ["lgtm-collector-drops", "lgtm-collector-queue-overflows"]);
  });

  it("speak once when the metrics store is away", () => {
    assert.deepEqual(
      alertRules.filter(({ firesOnError }) => firesOnError).map(({ uid }) => uid),
      ["lgtm-collector-down"],
    );
  });

  it("name the namespaces and the collector of the stack, and no others", () => {
    const texts = (locations: Locations): string =>
      JSON.stringify(rulesAt(locations).map(({ runbook }) => runbook));
    const names = { lgtmNamespace: "stores", collectorNamespace: "gate", collectorName: "keeper" };
    const cluster = { nodeNamespace: "nodes", nodeName: "reader", clusterName: "watcher" };
    const given = { ...defaultLocations, ...names, cluster };
    const text = texts(given);
    assert.doesNotMatch(text, /-n (lgtm|otel)\b|\botel-collector\b|\bnamespace otel\b/);
    for (const name of [...Object.values(names), ...Object.values(cluster)])
      assert.match(text, new RegExp(`\\b${name}\\b`));
    const back = text.replaceAll("keeper", defaultLocations.collectorName);
    assert.equal(
      back.replaceAll(/(-n |\.|namespace )gate\b/g, "$1otel").replaceAll("-n stores", "-n lgtm"),
      texts({ ...defaultLocations, cluster }),
    );
  });

  it("say what they mean, what causes them and what to do", () => {
    everyRule(({ uid, summary, description, runbook }) => {
      for (const text of [description, runbook.meaning])
        assert.match(text, /^([A-Z]|\{\{).+\.$/, uid);
      assert.match(summary, /[^.]$/, uid);
      assert.ok(runbook.causes.length >= 2, uid);
      assert.ok(runbook.steps.length >= 2, uid);
    });
  });
});

describe("docs/alerts.md", () => {
  const file = path.join(root, "docs/alerts.md");
  const update = process.env["UPDATE_GOLDEN"] === "1" && process.env["CI"] === undefined;
  if (update) fs.writeFileSync(file, alertsPage());
  const text = fs.readFileSync(file, "utf8");

  it("is what the rules say", () => {
    const command = "UPDATE_GOLDEN=1 npx mocha tests/grafana/alerts.test.ts";
    assert.equal(text, alertsPage(), `docs/alerts.md is stale; run: ${command}`);
  });

  it("has a heading for every rule, where its link leads", () => {
    const anchors = [...text.matchAll(/^### (.+)$/gm)].map(([, title = ""]) =>
      // GitHub's rule.
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .replace(/\s/g, "-"),
    );
    assert.deepEqual(anchors.toSorted(), alertRules.map(runbookAnchor).toSorted());
  });
});
