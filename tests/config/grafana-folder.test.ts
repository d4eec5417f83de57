/** Tests of config/grafana-folder.ts and config/rules/grafana-files.ts: which dashboards and alert rules of somebody's own cannot be. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { CONFIG_MAP_BYTES, intoConfigMaps, readGrafanaFolder } from "../../config/grafana-folder";
import {
  datasourcesOfValues,
  datasourceUids,
  grafanaFileProblems,
  RULE_BYTES,
} from "../../config/rules/grafana-files";
import { grafanaFiles } from "../../grafana/provisioning";
import { sources } from "../../grafana/sources";
import { defaultLocations } from "../../scripts/alerts-page";

const example = readGrafanaFolder("examples/grafana").files;
const dashboard = JSON.parse(example.dashboards["shop.json"] ?? "") as Record<string, unknown>;

interface Rule extends Record<string, unknown> {
  data: Record<string, unknown>[];
}
interface RuleFile extends Record<string, unknown> {
  groups: { folder: string; rules: Rule[] }[];
}

/** The example's file of rules, changed. */
function rulesWith(change: (file: RuleFile, group: RuleFile["groups"][0], rule: Rule) => void) {
  const file = parse(example.rules["shop-alerts.yaml"] ?? "") as RuleFile;
  const [group] = file.groups;
  const rule = group?.rules[0];
  assert.ok(group !== undefined && rule !== undefined);
  change(file, group, rule);
  return stringify(file);
}

const ofDashboards = (...texts: string[]) =>
  grafanaFileProblems(
    {
      title: "team",
      dashboards: Object.fromEntries(texts.map((text, at) => [`${String(at + 1)}.json`, text])),
      rules: {},
    },
    [],
  );
const ofRules = (...texts: string[]) =>
  grafanaFileProblems(
    {
      title: "team",
      dashboards: {},
      rules: Object.fromEntries(texts.map((text, at) => [`${String(at + 1)}.yaml`, text])),
    },
    [],
  );
const json = (changed: object) => JSON.stringify({ ...dashboard, ...changed });

function says(problems: ReturnType<typeof ofRules>, ...reasons: string[]): void {
  assert.equal(problems.length, reasons.length, JSON.stringify(problems));
  for (const [at, reason] of reasons.entries()) {
    const problem = problems[at];
    assert.ok(`${problem?.file ?? ""} ${problem?.reason ?? ""}`.includes(reason), problem?.reason);
    assert.notEqual(problem?.fix, "");
  }
}

