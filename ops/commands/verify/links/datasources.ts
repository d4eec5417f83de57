/** Reads Grafana's datasources. */
import { parse } from "yaml";

/** The parts of a datasource that links are made of, as Grafana sees them after provisioning. */
export interface Datasource {
  readonly name?: string;
  readonly uid?: string;
  readonly type?: string;
  readonly url?: string;
  readonly jsonData?: {
    /** Prometheus: shortest time between two samples, such as `60s`. */
    readonly timeInterval?: string;
    readonly exemplarTraceIdDestinations?: readonly ExemplarDestination[];
    readonly derivedFields?: readonly DerivedField[];
    readonly tracesToLogsV2?: TraceToLogs;
    readonly tracesToMetrics?: TraceToMetrics;
  };
}

/** A label of exemplars that names a trace. */
export interface ExemplarDestination {
  readonly name?: string;
  readonly datasourceUid?: string;
}

/** A part of a log line, or a label, that becomes a link. */
export interface DerivedField {
  readonly name?: string;
  readonly matcherRegex?: string;
  readonly matcherType?: string;
  readonly url?: string;
  readonly datasourceUid?: string;
}

/** An attribute of a span that goes into a query under another name. */
export interface Tag {
  readonly key: string;
  readonly value?: string;
}

interface FromSpan {
  readonly datasourceUid?: string;
  readonly tags?: readonly Tag[];
  readonly spanStartTimeShift?: string;
  readonly spanEndTimeShift?: string;
}

export interface TraceToLogs extends FromSpan {
  readonly filterByTraceID?: boolean;
  readonly filterBySpanID?: boolean;
  readonly customQuery?: boolean;
  readonly query?: string;
}

export interface TraceToMetrics extends FromSpan {
  readonly queries?: readonly { readonly name?: string; readonly query?: string }[];
}

/**
 * Reads a file of Grafana's datasource provisioning.
 *
 * @throws Error when it is no YAML
 */
export function parseDatasources(text: string): Datasource[] {
  const file = expanded(parse(text)) as { datasources?: Datasource[] } | null;
  return file?.datasources ?? [];
}

/**
 * What Grafana makes of the strings in it: `$$` is a dollar sign, and `$NAME` and `${NAME}` are
 * environment variables. Of those it has none here, as in the program's own Grafana: they are empty.
 */
function expanded(value: unknown): unknown {
  if (typeof value === "string") {
    return value
      .split("$$")
      .map((part) => part.replaceAll(/\$\{[^}]*\}|\$\w+/g, ""))
      .join("$");
  }
  if (Array.isArray(value)) return value.map(expanded);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expanded(item)]));
}
