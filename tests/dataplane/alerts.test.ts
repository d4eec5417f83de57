/** Tests: every alert rule, evaluated by the metrics store. */
import * as assert from "node:assert/strict";
import { type ChartSet, chartSets } from "../../config/charts";
import { eventually, notYet } from "../../dataplane/query/eventually";
import type { Sample } from "../../dataplane/query/metrics";
import { type PartialSystem, toolsOfSet } from "../../dataplane/system";
import { type AlertRule, alertRules as rulesAt } from "../../grafana/alerts";
import { collectorCounter, collectorGauges, signals } from "../../grafana/metrics";
import { defaultLocations, locationsWith } from "../../scripts/alerts-page";
import { requireTools } from "../support/tools";
import {
  type ExpectedAlert,
  type Fault,
  fullVolume,
  lokiComponents,
  stagesOf,
  TEN_MINUTES_AHEAD,
} from "./support/alert-faults";
import { Patient, services } from "./support/patient";
import { startPartialSystem, type StoreTool } from "./support/start-system";

/** Of both chart sets, of which one says less of a pod than the other: who is not there is not missed. */
const alertRules = rulesAt({
  ...defaultLocations,
  storePods: chartSets
    .flatMap((chartSet) => locationsWith({ chartSet }).storePods)
    .filter(
      ({ store, component }, index, all) =>
        all.findIndex((one) => one.store === store && one.component === component) === index,
    )
    .map((one) => ({ ...one, replicas: 1 })),
});

/** The longest that an alert may take, in milliseconds. */
const LIMIT_MS = 60_000;

/** How long a rule must hold in the store's ruler here, instead of minutes. */
const HELD = "1s";

/** Bytes of the queue of logs: a few seconds of what the applications log. */
const QUEUE_BYTES = 100_000;

/** Rules that are also evaluated ahead of time, at the moments at which their faults are looked for. */
function momentsOf(
  alerts: readonly ExpectedAlert[],
): readonly (ExpectedAlert & { readonly ahead: number })[] {
  const all = [...alertRules.map(({ uid }): ExpectedAlert => ({ uid, labels: {} })), ...alerts];
  return [
    ...new Map(
      all.map(({ uid, ahead = 0 }) => [`${uid} ${String(ahead)}`, { uid, ahead, labels: {} }]),
    ).values(),
  ];
}

function ruleOf(uid: string): AlertRule {
  const found = alertRules.find((rule) => rule.uid === uid);
  assert.ok(found !== undefined, `there is no rule ${uid}`);
  return found;
}

/** The alert's series, as the rule's evaluation has them. */
async function firing(
  { ask }: PartialSystem,
  { uid, labels, ahead = 0 }: ExpectedAlert,
): Promise<Sample[]> {
  const samples = await ask.metrics.instant(ruleOf(uid).expr, Date.now() + ahead * 1000);
  const wanted = Object.entries(labels);
  return samples.filter((sample) => wanted.every(([key, value]) => sample.labels[key] === value));
}

/**
 * Says that an alert is not firing. On a busy machine it may take a moment: looking ahead leaves the
 * last seconds before now, and the newest data may come later; a scrape may be too slow once.
 */
async function assertQuiet(
  system: PartialSystem,
  alert: ExpectedAlert,
  what: string,
): Promise<void> {
  await eventually(
    system.ask.metrics.hop,
    `${alert.uid} is false ${what}`,
    async () => {
      assert.deepEqual(await firing(system, alert), []);
    },
    { timeoutMs: LIMIT_MS / 2, intervalMs: 500 },
  );
}

interface Seen {
  readonly promql: string;
  readonly ahead?: number;
  readonly needs?: StoreTool;
}

/** Without these there would be nothing that a rule could see, and being quiet would say nothing. */
function seenWith(chartSet: ChartSet): readonly Seen[] {
  const loki = lokiComponents[chartSet].takes;
  return [
    { promql: "kubelet_volume_stats_available_bytes" },
    { promql: 'up{job="lgtm",store="tempo",component="ingester"} == 1' },
    {
      promql: `rate(loki_request_duration_seconds_count{job="lgtm",component="${loki}"}[5m]) > 0`,
      needs: "loki",
    },
    { promql: collectorGauges.queueSize },
    {
      promql: `rate(traces_spanmetrics_latency_bucket{service="${services.healthy}"}[5m]) > 0`,
      needs: "tempo",
    },
    // The subquery of the missing pods looks at whole minutes only.
    {
      promql: 'max_over_time(sum by (store, component) (up{job="lgtm",store="tempo"})[1h:1m]) > 0',
    },
    {
      promql: `sum by (service) (increase(traces_spanmetrics_calls_total{service="${services.stops}"}[1h] offset 10m)) > 60`,
      ahead: TEN_MINUTES_AHEAD,
      needs: "tempo",
    },
    {
      promql: `count_over_time(target_info{job="${services.stops}"}[1h] offset 10m) > 10`,
      ahead: TEN_MINUTES_AHEAD,
    },
    ...signals.map((signal) => ({
      promql: `increase(${collectorCounter("receiver_accepted", signal)}{receiver="otlp"}[1h] offset 10m) > 0`,
      ahead: TEN_MINUTES_AHEAD,
    })),
  ];
}