describe("grafanaFileProblems", () => {
  it("has nothing to say of the example", () => {
    assert.deepEqual(grafanaFileProblems(example, []), []);
    assert.deepEqual(Object.keys(example.dashboards), ["shop.json"]);
    assert.equal(example.title, "grafana");
  });

  for (const [what, text, reason] of [
    ["no JSON", "{", "1.json is no JSON: "],
    ["a list", "[]", "1.json is no dashboard in the form"],
    ["null", "null", "1.json is no dashboard in the form"],
    [
      "an answer of the API",
      JSON.stringify({ dashboard, meta: {} }),
      "is no dashboard in the form",
    ],
    ["an export for sharing", json({ __inputs: [] }), "is exported for sharing"],
    ["no uid", json({ uid: undefined }), "must have a uid"],
    ["a long uid", json({ uid: "x".repeat(41) }), "must have a uid"],
    ["a uid of ours", json({ uid: "lgtm-red" }), "has the uid lgtm-red; those that begin with"],
    ["no title", json({ title: " " }), "has no title"],
    [
      "an unknown datasource",
      json({ panels: [{ targets: [{ datasource: { uid: "promm" } }] }] }),
      "asks the datasource promm, which this stack has not; did you mean prom?",
    ],
    ["an old name", json({ annotations: { list: [{ datasource: "Influx" }] } }), "Influx"],
    [
      "too many bytes",
      json({ description: "x".repeat(CONFIG_MAP_BYTES) }),
      `a ConfigMap holds 1 MiB, so that a dashboard may have ${String(CONFIG_MAP_BYTES)}`,
    ],
  ] as const)
    it(`refuses a dashboard with ${what}`, () => {
      says(ofDashboards(text), reason);
    });

  it("refuses two dashboards of one uid and of one title, with both files", () => {
    says(ofDashboards(json({}), json({})), "2.json the dashboard has the uid", "as 1.json");
  });

  it("takes datasources that Grafana has itself, variables, and those of one's own Helm values", () => {
    const panels = ["-- Mixed --", "${source}", "prom", "loki", "tempo", "influx"];
    const text = json({ panels: panels.map((uid) => ({ datasource: { uid } })) });
    const files = { title: "team", dashboards: { "1.json": text }, rules: {} };
    assert.equal(grafanaFileProblems(files, []).length, 1);
    const values = { datasources: { "own.yaml": { datasources: [{ uid: "influx" }, {}] } } };
    assert.deepEqual(grafanaFileProblems(files, datasourcesOfValues(values)), []);
    assert.deepEqual(datasourcesOfValues(undefined), []);
  });

  for (const [what, text, reason] of [
    ["no YAML", "groups: [", "1.yaml is no YAML: "],
    ["two keys of one name", "apiVersion: 1\napiVersion: 1", "1.yaml is no YAML: "],
    ["nothing", "", "must have apiVersion: 1 and a list of groups"],
    ["Prometheus' form", "groups: [{name: a, rules: []}]", "must have apiVersion: 1"],
    [
      "a contact point",
      rulesWith((file) => {
        file["contactPoints"] = [];
      }),
      "has contactPoints",
    ],
    [
      "this program's folder",
      rulesWith((_, group) => {
        group.folder = "LGTM";
      }),
      "is in the folder LGTM, which is this program's",
    ],
    [
      "a uid of ours",
      rulesWith((_, __, rule) => {
        rule["uid"] = "lgtm-store-down";
      }),
      "has the uid lgtm-store-down; those that begin with",
    ],
    [
      "no uid",
      rulesWith((_, __, rule) => {
        delete rule["uid"];
      }),
      "the rule Shop is slow must have a uid",
    ],
    [
      "no title",
      rulesWith((_, __, rule) => {
        delete rule["title"];
      }),
      "rule 1 of the group Orders must have a title",
    ],
    [
      "no queries",
      rulesWith((_, __, rule) => {
        rule.data = [];
      }),
      "rule 1 of the group Orders must have its queries as data",
    ],
    [
      "a condition that is no query",
      rulesWith((_, __, rule) => {
        rule["condition"] = "D";
      }),
      "has the condition D, and no query of that refId",
    ],
    [
      "a for that is no duration",
      rulesWith((_, __, rule) => {
        rule["for"] = "five minutes";
      }),
      "must have a duration such as 5m as for",
    ],
    [
      "an unknown datasource",
      rulesWith((_, __, rule) => {
        Object.assign(rule.data[0] ?? {}, { datasourceUid: "lokii" });
      }),
      "in A asks the datasource lokii, which this stack has not; did you mean loki?",
    ],
    [
      "an empty query",
      rulesWith((_, __, rule) => {
        Object.assign(rule.data[0] ?? {}, { model: { expr: " " } });
      }),
      "the rule Shop is slow has no query in A",
    ],
    [
      "an expression without a type",
      rulesWith((_, __, rule) => {
        Object.assign(rule.data[1] ?? {}, { model: {} });
      }),
      "has no type in its expression B",
    ],
  ] as const)
    it(`refuses a file of rules with ${what}`, () => {
      says(ofRules(text), reason);
    });

  it("refuses two rules of one uid, title and group, with the file of the first", () => {
    const same = rulesWith(() => undefined);
    says(ofRules(same, same), "is in 1.yaml already", "as another one in 1.yaml", "is in 1.yaml");
  });

  it("refuses more rules than a ConfigMap has room for beside this program's", () => {
    const long = rulesWith((_, __, rule) => {
      rule["annotations"] = { summary: "x".repeat(RULE_BYTES) };
    });
    says(ofRules(long), "has room for 500000");
    for (const chartSet of ["maintained", "umbrella"] as const) {
      const { alerting } = grafanaFiles({
        contactPoint: "webhook",
        runbookUrl: "https://wiki.example.com/alerts",
        rootUrl: "https://grafana.example.com",
        locations: defaultLocations,
        chartSet,
      });
      const bytes = Buffer.byteLength(Object.values(alerting).join(""));
      assert.ok(bytes + RULE_BYTES < CONFIG_MAP_BYTES, String(bytes));
    }
  });

  it("refuses names that no ConfigMap has, and this program's own folder", () => {
    const text = json({});
    says(
      grafanaFileProblems({ title: "LGTM", dashboards: { "a b.json": text }, rules: {} }, []),
      "LGTM is the title of this program's own folder",
      "has a name that a ConfigMap cannot have",
    );
    for (const title of ["", "{{ x }}", "$HOME"])
      says(grafanaFileProblems({ title, dashboards: {}, rules: {} }, []), "must be 1 to 100");
  });

  it("knows this program's datasources", () => {
    assert.deepEqual(
      [...datasourceUids].sort(),
      Object.values(sources)
        .map(({ uid }) => uid)
        .sort(),
    );
  });
});

describe("readGrafanaFolder", () => {
  it("says of what it would not read, but of notes and hidden files", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "grafana-folder-"));
    try {
      fs.mkdirSync(path.join(folder, "more.json"));
      fs.symlinkSync("/etc/hostname", path.join(folder, "other.yaml"));
      for (const name of ["README.md", ".DS_Store", "a.json", "b.yml", "c.txt"])
        fs.writeFileSync(path.join(folder, name), "");
      const { files, problems } = readGrafanaFolder(folder);
      assert.deepEqual(Object.keys(files.dashboards), ["a.json"]);
      assert.deepEqual(Object.keys(files.rules), ["b.yml"]);
      says(
        [...problems],
        "c.txt is neither a dashboard",
        "more.json is a folder",
        "other.yaml is a folder or a link",
      );
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});

describe("intoConfigMaps", () => {
  it("fills as many as it takes, and loses nothing", () => {
    const text = "x".repeat(400_000);
    const files = { "a.json": text, "b.json": text, "c.json": text };
    const maps = intoConfigMaps(files);
    assert.deepEqual(
      maps.map((map) => Object.keys(map)),
      [["a.json", "b.json"], ["c.json"]],
    );
    assert.deepEqual(Object.assign({}, ...maps), files);
    assert.deepEqual(intoConfigMaps({}), []);
  });
});
