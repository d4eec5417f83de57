/** What Grafana would not take of dashboards and alert rules of one's own, or only with a word in its log. */
import { parse } from "yaml";
import { z } from "zod";
import { isRecord } from "../../lib/kubernetes/objects";
import { nearest } from "../../lib/nearest";
import {
  CONFIG_MAP_BYTES,
  type FileProblem,
  ownFolder,
  type OwnGrafanaFiles,
} from "../grafana-folder";

/** Bytes of all rule files, which share a ConfigMap with this program's own. */
export const RULE_BYTES = 500_000;

/** By what dashboards and alert rules of this program begin. */
const ownPrefix = "lgtm-";

/** Uids of this program's datasources; grafana/sources.ts has them with their types. */
export const datasourceUids = ["loki", "prom", "tempo"] as const;

/** What Grafana itself answers, and no datasource has to be made for. */
const builtIn = ["grafana", "__expr__", "-- Grafana --", "-- Mixed --", "-- Dashboard --", "-100"];

/** Older dashboards name a datasource, instead of its uid. */
const datasourceNames = ["Loki", "Mimir", "Tempo", "default"];

const uidForm = /^[A-Za-z0-9_-]{1,40}$/;

/** Uids of datasources that Helm values of one's own give Grafana. */
export function datasourcesOfValues(grafanaValues: unknown): string[] {
  const file = z.object({ datasources: z.array(z.object({ uid: z.string().optional() })) });
  const values = z.object({ datasources: z.record(z.string(), z.unknown()) });
  const parsed = values.safeParse(grafanaValues);
  return Object.values(parsed.data?.datasources ?? {}).flatMap((one) =>
    (file.safeParse(one).data?.datasources ?? []).flatMap(({ uid }) => uid ?? []),
  );
}

/** What is said of each thing that is wrong, in one file. */
type Say = (reason: string, fix: string) => void;

/** Texts that only one may have, with the file that has them. */
class Taken {
  constructor(
    private readonly file: string,
    private readonly owners: Map<string, string>,
  ) {}

  /** The file that has it already; where there is none, it is this one from now on. */
  take(text: string): string | undefined {
    const owner = this.owners.get(text);
    if (owner === undefined) this.owners.set(text, this.file);
    return owner;
  }
}

function refuseUid(uid: unknown, what: string, taken: Taken, say: Say): void {
  if (typeof uid !== "string" || !uidForm.test(uid)) {
    const has = uid === undefined || uid === null || uid === "" ? "none" : JSON.stringify(uid);
    say(
      `${what} must have a uid of 1 to 40 letters, digits, - and _, and has ${has}`,
      "give it one that stays: by it links lead to it, and Grafana knows it again",
    );
    return;
  }
  if (uid.startsWith(ownPrefix))
    say(
      `${what} has the uid ${uid}; those that begin with ${ownPrefix} are this program's`,
      `give it another uid, such as team-${uid.slice(ownPrefix.length)}`,
    );
  const owner = taken.take(uid);
  if (owner !== undefined)
    say(
      `${what} has the uid ${uid}, as another one in ${owner}`,
      "give one of them another uid: of two, Grafana would take neither or the last",
    );
}

function refuseDatasource(uid: string, known: readonly string[], say: Say, where: string): void {
  if ([...known, ...builtIn].includes(uid)) return;
  const meant = nearest(uid, known);
  say(
    `${where} asks the datasource ${uid}, which this stack has not${meant === undefined ? "" : `; did you mean ${meant}?`}`,
    `take one of ${known.join(", ")}, or add yours with its uid below datasources of Grafana's lgtm:helmValues`,
  );
}

/** Every datasource that a dashboard names, wherever it stands. */
function datasourcesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(datasourcesIn);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value as Readonly<Record<string, unknown>>).flatMap(([key, item]) => {
    if (key !== "datasource") return datasourcesIn(item);
    if (typeof item === "string") return datasourceNames.includes(item) ? [] : [item];
    const uid = (item as { readonly uid?: unknown } | null)?.uid;
    return typeof uid === "string" ? [uid] : [];
  });
}

function firstLine(error: unknown): string {
  return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
}

function read(text: string, how: (text: string) => unknown, form: string, say: Say): unknown {
  try {
    return how(text);
  } catch (error) {
    say(`is no ${form}: ${firstLine(error)}`, "export it from Grafana again, or correct it there");
    return undefined;
  }
}