/**
 * What Grafana does itself is not run here, because there is no Grafana: it evaluates A, B and C in
 * place of `expr`, which says the same in one expression, keeps the states and `for`, and notifies its
 * contact points. tests/grafana checks what it is given.
 */
for (const chartSet of chartSets) {
  describe(`every alert rule, evaluated by the metrics store, with the ${chartSet} charts`, function () {
    this.timeout(2 * LIMIT_MS);
    evaluationOf(chartSet);
  });
}

function evaluationOf(chartSet: ChartSet): void {
  const stages = stagesOf(chartSet);
  const everyAlert = stages.flat().flatMap(({ alerts }) => alerts);
  let system: PartialSystem;
  let patient: Patient | undefined;

  const injured = (): Patient => {
    assert.ok(patient !== undefined, "the system is not there");
    return patient;
  };

  before(async function () {
    system = await startPartialSystem(this, {
      chartSet,
      alerting: true,
      queueBytes: QUEUE_BYTES,
      scrapeSeconds: 3,
    });
    patient = new Patient(system);
    const rules = alertRules.map(({ title, expr, severity, summary, description }) => ({
      alert: title,
      expr,
      for: HELD,
      labels: { severity },
      annotations: { summary, description },
    }));
    await system.ask.rules.put("all", rules, "3s");
  });
  after(async () => {
    await patient?.close();
    await (system as PartialSystem | undefined)?.stop();
  });

  /** Whether what the fault is done to is there. */
  const isPossible = ({ needs }: Fault): boolean =>
    needs === undefined || system[needs] !== undefined;

  it("has a fault that causes it", () => {
    const missing = alertRules.filter(({ uid }) => !everyAlert.some((alert) => alert.uid === uid));
    assert.deepEqual(
      missing.map(({ uid }) => uid),
      [],
    );
  });

  for (const { promql, ahead = 0, needs } of seenWith(chartSet)) {
    it(`has data on the healthy system: ${promql}`, async function () {
      if (needs !== undefined) await requireTools(this, [toolsOfSet[chartSet][needs]]);
      const { metrics } = system.ask;
      await eventually(
        metrics.hop,
        promql,
        async () => {
          const samples = await metrics.instant(promql, Date.now() + ahead * 1000);
          return samples.length > 0 ? undefined : notYet;
        },
        { timeoutMs: 1.5 * LIMIT_MS, intervalMs: 500 },
      );
    });
  }

  it("is false on the healthy system", async () => {
    for (const moment of momentsOf(everyAlert)) {
      const when = `${String(moment.ahead)} s ahead: ${ruleOf(moment.uid).expr}`;
      await assertQuiet(system, moment, when);
    }
  });

  it(`is taken by the ruler, for ${HELD} each, evaluated without an error, and inactive`, async () => {
    const states = await eventually(system.ask.rules.hop, "every rule is evaluated", async () => {
      const found = await system.ask.rules.states();
      const evaluated = found.every(({ health }) => health !== "unknown");
      return evaluated && found.length === alertRules.length ? found : notYet;
    });
    assert.deepEqual(
      states.filter(({ health, state }) => health !== "ok" || state !== "inactive"),
      [],
    );
  });

  for (const [index, faults] of stages.entries()) {
    describe(`stage ${String(index + 1)}`, () => {
      before(async () => {
        for (const { alerts } of faults) {
          for (const alert of alerts) {
            await assertQuiet(system, alert, "before its fault");
          }
        }
        for (const fault of faults.filter(isPossible)) await fault.inject(injured());
      });

      for (const { name, alerts, needs: neededByAll } of faults) {
        for (const alert of alerts) {
          const { uid, labels, ahead, needs = neededByAll, limitMs = LIMIT_MS } = alert;
          const when = ahead === undefined ? "" : `, evaluated ${String(ahead)} s ahead`;
          it(`${uid} ${Object.values(labels).join(" ")} is true: ${name}${when}`, async function () {
            this.timeout(limitMs + LIMIT_MS);
            if (needs !== undefined) await requireTools(this, [toolsOfSet[chartSet][needs]]);
            const { hop } = system.ask.metrics;
            const what = `${uid} is true after: ${name}\n${ruleOf(uid).expr}`;
            await eventually(
              hop,
              what,
              async () => ((await firing(system, alert)).length > 0 ? undefined : notYet),
              { timeoutMs: limitMs, intervalMs: 500 },
            );
          });
        }
      }

      if (index === 0) {
        it(`lgtm-volume-full arrives at the webhook, through ruler (for ${HELD}) and Alertmanager; Grafana's own evaluation and notification do not run here`, async () => {
          const { title, severity } = ruleOf("lgtm-volume-full");
          const { alerts } = system.alertRoute?.webhook ?? {};
          const received = await alerts?.waitFor(
            ({ labels }) => labels["alertname"] === title,
            LIMIT_MS,
          );
          assert.equal(received?.status, "firing");
          assert.equal(received.labels["severity"], severity);
          assert.equal(received.labels["persistentvolumeclaim"], fullVolume);
          assert.equal(received.annotations["summary"], `${fullVolume} is more than 85 % full`);
        });
      }
    });
  }
}
