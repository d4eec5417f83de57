/** What a change does to data, in plain words: the first thing that a reviewer has to know. */
import type { ChartSet } from "../../../config/charts";
import { bundledStore } from "../../../config/names";
import { type BundledService, bundledServiceOf, storeReleaseNames } from "../../../config/services";
import type { ClaimFact, DataFacts, MadeNamespace, MadeRelease, VolumeSet } from "./data-facts";
import { code } from "./markdown";
import { contextNotChosen } from "./settings";

/** What becomes of data, the worst first. */
const fates = {
  deleted: "**Deleted:**",
  refused: "**`up` refuses:**",
  unread: "**Kept, and not read any more:**",
  exposed: "**No longer safe:**",
  unknown: "**Not known:**",
} as const;
export type Fate = keyof typeof fates;

export interface DataEffect {
  readonly fate: Fate;
  /** Markdown, in which nothing of what was compared has a meaning. */
  readonly text: string;
}

/**
 * Everything that happens to volumes and buckets on the way from one to the other.
 *
 * @param before undefined: there is no such stack yet, or what it has is not known
 */
export function dataEffects(before: DataFacts | undefined, after: DataFacts): DataEffect[] {
  if (before === undefined) return [];
  const leaving = before.namespaces.filter(
    ({ name }) => !after.namespaces.some((one) => one.name === name),
  );
  const isLeft = ({ namespace }: { readonly namespace: string }): boolean =>
    leaving.some(({ name }) => name === namespace);
  const gone = before.releases.filter(
    (release) => !isLeft(release) && !after.releases.some(({ place }) => place === release.place),
  );
  const stays = ({ release, namespace }: Pick<VolumeSet, "namespace" | "release">): boolean =>
    release === undefined
      ? !isLeft({ namespace })
      : after.releases.some(({ place }) => place === release);
  const effects = [
    ...leaving.map((one) => ofNamespace(one, before, after)),
    ...gone.flatMap((one) => ofRelease(one, before, after)),
    ...before.claims.filter(stays).flatMap((one) => ofClaim(one, after)),
    ...before.sets.filter(stays).flatMap((one) => ofSet(one, after)),
    ...ofCharts(before, after),
    ...ofStore(before, after),
    ...ofGrafana(before, after),
    ...ofProfile(before, after),
    ...ofRetention(before, after),
    ...ofProtection(before, after),
    ...ofContext(before, after),
    ...[...new Set([...before.unrendered, ...after.unrendered])].map((release) =>
      effect("unknown", `what is in release ${code(release)}, which could not be rendered.`),
    ),
  ];
  const order = Object.keys(fates);
  return effects.sort((one, other) => order.indexOf(one.fate) - order.indexOf(other.fate));
}

export function showEffects(effects: readonly DataEffect[]): string {
  return effects.map(({ fate, text }) => `- ${fates[fate]} ${text}`).join("\n");
}

function effect(fate: Fate, text: string): DataEffect {
  return { fate, text };
}

function setting({ project }: DataFacts, name: string): string {
  return code(`${project}:${name}`);
}

