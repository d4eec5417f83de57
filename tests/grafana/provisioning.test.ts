/** Tests of grafana/provisioning.ts. */
import * as assert from "node:assert/strict";
import { parse } from "yaml";
import * as z from "zod";
import { type ContactPoint, contactVariable, grafanaFiles } from "../../grafana/provisioning";
import { everyLocation } from "../../scripts/alerts-page";
import { alertRules, everyDashboardFile } from "../support/grafana-content";
import { interpolated } from "../support/grafana-expansion";
import { panelsOf } from "../support/grafana-queries";

const duration = z.string().regex(/^\d+[smh]$/);
const orgId = z.literal(1);

const query = z.strictObject({
  refId: z.enum(["A", "B", "C"]),
  datasourceUid: z.enum(["loki", "prom", "tempo", "__expr__"]),
  relativeTimeRange: z.strictObject({ from: z.int().positive(), to: z.literal(0) }),
  model: z.looseObject({ refId: z.string(), datasource: z.object({ uid: z.string() }) }),
});

const rule = z.strictObject({
  uid: z.string().max(40),
  title: z.string().max(190),
  condition: z.literal("C"),
  data: z.array(query).length(3),
  for: duration,
  noDataState: z.enum(["OK", "NoData", "Alerting"]),
  execErrState: z.enum(["OK", "Error", "Alerting"]),
  labels: z.strictObject({ severity: z.enum(["critical", "warning"]) }),
  annotations: z.record(z.string(), z.string()),
  isPaused: z.literal(false),
});

/** The fields of Grafana's AlertRuleGroupV1 and of what it holds. */
const rulesSchema = z.strictObject({
  apiVersion: z.literal(1),
  groups: z.array(
    z.strictObject({
      orgId,
      name: z.string().min(1),
      folder: z.string().min(1),
      interval: duration,
      rules: z.array(rule).min(1),
    }),
  ),
});

/** The fields of Grafana's ContactPointV1. */
const contactSchema = z.strictObject({
  apiVersion: z.literal(1),
  contactPoints: z.tuple([
    z.strictObject({
      orgId,
      name: z.string().min(1),
      receivers: z.tuple([
        z.strictObject({
          uid: z.string().max(40),
          type: z.enum(["webhook", "email", "slack"]),
          settings: z.record(z.string(), z.union([z.string(), z.boolean()])),
        }),
      ]),
    }),
  ]),
});

/** The fields of the root of Alertmanager's routing tree. */
const policySchema = z.strictObject({
  apiVersion: z.literal(1),
  policies: z.tuple([
    z.strictObject({
      orgId,
      receiver: z.string(),
      group_by: z.array(z.string()),
      group_wait: duration,
      group_interval: duration,
      repeat_interval: duration,
    }),
  ]),
});

const files = (contactPoint: ContactPoint, runbookUrl = "", rootUrl = "") =>
  grafanaFiles({
    contactPoint,
    runbookUrl,
    rootUrl,
    locations: everyLocation,
    chartSet: "maintained",
  }).alerting;

const rulesOf = (runbookUrl = "", rootUrl = "") =>
  rulesSchema
    .parse(parse(files("none", runbookUrl, rootUrl)["rules.yaml"] ?? ""))
    .groups.flatMap(({ rules }) => rules);

describe("alert provisioning", () => {
  it("has every rule, in Grafana's structure", () => {
    assert.deepEqual(
      rulesOf().map(({ uid, for: wait, labels }) => [uid, wait, labels.severity]),
      alertRules.map(({ uid, for: wait, severity }) => [uid, wait, severity]),
    );
  });

  it("compares the last value of each query", () => {
    for (const [index, { uid, data }] of rulesOf().entries()) {
      const models = data.map(({ model }) => model as Record<string, unknown>);
      const { query: expr, fires, threshold } = alertRules[index] ?? {};
      assert.deepEqual([models[0]?.["expr"], models[0]?.["instant"]], [expr, true], uid);
      assert.deepEqual([models[1]?.["type"], models[1]?.["expression"]], ["reduce", "A"], uid);
      const evaluator = { type: fires === "above" ? "gt" : "lt", params: [threshold] };
      assert.deepEqual(models[2]?.["conditions"], [{ evaluator }], uid);
      assert.equal(models[2]["expression"], "B", uid);
    }
  });

  it("is quiet without data, and speaks once when queries fail", () => {
    const states = rulesOf().map(({ noDataState, execErrState }) => [noDataState, execErrState]);
    assert.deepEqual(new Set(states.map(([noData]) => noData)), new Set(["OK"]));
    assert.equal(states.filter(([, error]) => error === "Alerting").length, 1);
    assert.equal(states.filter(([, error]) => error === "OK").length, alertRules.length - 1);
  });

  it("names panels that exist", () => {
    const panels = everyDashboardFile.flatMap(({ dashboard }) =>
      panelsOf(dashboard).map(({ id }) => `${dashboard.uid ?? ""} ${String(id)}`),
    );
    for (const { uid, annotations } of rulesOf()) {
      const { __dashboardUid__: dashboard, __panelId__: panel } = annotations;
      assert.equal(dashboard === undefined, panel === undefined, uid);
      if (panel !== undefined) assert.ok(panels.includes(`${dashboard ?? ""} ${panel}`), uid);
    }
  });

  it("links to the runbooks in Grafana, or to the published page", () => {
    const [first] = rulesOf();
    assert.equal(first?.annotations["runbook_url"], "/d/lgtm-runbooks?viewPanel=1");
    const [published] = rulesOf("https://example.com/alerts.md");
    assert.equal(
      published?.annotations["runbook_url"],
      "https://example.com/alerts.md#service-fails",
    );
  });

  it("links to the runbooks at Grafana's own address, where it is known", () => {
    const [first] = rulesOf("", "https://grafana.example.com");
    assert.equal(
      first?.annotations["runbook_url"],
      "https://grafana.example.com/d/lgtm-runbooks?viewPanel=1",
    );
    const [published] = rulesOf("https://example.com/alerts.md", "https://grafana.example.com");
    assert.match(published?.annotations["runbook_url"] ?? "", /^https:\/\/example\.com\//);
  });

  it("leaves Grafana's default policy alone when nobody is to be told", () => {
    assert.deepEqual(Object.keys(files("none")), ["rules.yaml"]);
  });

  for (const [kind, field] of [
    ["webhook", "url"],
    ["email", "addresses"],
    ["slack", "url"],
  ] as const) {
    it(`tells a ${kind} contact, whose address comes from the environment`, () => {
      const texts = files(kind);
      assert.deepEqual(Object.keys(texts), ["rules.yaml", "contactpoints.yaml", "policies.yaml"]);
      const text = texts["contactpoints.yaml"] ?? "";
      // An address may hold dollars of its own.
      const address = "https://example.com/hook?token=$a$$b";
      const [point] = contactSchema.parse(parse(text)).contactPoints;
      const [receiver] = point.receivers;
      assert.equal(receiver.type, kind);
      const setting = receiver.settings[field];
      assert.ok(typeof setting === "string");
      assert.equal(interpolated(setting, { [contactVariable]: address }), address);
      const [policy] = policySchema.parse(parse(texts["policies.yaml"] ?? "")).policies;
      assert.equal(policy.receiver, point.name);
    });

    it(`holds no secret with ${kind}`, () => {
      const text = Object.values(files(kind)).join();
      assert.doesNotMatch(text, /https?:\/\//);
      assert.deepEqual(text.match(/\$\w+/g), [`$${contactVariable}`]);
    });
  }
});
