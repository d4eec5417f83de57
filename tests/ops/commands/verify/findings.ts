/** Findings of a verification. */
import { diagnose, type Fault } from "../../../../ops/commands/verify/diagnosis/diagnose";
import type {
  CollectorEvidence,
  Findings,
  Resolution,
} from "../../../../ops/commands/verify/findings";
import type { StoreName } from "../../../../ops/commands/verify/signals";
import { surroundings } from "./surroundings";

/** A collector that has sent nothing yet. */
export const nothingSent = { sent: 0, failed: 0, waiting: 0 };
/** The same, for every store. */
export const idle = { loki: nothingSent, mimir: nothingSent, tempo: nothingSent };
const resolved: Resolution = { state: "resolved" };
/** A collector that complains of nothing, and has no metrics. */
export const silent: CollectorEvidence = {
  log: { readable: true, repeated: [], trouble: {} },
  before: undefined,
  after: undefined,
};
/** The store answers, and does not have it. */
export const missing = { state: "missing", seconds: 20, error: undefined } as const;

/** Everything is as it should be. */
export const healthy: Findings = {
  sent: { logs: { state: "taken" }, metrics: { state: "taken" }, traces: { state: "taken" } },
  answering: {
    loki: { state: "answers" },
    mimir: { state: "answers" },
    tempo: { state: "answers" },
  },
  arrived: {
    loki: { state: "arrived" },
    mimir: { state: "arrived" },
    tempo: { state: "arrived" },
  },
  links: {
    "trace-to-logs": resolved,
    "logs-to-trace": resolved,
    "exemplar-to-trace": resolved,
    "trace-to-metrics": resolved,
  },
  tutorial: { logs: resolved, metrics: resolved, traces: resolved },
  collector: silent,
};

/** What follows when this is different. */
export function faults(findings: Partial<Findings>, around = surroundings): readonly Fault[] {
  return diagnose({ ...healthy, ...findings }, around);
}

/** The same, by name. */
export function names(findings: Partial<Findings>): string[] {
  return faults(findings).map(({ fault }) => fault);
}

/** An exporter that says this of a store. */
export function trouble(store: StoreName, error: string, dropped = false): CollectorEvidence {
  const component = `otlp/${store}`;
  const said = { [store]: { component, error, count: 3, dropped } };
  return { ...silent, log: { readable: true, repeated: [], trouble: said } };
}
