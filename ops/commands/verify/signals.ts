/** The signals, the stores, and which belongs to which. */

export const signals = ["logs", "metrics", "traces"] as const;
export type Signal = (typeof signals)[number];

export const stores = ["loki", "mimir", "tempo"] as const;
export type StoreName = (typeof stores)[number];

/** What is talked to: the collector, and the stores' query APIs. */
export type Component = "collector" | StoreName;

export const storeOf: Readonly<Record<Signal, StoreName>> = {
  logs: "loki",
  metrics: "mimir",
  traces: "tempo",
};

export const signalOf: Readonly<Record<StoreName, Signal>> = {
  loki: "logs",
  mimir: "metrics",
  tempo: "traces",
};

/** As people write them. */
export const titles: Readonly<Record<Component, string>> = {
  collector: "the collector",
  loki: "Loki",
  mimir: "Mimir",
  tempo: "Tempo",
};
