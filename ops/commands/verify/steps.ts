/** The steps of a run. */
import type { Canary } from "./canary";
import type { Answering, Arrival, LinkName, NoAnswer, Resolution, Sent } from "./findings";
import { type HopBoard, type HopEnd } from "./hops";
import { LinkContext, type Stored } from "./links/context";
import { followLink, startsFrom } from "./links/follow";
import { poll } from "./poll";
import { send } from "./send";
import { type Component, type Signal, signalOf, storeOf, type StoreName, titles } from "./signals";
import { canaryLine, canarySample, canaryTrace, QueryError, searchTraces } from "./stores";
import type { Limits, System } from "./system";
import { Unreachable, type HttpEndpoint } from "./transport/http-endpoint";
import { runTutorialQuery } from "./tutorial";

export interface Run {
  readonly system: System;
  readonly board: HopBoard;
  readonly limits: Limits;
  readonly canary: Canary;
  /** Ends everything, with its reason. */
  readonly signal: AbortSignal;
}

export interface Looked {
  readonly arrival: Arrival;
  /** What the store has of it. */
  readonly stored?: Stored[keyof Stored] | undefined;
}

export async function sendSignal(run: Run, name: Signal): Promise<Sent> {
  const { system, board, limits, canary, signal } = run;
  return board.run(
    `${name}-taken`,
    async (): Promise<Sent> => {
      const endpoint = await reach(system, "collector");
      if ("state" in endpoint) return endpoint;
      return send(endpoint, name, canary.messages[name], limits.answerMs, signal);
    },
    (sent) => (sent.state === "taken" ? { status: "ok" } : failed(sent.error)),
  );
}

/** Asks a store for the canary, whether it is there or not: what counts is that there is an answer. */
export async function askStore(run: Run, store: StoreName): Promise<Answering> {
  const { system, board, limits, canary, signal } = run;
  const questions: Readonly<Record<StoreName, (endpoint: HttpEndpoint) => Promise<unknown>>> = {
    loki: async (endpoint) => canaryLine(endpoint, canary),
    mimir: async (endpoint) => canarySample(endpoint, canary),
    // A trace by its id that is not there is a 404, as a path would be that is not there.
    tempo: async (endpoint) =>
      searchTraces(endpoint, "{}", { from: canary.time - 60_000, to: canary.time }, 1),
  };
  return board.run(
    `${store}-answers`,
    async (): Promise<Answering> => {
      const endpoint = await reach(system, store);
      if ("state" in endpoint) return endpoint;
      const answered = async (): Promise<true> => {
        await questions[store](endpoint);
        return true;
      };
      const { error } = await poll(answered, limits.answerMs, signal);
      return error === undefined ? { state: "answers" } : answerOf(error);
    },
    (answer) => (answer.state === "answers" ? { status: "ok" } : failed(answer.error)),
  );
}

export async function lookFor(
  run: Run,
  store: StoreName,
  sent: Sent,
  answering: Answering,
): Promise<Looked> {
  const { system, board, limits, canary, signal } = run;
  const find: Readonly<Record<StoreName, (endpoint: HttpEndpoint) => Promise<Looked["stored"]>>> = {
    loki: async (endpoint) => canaryLine(endpoint, canary),
    mimir: async (endpoint) => (await canarySample(endpoint, canary))?.labels,
    tempo: async (endpoint) => canaryTrace(endpoint, canary),
  };
  return board.run(
    `${signalOf[store]}-arrived`,
    async (): Promise<Looked> => {
      if (sent.state !== "taken") return notTried("the collector did not take it");
      if (answering.state !== "answers") return notTried(`${titles[store]} does not answer`);
      const endpoint = await system.to(store);
      const { found, error } = await poll(
        async () => find[store](endpoint),
        limits.arrivalMs,
        signal,
      );
      if (found !== undefined) return { arrival: { state: "arrived" }, stored: found };
      const seconds = Math.round(limits.arrivalMs / 1000);
      return { arrival: { state: "missing", seconds, error: error?.message } };
    },
    ({ arrival }): HopEnd => {
      if (arrival.state === "arrived") return { status: "ok" };
      if (arrival.state === "not-tried") return { status: "skipped", note: arrival.because };
      return failed(arrival.error ?? `not there after ${String(arrival.seconds)} s`);
    },
  );
}

function notTried(because: string): Looked {
  return { arrival: { state: "not-tried", because } };
}

/** Follows one of Grafana's links, from what was found of the canary. */
export async function follow(
  run: Run,
  name: LinkName,
  stored: Readonly<Partial<Record<keyof Stored, unknown>>>,
): Promise<Resolution> {
  const { system, board, limits, canary, signal } = run;
  return board.run(
    name,
    async (): Promise<Resolution> => {
      if (system.profile === "tutorial")
        return { state: "absent", because: "not provided by this profile" };
      const { datasources } = system;
      if (typeof datasources === "string") return { state: "not-tried", because: datasources };
      const lacking = startsFrom[name].filter((part) => stored[part] === undefined);
      if (lacking.length > 0) {
        const because = `no ${lacking.join(", no ")} to follow it from`;
        return { state: "not-tried", because };
      }
      const context = new LinkContext(system, datasources, canary, signal);
      const limit = name === "trace-to-metrics" ? limits.generatedMs : limits.linkMs;
      return followLink(name, context, stored as Stored, limit);
    },
    endOf,
  );
}

export async function tutorialQuery(
  run: Run,
  name: Signal,
  answering: Answering,
): Promise<Resolution> {
  const { system, board, limits, signal } = run;
  return board.run(
    `tutorial-${name}`,
    async (): Promise<Resolution> => {
      if (system.demo === undefined) return { state: "absent", because: "the demo is off" };
      const store = storeOf[name];
      if (answering.state !== "answers")
        return { state: "not-tried", because: `${titles[store]} does not answer` };
      return runTutorialQuery(name, await system.to(store), limits.demoMs, signal);
    },
    endOf,
  );
}

async function reach(system: System, component: Component): Promise<HttpEndpoint | NoAnswer> {
  try {
    return await system.to(component);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    return { state: "unreachable", obstacle: error.obstacle, error: error.message };
  }
}

function answerOf(error: QueryError | Unreachable): Exclude<Answering, { state: "answers" }> {
  return error instanceof QueryError
    ? { state: "error", status: error.status, error: error.message }
    : { state: "unreachable", obstacle: error.obstacle, error: error.message };
}

function endOf(end: Resolution): HopEnd {
  switch (end.state) {
    case "resolved":
      return { status: "ok", note: end.note };
    case "absent":
      return { status: "absent", note: end.because };
    case "not-tried":
      return { status: "skipped", note: end.because };
    case "nothing":
      return failed(`found nothing${end.note === undefined ? "" : `: ${end.note}`}`);
    case "broken":
    case "unanswered":
      return failed(end.error);
  }
}

function failed(note: string): HopEnd {
  return { status: "failed", note };
}
