/** From what was found to what is wrong. */
import { type Findings, linkNames, type Resolution, type Whereabouts } from "../findings";
import type { LinkName } from "../findings";
import { type HopId, hopTitles } from "../hops";
import {
  type Signal,
  signalOf,
  signals,
  storeOf,
  type StoreName,
  stores,
  titles,
} from "../signals";
import { deliveryAdvice, emptyStoreAdvice, queryAdvice, refusalAdvice } from "./advice";
import { type Advice, type Commands, linkAdvice, logAdvice, tutorialAdvice } from "./advice";
import { clockText } from "./clock";
import { reachAdvice } from "./reach";
import { undelivered } from "./undelivered";

/** Where it fails. */
export type FaultName =
  | "collector-unreachable"
  | "collector-refuses"
  | `collector-to-${StoreName}`
  | `${StoreName}-has-no-data`
  | `${StoreName}-query-path`
  | `link-${LinkName}`
  | `tutorial-${Signal}`
  | "collector-log";

/** One thing that is wrong: where, the last error, the likely cause and what to do next. */
export interface Fault extends Advice {
  readonly fault: FaultName;
  readonly hop: HopId;
  readonly title: string;
  /** In the words of whoever said it. */
  readonly error: string;
}

export interface Surroundings {
  readonly where: Whereabouts;
  readonly commands: Commands;
  readonly demoHasTraffic: boolean;
  /** How many seconds the clock of this machine is ahead of the cluster's; behind when negative. */
  readonly clockSkew?: number | undefined;
}

/**
 * Names what is wrong, in the order of the way that data takes: the first is the one to look at
 * first. What only follows from another fault is left out.
 */
export function diagnose(findings: Findings, around: Surroundings): Fault[] {
  const wrong = clockText(around.clockSkew ?? 0);
  // What is sent has this machine's time, and what is asked for, too.
  return faultsOf(findings, around).map((fault) => ({
    ...fault,
    cause: [fault.cause, ...(wrong === undefined ? [] : [wrong])].join(" "),
  }));
}

function faultsOf(findings: Findings, around: Surroundings): Fault[] {
  const collector = collectorFaults(findings, around);
  // In a simulated cluster nothing else is to be had either.
  if (Object.values(findings.sent).some(isSimulated)) return collector.slice(0, 1);
  const ofStores = stores.flatMap((store) => storeFaults(store, findings, around));
  const sick = new Set<StoreName>(
    stores.filter((store) => ofStores.some(({ fault }) => fault.includes(store))),
  );
  for (const signal of signals)
    if (findings.sent[signal].state !== "taken") sick.add(storeOf[signal]);
  return [
    ...collector,
    ...ofStores,
    ...linkNames.flatMap((name) => linkFaults(name, findings, sick, around)),
    ...signals.flatMap((name) => tutorialFaults(name, findings, sick, around)),
    ...logFaults(findings, sick, around),
  ];
}

function isSimulated(sent: Findings["sent"][Signal]): boolean {
  return sent.state === "unreachable" && sent.obstacle === "simulated";
}

function collectorFaults({ sent }: Findings, { where, commands }: Surroundings): Fault[] {
  const faults = new Map<string, Fault>();
  for (const signal of signals) {
    const end = sent[signal];
    if (end.state === "taken") continue;
    const hop: HopId = `${signal}-taken`;
    // The same for all three signals is one fault.
    if (faults.has(end.error)) continue;
    const common = { hop, title: hopTitles[hop], error: end.error };
    faults.set(
      end.error,
      end.state === "unreachable"
        ? {
            ...common,
            fault: "collector-unreachable",
            ...reachAdvice("collector", end, where, commands),
          }
        : {
            ...common,
            fault: "collector-refuses",
            ...refusalAdvice(signal, end, where, commands),
          },
    );
  }
  return [...faults.values()];
}

