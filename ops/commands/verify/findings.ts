/** What a run found. */
import type { ExportTrouble, Repeated } from "./evidence/collector-log";
import type { Delivery } from "./evidence/collector-metrics";
import type { Component, Signal, StoreName } from "./signals";
import type { Obstacle } from "./transport/http-endpoint";

/** The answer did not come. */
export interface NoAnswer {
  readonly state: "unreachable";
  readonly obstacle: Obstacle;
  readonly error: string;
}

/** It came, and is an error. */
export interface ErrorAnswer {
  readonly state: "error";
  readonly status: number;
  readonly error: string;
}

/** It was not tried, because of something else that failed. */
export interface NotTried {
  readonly state: "not-tried";
  readonly because: string;
}

export type Sent = { readonly state: "taken" } | NoAnswer | ErrorAnswer;

export type Answering = { readonly state: "answers" } | NoAnswer | ErrorAnswer;

export type Arrival =
  | { readonly state: "arrived" }
  | { readonly state: "missing"; readonly seconds: number; readonly error: string | undefined }
  | NotTried;

/** Links of Grafana's datasources, by what they lead from and to. */
export const linkNames = [
  "trace-to-logs",
  "logs-to-trace",
  "exemplar-to-trace",
  "trace-to-metrics",
] as const;
export type LinkName = (typeof linkNames)[number];

/** What became of a link, or of one of the tutorial's queries. */
export type Resolution =
  | { readonly state: "resolved"; readonly note?: string }
  /** It was asked, and there was nothing. */
  | { readonly state: "nothing"; readonly query: string; readonly note?: string }
  /** It cannot be asked: the template does not fit, or leads nowhere. */
  | { readonly state: "broken"; readonly error: string }
  /** The store did not answer. */
  | { readonly state: "unanswered"; readonly query: string; readonly error: string }
  | { readonly state: "absent"; readonly because: string }
  | NotTried;

/** What the collector tells of itself; a part that cannot be read says why. */
export interface CollectorEvidence {
  readonly log:
    | {
        readonly readable: true;
        readonly repeated: readonly Repeated[];
        readonly trouble: Readonly<Partial<Record<StoreName, ExportTrouble>>>;
      }
    | { readonly readable: false; readonly because: string };
  /** What it had delivered before the canary, and has now; undefined when it could not be asked. */
  readonly before: Readonly<Record<StoreName, Delivery>> | undefined;
  readonly after: Readonly<Record<StoreName, Delivery>> | undefined;
}

/** Everything that a run has seen; what follows from it is in diagnosis.ts. */
export interface Findings {
  readonly sent: Readonly<Record<Signal, Sent>>;
  readonly answering: Readonly<Record<StoreName, Answering>>;
  readonly arrived: Readonly<Record<StoreName, Arrival>>;
  readonly links: Readonly<Record<LinkName, Resolution>>;
  /** The tutorial's three queries; `absent` without the demo. */
  readonly tutorial: Readonly<Record<Signal, Resolution>>;
  readonly collector: CollectorEvidence;
}

/** Where each part is in the cluster, for the commands that are suggested. */
export type Whereabouts = Readonly<
  Record<Component, { readonly namespace: string; readonly service: string }>
>;