function refuseDashboard(
  text: string,
  { uids, titles }: Readonly<Record<"uids" | "titles", Taken>>,
  known: readonly string[],
  say: Say,
): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > CONFIG_MAP_BYTES)
    say(
      `has ${String(bytes)} bytes; a ConfigMap holds 1 MiB, so that a dashboard may have ${String(CONFIG_MAP_BYTES)}`,
      "divide it into two dashboards, or take its indentation out with jq -c .",
    );
  const value = read(text, JSON.parse, "JSON", say);
  if (value === undefined) return;
  if (!isRecord(value) || "dashboard" in value || "spec" in value) {
    say(
      "is no dashboard in the form in which Grafana provisions files, with uid, title and panels at the top",
      "in Grafana: Export, Export as code, the classic form; of an answer of its API, the object below dashboard",
    );
    return;
  }
  if ("__inputs" in value) {
    say(
      "is exported for sharing: it has __inputs, which are asked for at an import only",
      "export it without sharing it externally, so that it names datasources by their uid",
    );
    return;
  }
  refuseUid(value["uid"], "the dashboard", uids, say);
  const { title } = value;
  if (typeof title !== "string" || title.trim() === "")
    say("has no title", "give it a title that no other dashboard of the folder has");
  else {
    const owner = titles.take(title);
    if (owner !== undefined)
      say(`has the title ${title}, as ${owner}`, "give one of them another title");
  }
  for (const uid of new Set(datasourcesIn(value)))
    // A variable, whose value people choose.
    if (!uid.startsWith("$") && uid !== "") refuseDatasource(uid, known, say, "it");
}

const duration = /^(\d+(ms|[smhdwy]))+$/;
const text = (what: string) => z.string(`must have ${what}`).min(1, `must have ${what}`);

const query = z.object({
  refId: text("a refId for each query"),
  datasourceUid: text("a datasourceUid for each query"),
  model: z.record(z.string(), z.unknown(), "must have a model for each query"),
});

const rule = z.object({
  uid: z.unknown().optional(),
  title: text("a title"),
  condition: text("a condition, which is the refId that decides"),
  data: z.array(query, "must have its queries as data").min(1, "must have its queries as data"),
  for: z
    .string()
    .regex(duration, "must have a duration such as 5m as for")
    .or(z.literal(0))
    .optional(),
});

const group = z.object({
  name: text("a name"),
  folder: text("a folder"),
  interval: z
    .string("must have a duration such as 1m as interval")
    .regex(duration, "must have a duration such as 1m as interval"),
  rules: z.array(z.unknown(), "must have a list of rules").min(1, "must have a list of rules"),
});

/** What such a file may have beside rules. */
const ruleFileKeys = ["apiVersion", "groups", "deleteRules", "templates", "muteTimes"];

/** Grafana's format, as its pages have it and as it exports rules. */
const asExported = "write it as Grafana exports alert rules for file provisioning, in YAML";

function refuseQueries(
  { title, data, condition }: z.output<typeof rule>,
  known: readonly string[],
  say: Say,
): void {
  const where = `the rule ${title}`;
  const refIds = data.map(({ refId }) => refId);
  if (!refIds.includes(condition))
    say(
      `${where} has the condition ${condition}, and no query of that refId`,
      `take one of ${refIds.join(", ")}`,
    );
  for (const { refId, datasourceUid, model } of data) {
    if (datasourceUid === "__expr__" || datasourceUid === "-100") {
      if (typeof model.type !== "string")
        say(`${where} has no type in its expression ${refId}`, asExported);
      continue;
    }
    refuseDatasource(datasourceUid, known, say, `${where} in ${refId}`);
    const words = [model.expr, model.query];
    // Of datasources of one's own nobody knows how a query looks.
    const ours = datasourceUids.some((uid) => uid === datasourceUid);
    if (ours && !words.some((one) => typeof one === "string" && one.trim() !== ""))
      say(
        `${where} has no query in ${refId}`,
        "give its model the query as expr (Loki, Mimir) or query (Tempo)",
      );
  }
}

