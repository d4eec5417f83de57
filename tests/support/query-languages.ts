/** The official grammars of LogQL, PromQL and TraceQL: the ones by which Grafana's own editors read queries. */
import { parser as logql } from "@grafana/lezer-logql";
import { parser as traceql } from "@grafana/lezer-traceql";
import { parser as promql } from "@prometheus-io/lezer-promql";

/** By what Grafana calls the type of a datasource. */
const grammars = { loki: logql, prometheus: promql, tempo: traceql } as const;

/** A query language, by the type of the datasource that speaks it. */
export type Language = keyof typeof grammars;
export const languages = Object.keys(grammars) as readonly Language[];

// Strict: they would otherwise make the best of a query that is being typed.
const strict = Object.fromEntries(
  languages.map((language) => [language, grammars[language].configure({ strict: true })]),
) as Readonly<Record<Language, typeof promql>>;

/**
 * What is wrong with a query, its variables filled in already; undefined when nothing is.
 *
 * No construct of ours is valid and refused by its grammar. One that is belongs here, with its reason.
 */
export function faultOf(language: Language, query: string): string | undefined {
  let fault: string | undefined;
  try {
    strict[language].parse(query).iterate({
      enter: ({ name, node }) => {
        // The grammar takes both; Prometheus refuses the selector, and such a group is one of everything.
        if (name === "GroupingLabels" && node.firstChild === null) fault ??= "groups by nothing";
        if (name === "VectorSelector" && node.firstChild?.firstChild === null)
          if (node.getChild("Identifier") === null) fault ??= "selects everything";
      },
    });
  } catch (error) {
    const [, place] = /^No parse at (\d+)$/.exec((error as Error).message) ?? [];
    if (place === undefined) throw error;
    const at = Number(place);
    fault = `is no ${language} after ${query.slice(0, at)} <<< here >>> ${query.slice(at)}`;
  }
  return fault;
}

/** What only a query has: matchers in braces, a window, a function or an aggregation of PromQL. */
const signs = [
  /\{ ?[\w.]+ ?(?:=~|!~|!=|=) ?["`$]/,
  /\{\$?\{?__tags\}?[,}]/,
  /[\w})]\[(?:\d+[smhd]|\$__\w+|\$\{__\w+\})(?::\w*)?\]/,
  /\b(?:sum|count|min|max|avg) (?:by|without) ?\(/,
  /\b(?:rate|increase|timestamp|histogram_quantile|label_replace|predict_linear|\w+_over_time)\(\w/,
];

export function looksLikeQuery(text: string): boolean {
  return signs.some((sign) => sign.test(text));
}
