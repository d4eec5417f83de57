/** Likely causes of faults, and what to do. */
import { lgtmServices } from "../../../../config/services";
import type { Repeated } from "../evidence/collector-log";
import type { ErrorAnswer, LinkName, Whereabouts } from "../findings";
import { type Signal, storeOf, type StoreName, titles } from "../signals";
import { firstCause, deliveryCauses, queryCauses, refusalCauses } from "./causes";
import type { Undelivered } from "./undelivered";

/** The likely cause of a fault, and the command to run next. */
export interface Advice {
  readonly cause: string;
  readonly next: string;
}

/** Commands as the user types them for this stack and its cluster. */
export interface Commands {
  readonly kubectl: (command: string) => string;
  readonly npm: (script: string) => string;
  readonly pulumi: (command: string) => string;
}

function podsOf(store: StoreName): string {
  return `app.kubernetes.io/name=${store}`;
}

/** Who else may do the work of a component: Loki as one process, and the nginx of Mimir's newer charts. */
function insteadOf(store: StoreName, part: string): string | undefined {
  if (store === "loki") return "single-binary";
  return part === "nginx" ? "gateway" : undefined;
}

function logsOf(store: StoreName, where: Whereabouts, { kubectl }: Commands, part: string): string {
  const other = insteadOf(store, part);
  const selector =
    other === undefined
      ? `${podsOf(store)},app.kubernetes.io/component=${part}`
      : `"${podsOf(store)},app.kubernetes.io/component in (${part}, ${other})"`;
  return kubectl(`logs -n ${where[store].namespace} -l ${selector} --tail=50`);
}

function collectorLog(where: Whereabouts, { kubectl }: Commands): string {
  const { namespace } = where.collector;
  const selector = "app.kubernetes.io/name=opentelemetry-collector";
  return kubectl(`logs -n ${namespace} -l ${selector} --tail=50`);
}

/** Why the collector does not take a signal. */
export function refusalAdvice(
  signal: Signal,
  { error }: ErrorAnswer,
  where: Whereabouts,
  commands: Commands,
): Advice {
  const found = firstCause(refusalCauses, error);
  const names = { signal, store: titles[storeOf[signal]] };
  return {
    cause: found?.(names) ?? "Its log says why.",
    next: collectorLog(where, commands),
  };
}

/** Why a store does not get what the collector has. */
export function deliveryAdvice(
  store: StoreName,
  { error, dropped }: Undelivered,
  where: Whereabouts,
  commands: Commands,
): Advice {
  const name = titles[store];
  const cause = firstCause(deliveryCauses, error)?.({ signal: "", store: name });
  const lost = dropped ? " What it could not deliver is lost." : "";
  const away = /refused|no such host|reset|EOF|Unavailable|50[0-9]/.test(error);
  return {
    cause: `${cause ?? `${name} does not take it; its distributor's log says why.`}${lost}`,
    next: away
      ? commands.kubectl(`get pods,endpoints -n ${where[store].namespace} -l ${podsOf(store)}`)
      : logsOf(store, where, commands, store === "mimir" ? "nginx" : "distributor"),
  };
}

/** Why a store's query API does not answer as it should. */
export function queryAdvice(
  store: StoreName,
  { error }: { readonly error: string },
  where: Whereabouts,
  commands: Commands,
): Advice {
  const name = titles[store];
  const cause = firstCause(queryCauses, error)?.({ signal: "", store: name });
  return {
    cause: cause ?? `Something between ${where[store].service} and ${name}'s queriers fails.`,
    next: logsOf(store, where, commands, store === "mimir" ? "query-frontend" : "querier"),
  };
}

const emptyCauses: Readonly<Record<StoreName, string>> = {
  loki: "It is written under another tenant than it is asked for, or the queriers do not see the ingesters.",
  mimir:
    "It is written under another tenant than it is asked for (X-Scope-OrgID; the chart's nginx fills in anonymous where there is none), or the queriers do not see the ingesters.",
  tempo:
    "It is written under another tenant than it is asked for, or the queriers do not see the ingesters.",
};

/**
 * Why a store that answers, and is delivered to, has nothing.
 *
 * @param isKnown whether the collector said anything of itself
 */
export function emptyStoreAdvice(
  store: StoreName,
  isKnown: boolean,
  where: Whereabouts,
  commands: Commands,
): Advice {
  if (!isKnown) {
    return {
      cause: `Neither the log nor the metrics of the collector can be read: either it does not deliver to ${titles[store]}, or what it delivers is not found.`,
      next: collectorLog(where, commands),
    };
  }
  return {
    cause: `The collector complains of nothing. ${emptyCauses[store]}`,
    next: logsOf(store, where, commands, "ingester"),
  };
}

const nothingBehind: Readonly<Record<LinkName, string>> = {
  "trace-to-logs":
    "The query of Tempo's datasource asks for labels that the collector's log lines do not have.",
  "logs-to-trace": "The link leads to a trace that Tempo does not have.",
  "exemplar-to-trace":
    "Mimir keeps no exemplars: its limit max_global_exemplars_per_user is 0, or the exporter leaves them out.",
  "trace-to-metrics":
    "Tempo's metrics generator is off or cannot write to Mimir, or the queries of Tempo's datasource ask for labels that its metrics do not have.",
};

/** Why a link leads nowhere. */
export function linkAdvice(
  name: LinkName,
  broken: boolean,
  where: Whereabouts,
  commands: Commands,
): Advice {
  const { namespace, service } = where.loki;
  const map = `${service.slice(0, -lgtmServices.lokiGateway.length)}${lgtmServices.grafana}`;
  if (!broken && name === "trace-to-metrics") {
    return {
      cause: nothingBehind[name],
      next: logsOf("tempo", where, commands, "metrics-generator"),
    };
  }
  return {
    cause: broken
      ? "The datasource as Grafana has it does not fit; somebody has edited it, or it is of another version of the program."
      : nothingBehind[name],
    next: commands.kubectl(`get configmap -n ${namespace} ${map} -o yaml`),
  };
}

export function tutorialAdvice(
  signal: Signal,
  hasTraffic: boolean,
  { npm, pulumi }: Commands,
): Advice {
  if (!hasTraffic) {
    return {
      cause: "Nobody uses the demo: it has no traffic generator.",
      next: pulumi("config set demoTrafficRequestsPerMinute 30"),
    };
  }
  return {
    cause: `The canary's ${signal} arrive, the demo's do not: its pod or the traffic generator does not run, or its image sends elsewhere.`,
    next: npm("doctor"),
  };
}

export function logAdvice(
  { component, text }: Repeated,
  where: Whereabouts,
  commands: Commands,
): Advice {
  const who = component === undefined ? "The collector" : `Its ${component}`;
  const scrape = /scrape/i.test(text);
  return {
    cause: scrape
      ? `${who} cannot read the metrics of one of its targets; which, its log says.`
      : `${who} says it again and again.`,
    next: collectorLog(where, commands),
  };
}
