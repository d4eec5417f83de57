/** Whether every image of the stack can be pulled: its registries are asked. */
import { imagesOf, isOfMinio } from "../../../config/images";
import type { Settings } from "../../../config/schema";
import type { Cluster } from "../../../lib/kubernetes/cluster";
import { dnsName, type KubeObject } from "../../../lib/kubernetes/objects";
import type { KubeNode, PodSpec } from "../../../lib/kubernetes/types";
import { dockerConfigKey, type Login, loginsOf } from "../../../lib/registry/credentials";
import { canonicalImage, parseImage } from "../../../lib/registry/image-reference";
import { type Answer, askRegistries } from "../../../lib/registry/registry";
import { count } from "../../../lib/terminal/screen";
import type { Hints } from "../../hints";
import type { Finding } from "./findings";
import type { Scope, Snapshot } from "./snapshot";

/** All registries together, and one image, in milliseconds. */
const deadlineMs = 10_000;
const imageTimeoutMs = 6_000;

/** An image, and what needs it. */
export interface NeededImage {
  readonly image: string;
  readonly parts: readonly string[];
}

/** How the registries are asked; without, they are not. */
export interface ImageQuestion {
  readonly signal: AbortSignal;
  readonly progress: { begin(step: string, done?: string): void };
}

/** What the settings need, and what the installed charts and the pods name besides. */
export function neededImages(
  settings: Settings,
  { releases, pods }: Pick<Snapshot, "pods" | "releases">,
): NeededImage[] {
  const planned = imagesOf(settings);
  const installed = [
    ...releases.flatMap(({ release }) => release?.objects ?? []).flatMap(imagesOfObject),
    ...pods.flatMap(({ metadata, spec }) => imagesOfPod(`pod ${metadata.name}`, spec)),
  ];
  const parts = new Map<string, Set<string>>();
  const add = ({ part, image }: { part: string; image: string }): void => {
    parts.set(image, (parts.get(image) ?? new Set()).add(part));
  };
  planned.forEach(add);
  const known = new Set(planned.map(({ image }) => nameOf(image)));
  installed.filter(({ image }) => !known.has(nameOf(image))).forEach(add);
  return [...parts].map(([image, of]) => ({ image, parts: [...of] }));
}

/** The same for `memcached:1` and `docker.io/library/memcached:1`. */
function nameOf(image: string): string {
  const reference = parseImage(image);
  return reference === undefined ? image : canonicalImage(reference);
}

function imagesOfObject({
  kind,
  metadata,
  ...rest
}: KubeObject): { part: string; image: string }[] {
  const spec = rest["spec"] as { template?: { spec?: PodSpec | null } | null } | null | undefined;
  return imagesOfPod(`${kind} ${metadata.name}`, spec?.template?.spec);
}

function imagesOfPod(part: string, pod: PodSpec | null | undefined) {
  const containers = [...(pod?.containers ?? []), ...(pod?.initContainers ?? [])];
  return containers.flatMap(({ image = "" }) => (image === "" ? [] : [{ part, image }]));
}

interface PullSecret {
  readonly data?: Readonly<Record<string, string>> | null;
}

/** The logins of the pull secrets that the settings and the pods name, and those that are not there. */
export async function pullLogins(
  settings: Pick<Settings, "imagePullSecrets">,
  { namespaces }: Pick<Scope, "namespaces">,
  { pods }: Pick<Snapshot, "pods">,
  cluster: Cluster,
): Promise<{ readonly logins: Login[]; readonly findings: Finding[] }> {
  const places = new Set([
    ...namespaces.flatMap((namespace) =>
      settings.imagePullSecrets.map((name) => `${namespace}/${name}`),
    ),
    ...pods.flatMap(({ metadata, spec }) =>
      (spec.imagePullSecrets ?? [])
        .map(({ name }) => name)
        // Whoever made the pod may have written anything there.
        .filter((name) => dnsName.test(name))
        .map((name) => `${metadata.namespace ?? ""}/${name}`),
    ),
  ]);
  const read = await Promise.all(
    [...places].map(async (place) => {
      const [namespace = "", name = ""] = place.split("/");
      const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
      const secret = await cluster.find<PullSecret>(path);
      return { place, secret, hidden: cluster.refuses(path) };
    }),
  );
  return {
    logins: read.flatMap(({ secret }) => {
      const config = secret?.data?.[dockerConfigKey];
      return config === undefined ? [] : loginsOf(Buffer.from(config, "base64").toString());
    }),
    findings: read.flatMap(({ place, secret, hidden }): Finding[] => {
      if (hidden || secret?.data?.[dockerConfigKey] !== undefined) return [];
      const [namespace = "", name = ""] = place.split("/");
      return [
        {
          level: "problem",
          symptom: "pull-secret-missing",
          object: `secret ${place}`,
          message:
            secret === undefined
              ? "is not there, and pods are told to pull their images with it."
              : `is no Secret of type kubernetes.io/dockerconfigjson, and pods are told to pull their images with it.`,
          fix: `${cluster.kubectl(`create secret docker-registry ${name} -n ${namespace} --docker-server=<registry> --docker-username=<name> --docker-password=<password>`)}, or lgtm:imagePullSecrets without it`,
        },
      ];
    }),
  };
}

