/** Tests of ops/commands/verify/diagnosis/diagnose.ts. */
import * as assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "../../../../../ops/commands/verify/diagnosis/diagnose";
import { undelivered } from "../../../../../ops/commands/verify/diagnosis/undelivered";
import type {
  CollectorEvidence,
  Findings,
  Resolution,
} from "../../../../../ops/commands/verify/findings";
import { faultText, verdict } from "../../../../../ops/commands/verify/output/report";
import { HopBoard } from "../../../../../ops/commands/verify/hops";
import { limitsWithin } from "../../../../../ops/commands/verify/system";
import { faults, healthy, idle, missing, names, nothingSent, silent, trouble } from "../findings";
import { surroundings } from "../surroundings";

describe("verify's diagnosis", () => {
  it("finds nothing wrong where nothing is", () => {
    assert.deepEqual(names({}), []);
    const absent: Resolution = { state: "absent", because: "the demo is off" };
    assert.deepEqual(names({ tutorial: { logs: absent, metrics: absent, traces: absent } }), []);
  });

  it("names a collector that cannot be reached once, not three times", () => {
    const away = { state: "unreachable", obstacle: "no-pod", error: "none ready" } as const;
    const waiting = { state: "not-tried", because: "the collector did not take it" } as const;
    const [fault, ...others] = faults({
      sent: { logs: away, metrics: away, traces: away },
      arrived: { loki: waiting, mimir: waiting, tempo: waiting },
    });
    assert.deepEqual(others, []);
    assert.deepEqual(fault, {
      fault: "collector-unreachable",
      hop: "logs-taken",
      title: "The collector takes a log line",
      error: "none ready",
      cause: "No pod of the collector is ready; doctor says why.",
      next: "npm run doctor -- --stack dev",
    });
  });

  it("adds that what was given up is lost", () => {
    const [fault] = faults({
      arrived: { ...healthy.arrived, loki: missing },
      collector: trouble("loki", "Permanent error: 400", true),
    });
    assert.match(fault?.cause ?? "", /What it could not deliver is lost\.$/);
  });

  it("adds that clocks are apart, which tells on everything that has a time", () => {
    const given = { arrived: { ...healthy.arrived, loki: missing } };
    const cause = (clockSkew: number): string =>
      faults(given, { ...surroundings, clockSkew })[0]?.cause ?? "";
    assert.match(cause(7200), /clock of this machine is 2 h ahead of the cluster's/);
    assert.match(cause(-90), /clock of this machine is 90 s behind the cluster's/);
    assert.doesNotMatch(cause(20), /clock/);
    assert.deepEqual(faults({}, { ...surroundings, clockSkew: 7200 }), []);
  });

  it("ignores an exporter's complaints when the canary arrives all the same", () => {
    assert.deepEqual(names({ collector: trouble("loki", "EOF") }), []);
  });

  it("takes the collector's metrics where its log says nothing", () => {
    const change = (after: Partial<typeof nothingSent>, before = {}): CollectorEvidence => ({
      ...silent,
      before: { ...idle, loki: { ...nothingSent, ...before } },
      after: { ...idle, loki: { ...nothingSent, ...after } },
    });
    const told = (evidence: CollectorEvidence): string | undefined =>
      undelivered("loki", evidence)?.error;
    assert.equal(told(silent), undefined);
    assert.equal(told(change({ sent: 4 }, { sent: 3 })), undefined);
    assert.match(told(change({ waiting: 334 })) ?? "", /nothing delivered either, and 334 wait/);
    assert.match(told(change({ failed: 2 })) ?? "", /has given up 2 items/);
    assert.match(told(change({ sent: 1 }, { sent: 9 })) ?? "", /was restarted meanwhile/);
    const arrived = { ...healthy.arrived, loki: missing };
    assert.deepEqual(names({ arrived, collector: change({ waiting: 1 }) }), ["collector-to-loki"]);
    assert.deepEqual(names({ arrived, collector: change({ sent: 1 }) }), ["loki-has-no-data"]);
  });

  it("says so when the collector cannot be asked at all", () => {
    const log = { readable: false, because: "forbidden" } as const;
    const [fault] = faults({
      arrived: { ...healthy.arrived, mimir: missing },
      collector: { log, before: undefined, after: undefined },
    });
    assert.equal(fault?.fault, "mimir-has-no-data");
    assert.match(fault.cause, /Neither the log nor the metrics of the collector can be read/);
  });

  it("names both ways to a store that is gone altogether, the way of the data first", () => {
    const gone = { state: "unreachable", obstacle: "no-pod", error: "none ready" } as const;
    const unknown = { state: "not-tried", because: "Tempo does not answer" } as const;
    assert.deepEqual(
      names({
        answering: { ...healthy.answering, tempo: gone },
        arrived: { ...healthy.arrived, tempo: unknown },
        collector: trouble("tempo", "connection refused"),
      }),
      ["collector-to-tempo", "tempo-query-path"],
    );
  });

  it("leaves out what only follows from another fault", () => {
    const empty: Resolution = { state: "nothing", query: "{}" };
    const repeated = [
      { level: "error", text: "EOF", component: "otlp/tempo", count: 9, last: 0, goesOn: true },
      {
        level: "warn",
        text: "grpc: failed",
        component: undefined,
        count: 9,
        last: 0,
        goesOn: true,
      },
    ];
    const said = { tempo: { component: "otlp/tempo", error: "EOF", count: 9, dropped: false } };
    assert.deepEqual(
      names({
        arrived: { ...healthy.arrived, tempo: missing },
        tutorial: { ...healthy.tutorial, traces: empty },
        collector: { ...silent, log: { readable: true, trouble: said, repeated } },
      }),
      ["collector-to-tempo"],
    );
  });

  it("names a link that is broken, empty or unanswered", () => {
    const link = (end: Resolution): readonly Fault[] =>
      faults({ links: { ...healthy.links, "trace-to-metrics": end } });
    const [broken] = link({ state: "broken", error: "datasource Tempo has no tracesToMetrics" });
    assert.equal(broken?.fault, "link-trace-to-metrics");
    assert.match(broken.next, /get configmap -n lgtm my-lgtm-grafana -o yaml/);
    const [empty] = link({ state: "nothing", query: "rate(a[5m])", note: "none at all" });
    assert.equal(empty?.error, "nothing found by rate(a[5m]) (none at all)");
    assert.match(empty.cause, /metrics generator/);
    const [unanswered] = link({ state: "unanswered", query: "a", error: "502 Bad Gateway" });
    assert.equal(unanswered?.fault, "mimir-query-path");
    assert.deepEqual(link({ state: "not-tried", because: "no trace" }), []);
  });

  it("tells a demo without traffic from one whose data is lost", () => {
    const tutorial = { ...healthy.tutorial, logs: { state: "nothing", query: "{}" } as const };
    const [lost] = faults({ tutorial });
    assert.equal(lost?.fault, "tutorial-logs");
    assert.match(lost.cause, /The canary's logs arrive, the demo's do not/);
    const [quiet] = faults({ tutorial }, { ...surroundings, demoHasTraffic: false });
    assert.match(quiet?.next ?? "", /config set demoTrafficRequestsPerMinute 30/);
  });

  it("names what the collector repeats, unless it has stopped", () => {
    const line = { level: "warn", text: "Failed to scrape", component: "prometheus", count: 4 };
    const log = (goesOn: boolean): Partial<Findings> => ({
      collector: {
        ...silent,
        log: { readable: true, trouble: {}, repeated: [{ ...line, last: 0, goesOn }] },
      },
    });
    const [fault] = faults(log(true));
    assert.equal(fault?.fault, "collector-log");
    assert.match(fault.error, /^4 times in the last minutes: Failed to scrape/);
    assert.match(fault.cause, /cannot read the metrics of one of its targets/);
    assert.deepEqual(names(log(false)), []);
    // A store that is down cannot be scraped either.
    const arrived = { ...healthy.arrived, loki: missing };
    assert.deepEqual(names({ ...log(true), arrived }), ["loki-has-no-data"]);
  });
});

describe("verify's report", () => {
  it("shows error, cause and the next command, and the first fault in the last line", () => {
    const all = faults({ arrived: { ...healthy.arrived, loki: missing } });
    assert.match(
      faultText(all),
      /✖ loki-has-no-data: Collector to Loki: .*\n {4}error: .*20 s\n {4}cause: .*\n {4}next: {2}kubectl /,
    );
    assert.equal(
      verdict([], all, { runId: "r1" }, 21.04),
      "1 fault, the first: loki-has-no-data; after 21.0 s, run r1.",
    );
  });

  it("names what was not tried beside what went well", () => {
    const hop = { title: "", seconds: undefined };
    const hops = [
      { ...hop, id: "logs-taken", status: "ok" },
      { ...hop, id: "collector-log", status: "skipped" },
    ] as const;
    const line = verdict(hops, [], { runId: "r1" }, 1);
    assert.equal(line, "All is well: 1 hop, 1 not tried (collector-log); after 1.0 s, run r1.");
  });

  it("names what is still waited for, and why that takes a while", async () => {
    const board = new HopBoard();
    const seen: string[] = [];
    board.onChange(() => seen.push(board.waitingFor));
    const slow = board.run(
      "tutorial-metrics",
      async () => sleep(30),
      () => ({ status: "ok" }),
    );
    await board.run(
      "logs-taken",
      async () => Promise.resolve(),
      () => ({ status: "ok" }),
    );
    await slow;
    assert.match(
      seen[1] ?? "",
      /^Tutorial: PromQL .* \(the demo sends its metrics once a minute\); and 1 more$/,
    );
    assert.equal(seen.at(-1), "");
  });

  it("comes to its end before the command's own limit", () => {
    for (const seconds of [10, 30, 90, 600]) {
      const { answerMs, arrivalMs, demoMs, generatedMs } = limitsWithin(seconds);
      assert.ok(
        (answerMs + arrivalMs + generatedMs) / 1000 <= 1.1 * (seconds - 5),
        String(seconds),
      );
      assert.ok((answerMs + demoMs) / 1000 <= seconds - 5, String(seconds));
    }
    assert.equal(limitsWithin(120).arrivalMs, 30_000);
    // The demo sends its metrics once a minute, the first ones a minute after its start.
    assert.ok(limitsWithin(120).demoMs > 75_000);
  });
});