/** A list as `pulumi config` stores it; nothing where the program would refuse it. */
function listOf({ settings }: DataFacts, name: string): readonly unknown[] {
  try {
    const list: unknown = JSON.parse(settings[name] ?? "[]");
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}

/** The first few; a release has dozens. */
function shown(names: readonly string[]): string {
  const first = names.slice(0, 8).map(code).join(", ");
  return names.length > 8 ? `${first} and ${String(names.length - 8)} more` : first;
}

/** Names of a set's claims, such as `data-my-lgtm-loki-ingester-*`. */
function claimsOf({ name, claims }: VolumeSet): string[] {
  return claims.map((claim) => `${claim}-${name}-*`);
}

/** Every volume claim that what is chosen has. */
function volumesOf(
  { claims, sets }: DataFacts,
  isChosen: (one: ClaimFact | VolumeSet) => boolean,
): string[] {
  return [
    ...claims.filter(isChosen).map(({ name }) => name),
    ...sets.filter(isChosen).flatMap(claimsOf),
  ];
}

/** Why the settings no longer want a namespace. */
function whyLeft(name: string, before: DataFacts, after: DataFacts): string {
  if (listOf(after, "existingNamespaces").includes(name))
    return `${setting(after, "existingNamespaces")} names it`;
  const named = Object.entries(before.settings).find(
    ([key, value]) => /Namespace$/.test(key) && value === name,
  )?.[0];
  if (named === undefined) return "the program no longer makes it";
  const now = after.settings[named];
  if (now !== undefined && now !== name) return `${setting(after, named)} is now ${code(now)}`;
  return named === "demoNamespace" && after.settings["demoEnabled"] === "false"
    ? `${setting(after, "demoEnabled")} is now ${code("false")}`
    : "the program no longer makes it";
}

function ofNamespace(
  { name, protect }: MadeNamespace,
  before: DataFacts,
  after: DataFacts,
): DataEffect {
  const volumes = volumesOf(before, ({ namespace }) => namespace === name);
  const why = whyLeft(name, before, after);
  const what =
    volumes.length === 0
      ? `namespace ${code(name)}, with all that is in it; this stack has no volume there`
      : `namespace ${code(name)}, with the volumes in it: ${shown(volumes)}`;
  if (protect)
    return effect(
      "refused",
      `it would delete ${what} (${why}). Pulumi lets nothing go that ${setting(before, "protectData")} protects.`,
    );
  if (after.looksFirst && listOf(after, "existingNamespaces").includes(name))
    return effect(
      "refused",
      `it would delete ${what}: this stack has made it, and ${why}. Take it out there.`,
    );
  if (volumes.length === 0) return effect("deleted", `${what} (${why}).`);
  const list = setting(after, "namespacesToDelete");
  if (listOf(after, "namespacesToDelete").includes(name))
    return effect("deleted", `${what} (${why}, and ${list} allows it).`);
  return after.looksFirst
    ? effect("refused", `it would delete ${what} (${why}). It does so once ${list} names it.`)
    : effect("deleted", `${what} (${why}).`);
}

function ofRelease(
  { place, protect }: MadeRelease,
  before: DataFacts,
  after: DataFacts,
): DataEffect[] {
  const title = `Helm release ${code(place)}`;
  if (protect)
    return [
      effect(
        "refused",
        `${title} would be replaced or deleted. Pulumi lets nothing go that ${setting(before, "protectData")} protects.`,
      ),
    ];
  const isOwn = ({ release }: ClaimFact | VolumeSet): boolean => release === place;
  const unkept = before.claims.filter((one) => isOwn(one) && !one.keep).map(({ name }) => name);
  const deleted = before.sets
    .filter((one) => isOwn(one) && one.deletesWhen.deleted)
    .flatMap(claimsOf);
  const lost = [...unkept, ...deleted];
  const kept = volumesOf(before, isOwn).filter((name) => !lost.includes(name));
  return [
    ...(deleted.length === 0
      ? []
      : [effect("deleted", `volumes of ${title}, which goes: ${shown(deleted)}.`)]),
    ...(unkept.length === 0
      ? []
      : [
          after.looksFirst
            ? effect(
                "refused",
                `${title} goes, and Helm would delete ${shown(unkept)} with it. Deploy this version once with the old name, which makes Helm keep them.`,
              )
            : effect("deleted", `volumes of ${title}, which goes: ${shown(unkept)}.`),
        ]),
    ...(kept.length === 0
      ? []
      : [effect("unread", `the volumes of ${title}, which goes: ${shown(kept)}.`)]),
  ];
}

function ofClaim(claim: ClaimFact, after: DataFacts): DataEffect[] {
  const { release, namespace, name, keep } = claim;
  const isThere = after.claims.some(
    (one) => one.release === release && one.namespace === namespace && one.name === name,
  );
  if (isThere) return [];
  const volume = `volume ${code(`${namespace}/${name}`)}, which release ${code(release)} no longer has`;
  if (keep) return [effect("unread", `${volume}.`)];
  return after.looksFirst
    ? [effect("unread", `${volume}; before that, ${code("up")} tells Helm to keep it.`)]
    : [effect("deleted", `${volume}.`)];
}

function ofSet(old: VolumeSet, after: DataFacts): DataEffect[] {
  if (old.claims.length === 0) return [];
  const title = `StatefulSet ${code(`${old.namespace}/${old.name}`)}`;
  const young = after.sets.find(
    ({ namespace, name }) => namespace === old.namespace && name === old.name,
  );
  if (young === undefined)
    return [
      effect(
        old.deletesWhen.deleted ? "deleted" : "unread",
        `the volumes of ${title}, which goes: ${shown(claimsOf(old))}.`,
      ),
    ];
  const left = old.claims.filter((claim) => !young.claims.includes(claim));
  const fewer = young.replicas < old.replicas && left.length < old.claims.length;
  const scaled = young.deletesWhen.scaled;
  const newly = (["deleted", "scaled"] as const).filter(
    (when) => young.deletesWhen[when] && !old.deletesWhen[when],
  );
  return [
    ...(left.length === 0
      ? []
      : [
          effect(
            "unread",
            `the volumes ${shown(claimsOf({ ...old, claims: left }))}, which ${title} no longer claims.`,
          ),
        ]),
    ...(fewer
      ? [
          effect(
            scaled ? "deleted" : "unread",
            `volumes of ${title} beyond its first ${String(young.replicas)} of ${String(old.replicas)} pods${scaled ? "" : ", until there are as many again"}.`,
          ),
        ]
      : []),
    ...(newly.length === 0
      ? []
      : [
          effect(
            "exposed",
            `Kubernetes deletes the volumes of ${title} ${newly.map((when) => (when === "deleted" ? "when it is deleted" : "with each pod fewer")).join(" and ")} from then on.`,
          ),
        ]),
  ];
}

function chartSetOf({ settings }: DataFacts): ChartSet {
  return settings["chartSet"] === "maintained" ? "maintained" : "umbrella";
}

/** The new stores would start while the old ones go, with what they have not flushed. */
function ofCharts(before: DataFacts, after: DataFacts): DataEffect[] {
  const isDeployed = before.releases.length > 0;
  if (!isDeployed || chartSetOf(before) === chartSetOf(after) || !after.looksFirst) return [];
  return [
    effect(
      "refused",
      `${setting(after, "chartSet")} is now ${code(chartSetOf(after))}, and one run cannot change the charts of a deployed stack: the old stores would go with what they have not written to the object store.`,
    ),
  ];
}

function serviceOf(facts: DataFacts): BundledService {
  const { profile, minioRegistry = "" } = facts.settings;
  return bundledServiceOf({
    chartSet: chartSetOf(facts),
    profile: profile === "tutorial" ? profile : "standard",
    minioRegistry,
  });
}

/** Where the settings keep data, as one text; the same text is the same place. */
function storeOf(facts: DataFacts): string {
  const { settings, releases } = facts;
  const { storage = "bundled", lgtmNamespace = "", lgtmReleaseName = "" } = settings;
  if (storage === "bundled") {
    const chartSet = chartSetOf(facts);
    const isThere = storeReleaseNames(lgtmReleaseName, chartSet).some((name) =>
      releases.some(({ place }) => place === `${lgtmNamespace}/${name}`),
    );
    return isThere
      ? bundledStore(`${lgtmNamespace}/${lgtmReleaseName}`, serviceOf(facts))
      : "the bundled store";
  }
  const buckets = ["Logs", "Metrics", "Traces"].map((key) => settings[`storage${key}Bucket`] ?? "");
  // With S3, the account is a key, which may change.
  const account = storage === "azure" ? settings["storageAccount"] : undefined;
  const parts = [account, settings["storageEndpoint"], settings["storageRegion"]].filter(
    (part) => part !== undefined && part !== "",
  );
  return `${storage} ${[...parts, buckets.join(", ")].join(", ")}`;
}

/** Which of the two stores the umbrella's stack has. */
function ofBundled(before: DataFacts, after: DataFacts): DataEffect[] {
  const [old, young] = [serviceOf(before), serviceOf(after)];
  if (old === young || before.releases.length === 0) return [];
  const change = `what is in ${code(storeOf(before))}. New data goes to ${code(storeOf(after))}.`;
  if (old === "objectStore" || !after.looksFirst) return [effect("unread", change)];
  return [
    effect(
      "refused",
      `the chart's MinIO would go, since ${setting(after, "minioRegistry")} names no registry that has it, and one run cannot leave ${change}`,
    ),
  ];
}

function ofStore(before: DataFacts, after: DataFacts): DataEffect[] {
  const bundled = [before, after].map(({ settings }) => settings["storage"] ?? "bundled");
  // The bundled store goes with its charts, release and namespace, which are told.
  if (bundled.every((kind) => kind === "bundled"))
    return chartSetOf(before) === chartSetOf(after) ? ofBundled(before, after) : [];
  const [old, young] = [storeOf(before), storeOf(after)];
  return old === young
    ? []
    : [effect("unread", `what is in ${code(old)}. New data goes to ${code(young)}.`)];
}

/** Nobody copies what people have made; a volume that a database takes the place of is told as such. */
function ofGrafana(before: DataFacts, after: DataFacts): DataEffect[] {
  const [old = "", young = ""] = [before, after].map(({ settings }) => settings["grafanaDatabase"]);
  if (old === "" || old === young) return [];
  // Without who logs in.
  const place = (url: string): string => code(url.replace(/:\/\/[^/]*@/, "://"));
  const now = young === "" ? "what is on its volume, if it has one" : `what is in ${place(young)}`;
  return [
    effect(
      "unread",
      `what people have made in Grafana, in ${place(old)}. Grafana goes on with ${now}.`,
    ),
  ];
}

function ofProfile(before: DataFacts, after: DataFacts): DataEffect[] {
  const [old, young] = [before, after].map(({ settings }) => settings["profile"] ?? "standard");
  if (old === young) return [];
  return old === "tutorial"
    ? [
        effect(
          "deleted",
          `logs and traces so far: with ${setting(before, "profile")} ${code("tutorial")} they are on the pods' own disks, which go with the pods.`,
        ),
      ]
    : young === "tutorial"
      ? [
          effect(
            "unread",
            `logs and traces so far. With ${setting(after, "profile")} ${code("tutorial")}, new ones are on the pods' own disks and go with the pods.`,
          ),
        ]
      : [];
}

function ofRetention(before: DataFacts, after: DataFacts): DataEffect[] {
  return (["logs", "metrics", "traces"] as const).flatMap((signal) => {
    const key = `${signal}RetentionDays`;
    const [old, young] = [before, after].map(({ settings }) => Number(settings[key] ?? Number.NaN));
    return old !== undefined && young !== undefined && young < old
      ? [
          effect(
            "deleted",
            `${signal} older than ${days(young)}, as ${setting(after, key)} says (until now ${days(old)}).`,
          ),
        ]
      : [];
  });
}

function days(number: number): string {
  return `${String(number)} ${number === 1 ? "day" : "days"}`;
}

function ofProtection(before: DataFacts, after: DataFacts): DataEffect[] {
  return before.settings["protectData"] === "true" && after.settings["protectData"] !== "true"
    ? [
        effect(
          "exposed",
          `${setting(before, "protectData")} is switched off, so that ${code("pulumi destroy")} may delete every volume.`,
        ),
      ]
    : [];
}

function ofContext(before: DataFacts, after: DataFacts): DataEffect[] {
  const [old, young] = [before.context, after.context];
  if (old === undefined || young === undefined || old === young) return [];
  // A stand-in where nobody has chosen yet.
  if ([old, young].includes(contextNotChosen)) return [];
  const contexts = `${code("kubernetes:context")} is ${code(young)} instead of ${code(old)}`;
  return after.looksFirst
    ? [effect("refused", `${contexts}, where that is another cluster. Nothing is deleted there.`)]
    : [
        effect(
          "deleted",
          `everything that the stack has, volumes too, where ${contexts} and that is another cluster.`,
        ),
      ];
}