/** Registries of the clouds, whose nodes may log in by themselves. */
const cloudRegistry = /(\.amazonaws\.com|\.pkg\.dev|(^|\.)gcr\.io|\.azurecr\.io)$/;

/** What there is to say of the registries' answers. */
export function imageFindings(
  needed: readonly NeededImage[],
  answers: ReadonlyMap<string, Answer>,
  nodes: readonly KubeNode[],
  hints: Pick<Hints, "pulumi">,
): Finding[] {
  const holders = nodes.map(
    ({ status }) =>
      new Set((status?.images ?? []).flatMap(({ names }) => (names ?? []).map(nameOf))),
  );
  const silent = new Map<string, number>();
  let there = 0;
  const refused = needed.flatMap(({ image, parts }): Finding[] => {
    const answer = answers.get(image) ?? { kind: "unknown", reason: "it was not asked for" };
    if (answer.kind === "there") there += 1;
    if (answer.kind === "unknown") silent.set(answer.reason, (silent.get(answer.reason) ?? 0) + 1);
    if (answer.kind === "there" || answer.kind === "unknown") return [];
    const has = holders.filter((names) => names.has(nameOf(image))).length;
    const everywhere = has > 0 && has === nodes.length;
    const login = answer.kind === "denied" && cloudRegistry.test(parseImage(image)?.registry ?? "");
    return [
      {
        level: everywhere || login ? "warning" : "problem",
        symptom: "image-missing",
        object: `image ${image}`,
        message:
          `cannot be pulled: ${answer.reason}. ${sentence(parts)} ${parts.length === 1 ? "needs" : "need"} it.` +
          cached(has, nodes.length) +
          (login ? " The nodes may have a login of their own, which is not known here." : ""),
        fix: fixOf(parts, answer.kind, hints),
      },
    ];
  });
  const unknown = [...silent].map(([reason, images]): Finding => ({
    level: "warning",
    symptom: "image-unknown",
    object: "images",
    message: `whether ${count(images, "image")} can be pulled is not known: ${reason}.`,
    fix: "nothing, where the nodes reach it, or a mirror of their own; else ask from a machine that does",
  }));
  const all = there === needed.length;
  const ok: Finding = {
    level: "ok",
    object: "images",
    message: all
      ? `all ${String(there)} can be pulled.`
      : `${String(there)} of ${String(needed.length)} can be pulled.`,
  };
  return [...refused, ...unknown, ...(there > 0 ? [ok] : [])];
}

function sentence(parts: readonly string[]): string {
  const text = parts.slice(0, 4).join(", ") + (parts.length > 4 ? " and others" : "");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function cached(has: number, nodes: number): string {
  if (has === 0) return "";
  const still = "so that pods run there still, until it is cleaned away";
  return has === nodes
    ? ` ${nodes === 1 ? "The one node has" : `All ${String(nodes)} nodes have`} it already, ${still} or a node is added.`
    : ` ${String(has)} of ${String(nodes)} nodes ${has === 1 ? "has" : "have"} it already, ${still}; elsewhere none starts.`;
}

/** Settings that name one image. */
const settingOfPart: Readonly<Record<string, string>> = {
  "the collector": "otelCollectorImage",
  "the demo": "demoImage",
  "the demo's traffic generator": "demoTrafficImage",
};

function fixOf(
  parts: readonly string[],
  kind: "denied" | "missing",
  { pulumi }: Pick<Hints, "pulumi">,
): string {
  const setting = parts.flatMap((part) => settingOfPart[part] ?? [])[0];
  const mirror = pulumi("config set lgtm:imageRegistry <a mirror that has it>");
  const first = parts.some(isOfMinio)
    ? `${pulumi("config set lgtm:minioRegistry <a registry that still has it>")}; a new stack has another object store with lgtm:chartSet = maintained`
    : setting === undefined
      ? mirror
      : `${pulumi(`config set lgtm:${setting} <one that can be pulled>`)}, or ${mirror}`;
  return kind === "denied" ? `${first}; if it needs a login, lgtm:imagePullSecrets` : first;
}

/** Asks for every image that the stack needs, and says what cannot be pulled. Changes nothing. */
export async function checkImages(
  settings: Settings,
  scope: Scope,
  snapshot: Snapshot,
  cluster: Cluster,
  hints: Hints,
  { signal, progress }: ImageQuestion,
): Promise<Finding[]> {
  const needed = neededImages(settings, snapshot);
  const { logins, findings } = await pullLogins(settings, scope, snapshot, cluster);
  const say = (answered: number): void => {
    const step = `asking the registries, ${String(answered)} of ${count(needed.length, "image")}`;
    progress.begin(step, answered === 0 ? "asking the registries ..." : "");
  };
  say(0);
  const answers = await askRegistries(
    needed.map(({ image }) => image),
    {
      logins,
      timeoutMs: imageTimeoutMs,
      signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
      onAnswer: say,
    },
  );
  return [...findings, ...imageFindings(needed, answers, snapshot.nodes, hints)];
}