function refuseRules(
  content: string,
  { uids, titles, groups: groupNames }: Readonly<Record<"uids" | "titles" | "groups", Taken>>,
  known: readonly string[],
  say: Say,
): void {
  const value = read(content, (given) => parse(given) as unknown, "YAML", say);
  if (value === undefined) return;
  const groups: unknown = isRecord(value) ? value["groups"] : undefined;
  if (!isRecord(value) || value["apiVersion"] !== 1 || !Array.isArray(groups)) {
    say("must have apiVersion: 1 and a list of groups", asExported);
    return;
  }
  for (const key of Object.keys(value).filter((one) => !ruleFileKeys.includes(one)))
    say(
      `has ${key}, which a file of alert rules may not have`,
      /contactPoints|olicies/i.test(key)
        ? "take it out: who is told is lgtm:alertContactPoint"
        : `take it out; there may be ${ruleFileKeys.join(", ")}`,
    );
  for (const [index, one] of groups.entries()) {
    const parsed = group.safeParse(one);
    if (!parsed.success) {
      say(`group ${String(index + 1)} ${parsed.error.issues[0]?.message ?? ""}`, asExported);
      continue;
    }
    const { name, folder, rules } = parsed.data;
    if (folder === ownFolder)
      say(
        `the group ${name} is in the folder ${ownFolder}, which is this program's`,
        "give it a folder of its own, such as the team's name",
      );
    const owner = groupNames.take(`${folder}/${name}`);
    if (owner !== undefined)
      say(
        `the group ${name} of the folder ${folder} is in ${owner} already`,
        "put its rules together: of two groups of a name, the later one replaces the other",
      );
    for (const [at, given] of rules.entries()) {
      const checked = rule.safeParse(given);
      if (!checked.success) {
        const reason = checked.error.issues[0]?.message ?? "";
        say(`rule ${String(at + 1)} of the group ${name} ${reason}`, asExported);
        continue;
      }
      const { title, uid } = checked.data;
      refuseUid(uid, `the rule ${title}`, uids, say);
      const other = titles.take(`${folder}/${title}`);
      if (other !== undefined)
        say(
          `the rule ${title} of the folder ${folder} is in ${other} already`,
          "give one of them another title: Grafana takes one of each in a folder",
        );
      refuseQueries(checked.data, known, say);
    }
  }
}

/**
 * Everything in files of one's own that Grafana would not take, or only with a word in its log.
 *
 * @param more uids of datasources that the stack has beside its own
 */
export function grafanaFileProblems(
  { title, dashboards, rules }: OwnGrafanaFiles,
  more: readonly string[],
): FileProblem[] {
  const problems: FileProblem[] = [];
  const known = [...datasourceUids, ...more];
  const sayOf =
    (file: string): Say =>
    (reason, fix) => {
      problems.push({ file, reason, fix });
    };
  if (!/^[^{}$\n]{1,100}$/.test(title))
    sayOf("title")(
      "must be 1 to 100 characters in one line, without {, } and $, which Helm and Grafana expand",
      "give the folder of dashboards another title",
    );
  if (title === ownFolder)
    sayOf(title)(
      "is the title of this program's own folder in Grafana",
      "give the folder another name",
    );
  const ofDashboards = { uids: new Map<string, string>(), titles: new Map<string, string>() };
  for (const [file, content] of Object.entries(dashboards)) {
    refuseName(file, sayOf(file));
    refuseDashboard(
      content,
      {
        uids: new Taken(file, ofDashboards.uids),
        titles: new Taken(file, ofDashboards.titles),
      },
      known,
      sayOf(file),
    );
  }
  const ofRules = {
    uids: new Map<string, string>(),
    titles: new Map<string, string>(),
    groups: new Map<string, string>(),
  };
  for (const [file, content] of Object.entries(rules)) {
    refuseName(file, sayOf(file));
    refuseRules(
      content,
      {
        uids: new Taken(file, ofRules.uids),
        titles: new Taken(file, ofRules.titles),
        groups: new Taken(file, ofRules.groups),
      },
      known,
      sayOf(file),
    );
  }
  const bytes = Object.values(rules).reduce((sum, content) => sum + Buffer.byteLength(content), 0);
  if (bytes > RULE_BYTES)
    sayOf(Object.keys(rules).join(", "))(
      `have ${String(bytes)} bytes; with this program's own rules a ConfigMap has room for ${String(RULE_BYTES)}`,
      "take out rules that nobody needs, or evaluate them in Mimir's ruler",
    );
  return problems;
}

/** Keys of a ConfigMap. */
function refuseName(file: string, say: Say): void {
  if (!/^[\w.-]{1,200}$/.test(file))
    say(
      "has a name that a ConfigMap cannot have",
      "name it with letters, digits, -, _ and dots only, at most 200",
    );
}