function storeFaults(store: StoreName, findings: Findings, around: Surroundings): Fault[] {
  const { where, commands } = around;
  const { answering, arrived, collector } = findings;
  const answer = answering[store];
  const arrival = arrived[store];
  const faults: Fault[] = [];
  const trouble = undelivered(store, collector);
  const arrivedHop: HopId = `${signalOf[store]}-arrived`;
  const common = { hop: arrivedHop, title: hopTitles[arrivedHop] };

  const unknown = arrival.state === "not-tried" && findings.sent[signalOf[store]].state === "taken";
  if (trouble !== undefined && (arrival.state === "missing" || unknown)) {
    const advice = deliveryAdvice(store, trouble, where, commands);
    faults.push({ ...common, fault: `collector-to-${store}`, error: trouble.error, ...advice });
  }
  if (answer.state !== "answers") {
    const hop: HopId = `${store}-answers`;
    const advice =
      answer.state === "unreachable"
        ? reachAdvice(store, answer, where, commands)
        : queryAdvice(store, answer, where, commands);
    const title = hopTitles[hop];
    faults.push({ hop, title, fault: `${store}-query-path`, error: answer.error, ...advice });
  } else if (arrival.state === "missing" && trouble === undefined) {
    const isKnown = collector.log.readable || collector.after !== undefined;
    faults.push(missing(store, arrival, isKnown, around, common));
  }
  return faults;
}

/**
 * Nothing speaks against the delivery.
 *
 * @param isKnown whether the collector said anything of itself
 */
function missing(
  store: StoreName,
  { error, seconds }: { readonly error: string | undefined; readonly seconds: number },
  isKnown: boolean,
  { where, commands }: Surroundings,
  common: Pick<Fault, "hop" | "title">,
): Fault {
  if (error !== undefined) {
    const advice = queryAdvice(store, { error }, where, commands);
    return { ...common, fault: `${store}-query-path`, error, ...advice };
  }
  return {
    ...common,
    fault: `${store}-has-no-data`,
    error: `${titles[store]} answers, and has not found it within ${String(seconds)} s`,
    ...emptyStoreAdvice(store, isKnown, where, commands),
  };
}

const asked: Readonly<Record<LinkName, StoreName>> = {
  "trace-to-logs": "loki",
  "logs-to-trace": "tempo",
  "exemplar-to-trace": "mimir",
  "trace-to-metrics": "mimir",
};

function linkFaults(
  name: LinkName,
  { links }: Findings,
  sick: ReadonlySet<StoreName>,
  { where, commands }: Surroundings,
): Fault[] {
  const end = links[name];
  const error = errorOf(end);
  if (error === undefined) return [];
  const store = asked[name];
  const common = { hop: name, title: hopTitles[name], error };
  if (end.state !== "unanswered") {
    const advice = linkAdvice(name, end.state === "broken", where, commands);
    return [{ ...common, fault: `link-${name}`, ...advice }];
  }
  if (sick.has(store)) return [];
  const advice = queryAdvice(store, { error }, where, commands);
  return [{ ...common, fault: `${store}-query-path`, ...advice }];
}

function tutorialFaults(
  name: Signal,
  { tutorial }: Findings,
  sick: ReadonlySet<StoreName>,
  { where, commands, demoHasTraffic }: Surroundings,
): Fault[] {
  const end = tutorial[name];
  const error = errorOf(end);
  const store = storeOf[name];
  if (error === undefined || sick.has(store)) return [];
  const hop: HopId = `tutorial-${name}`;
  const common = { hop, title: hopTitles[hop], error };
  if (end.state === "unanswered") {
    const advice = queryAdvice(store, { error }, where, commands);
    return [{ ...common, fault: `${store}-query-path`, ...advice }];
  }
  return [{ ...common, fault: hop, ...tutorialAdvice(name, demoHasTraffic, commands) }];
}

/** Undefined when there is nothing wrong. */
function errorOf(end: Resolution): string | undefined {
  switch (end.state) {
    case "nothing":
      return `nothing found by ${end.query}${end.note === undefined ? "" : ` (${end.note})`}`;
    case "broken":
    case "unanswered":
      return end.error;
    case "resolved":
    case "absent":
    case "not-tried":
      return undefined;
  }
}

function logFaults(
  { collector: { log } }: Findings,
  sick: ReadonlySet<StoreName>,
  { where, commands }: Surroundings,
): Fault[] {
  if (!log.readable) return [];
  // An exporter that complains of a store which has a fault already tells nothing new.
  const known = new Set([...sick].map((store) => log.trouble[store]?.component));
  const follows = (text: string): boolean =>
    (sick.has("tempo") && text.includes("grpc:")) ||
    // The stores are what it scrapes.
    (sick.size > 0 && text.startsWith("Failed to scrape"));
  const going = log.repeated.filter(
    ({ goesOn, component, text }) => goesOn && !known.has(component) && !follows(text),
  );
  const [first] = going;
  if (first === undefined) return [];
  const error = `${String(first.count)} times in the last minutes: ${first.text}`;
  const hop = "collector-log";
  const advice = logAdvice(first, where, commands);
  return [{ hop, title: hopTitles[hop], fault: "collector-log", error, ...advice }];
}
