/** The steps of a run, one after the other. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { locationsOf } from "../../../config/parts";
import { lgtmServiceName, ports } from "../../../config/services";
import { alertRules } from "../../../grafana/alerts";
import type { KubeNode, Pod } from "../../../lib/kubernetes/types";
import { loadClient } from "../../../lib/kubernetes/open-cluster";
import { ask } from "../../../lib/pulumi/pulumi";
import { asCliError } from "../../../lib/terminal/errors";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import { count, list } from "../../../lib/terminal/screen";
import { sizeNames } from "../../../config/sizes";
import { findReleases, ownOf } from "../../own";
import { destroy } from "../destroy";
import { doctor } from "../doctor";
import { drift } from "../drift";
import { resize } from "../resize";
import { verify } from "../verify";
import { QueryError } from "../verify/stores";
import { PlainHttpEndpoint, Unreachable } from "../verify/transport/http-endpoint";
import { isSimulated, podsBehind, portNumber, readyPod } from "../verify/transport/pods";
import { forwardPort } from "../verify/transport/port-forward";
import { type Check, checkGrafana } from "./grafana";
import { type Counted, countUntilFound, newNumbered, type Numbered, sendNext } from "./numbered";
import { takePictures } from "./pictures";
import { stackName, type StepRecord } from "./place";
import {
  imagesOf,
  ownOnes,
  podsIn,
  replace,
  type Replaced,
  restartsOf,
  type StackPod,
  untilReady,
} from "./pods";
import { clusterScoped } from "./refusals";
import { type Run, whyNot } from "./run";
import { measureUsage, type Usage } from "./usage";

/** How a step ended. */
export interface StepEnd {
  readonly status: StepRecord["status"];
  readonly note: string;
  readonly details?: readonly string[];
}

export interface Step {
  readonly id: string;
  readonly title: string;
  /** Whether nothing after it makes sense when it fails, but for taking everything away. */
  readonly isNeeded?: boolean;
  readonly work: (run: Run) => Promise<StepEnd>;
}

const passed = (note: string, details: readonly string[] = []): StepEnd => ({
  status: "passed",
  note,
  details,
});
const failed = (note: string, details: readonly string[] = []): StepEnd => ({
  status: "failed",
  note,
  details,
});
const notRun = (note: string): StepEnd => ({ status: "not-run", note });

/** What takes long after an `up` has ended, in milliseconds. */
const readyLimitMs = 300_000;

async function upStep(run: Run): Promise<StepEnd> {
  const began = performance.now();
  try {
    await run.up("deploying the stack");
  } catch (error) {
    const failure = asCliError(error);
    run.signal.throwIfAborted();
    const found = await doctor(run.quiet(60)).catch(() => undefined);
    return failed(failure.message.split("\n")[0] ?? "", [
      ...failure.message.split("\n"),
      ...(found?.text ?? "").split("\n").filter((line) => line.trim() !== ""),
    ]);
  }
  const upSeconds = (performance.now() - began) / 1000;
  const waiting = await allReady(run);
  if (waiting.length > 0) return failed(`not ready: ${list(waiting)}`);
  const secondsToReady = (performance.now() - began) / 1000;
  const pods = await podsIn(run.cluster, await run.namespaces());
  const restarts = restartsOf(pods);
  run.keep({ secondsToReady, upSeconds });
  return passed(
    `up took ${upSeconds.toFixed(1)} s, and ${count(pods.length, "pod")} were ready after ${secondsToReady.toFixed(1)} s; ${restarts.length === 0 ? "no container was started twice" : `started again: ${list(restarts)}`}`,
    run.plan.before.map(({ key, value }) => `begins with ${key} = ${value}`),
  );
}

async function allReady(run: Run): Promise<string[]> {
  run.context.progress.begin("waiting until every pod is ready");
  return untilReady(run.cluster, await run.namespaces(), readyLimitMs, run.signal);
}

/** Whether the pods are kwok's, in which nothing runs. */
async function areSimulated(run: Run): Promise<boolean> {
  const [first] = await podsIn(run.cluster, await run.namespaces());
  return first !== undefined && isSimulated(run.cluster, first);
}

const simulated = "pods are simulated here: no program runs in them";

/** How long a part is left alone before it is said to be at rest, in milliseconds. */
const settleMs = 20_000;

function usageStep(fact: "atRest" | "underLoad") {
  return async (run: Run): Promise<StepEnd> => {
    if (await areSimulated(run)) {
      run.keep({ [fact]: simulated });
      return notRun(simulated);
    }
    run.context.progress.begin("measuring memory and processors");
    await sleep(settleMs, undefined, { signal: run.signal });
    const pods = await podsIn(run.cluster, await run.namespaces());
    const usage = await measureUsage(run.cluster, pods, run.signal);
    run.keep({ [fact]: usage });
    return typeof usage === "string" ? notRun(usage) : passed(usageNote(usage));
  };
}

function usageNote({ parts }: Usage): string {
  const sum = (key: "cpu" | "memoryBytes"): number =>
    parts.reduce((total, one) => total + one[key], 0);
  const memory = Math.round(sum("memoryBytes") / 2 ** 20);
  return `${count(parts.length, "part")}: ${String(memory)} MiB, ${sum("cpu").toFixed(2)} cores`;
}

async function demoStep(run: Run): Promise<StepEnd> {
  await run.set([{ key: "demoEnabled", value: "true", secret: false }]);
  await run.up("starting the demo");
  const waiting = await allReady(run);
  if (waiting.length > 0) return failed(`not ready: ${list(waiting)}`);
  const { demoTrafficRequestsPerMinute } = await run.settings();
  return passed(`${String(demoTrafficRequestsPerMinute)} requests a minute`);
}

/** How long data may take in the first minutes of a stack, in seconds. */
const verifySeconds = 240;

async function verifyStep(run: Run): Promise<StepEnd> {
  if (await areSimulated(run)) return notRun(simulated);
  const outcome = await verify(run.quiet(verifySeconds));
  const { hops } = outcome.json as {
    hops: readonly { title: string; status: string; seconds?: number; note?: string }[];
  };
  const ok = hops.filter(({ status }) => status === "ok").length;
  const note = `${String(ok)} of ${String(hops.length)} hops`;
  const details = hops.map(
    ({ title, status, seconds, note: said }) =>
      `${status}: ${title}${seconds === undefined ? "" : `, ${seconds.toFixed(1)} s`}${status === "ok" ? "" : `, ${said ?? ""}`}`,
  );
  const why = whyNot(outcome);
  return why === undefined ? passed(note, details) : failed(note, [...details, why]);
}

/** A way to Grafana with the administrator's login; closed when the command ends. */
async function openGrafana(run: Run) {
  const { lgtmReleaseName, lgtmNamespace, grafanaAdminUser } = await run.settings();
  const name = lgtmServiceName(lgtmReleaseName, "grafana");
  const service = { name, namespace: lgtmNamespace, port: 80 };
  const { pods, targetPort } = await podsBehind(run.cluster, service);
  const pod: Pod = readyPod(pods, service);
  if (await isSimulated(run.cluster, pod)) return undefined;
  const port = portNumber(pod, targetPort);
  const forwarder = new (loadClient().PortForward)(run.connection.config);
  const target = { namespace: lgtmNamespace, pod: pod.metadata.name, port };
  const forwarded = await forwardPort(forwarder, target);
  run.context.onEnd(forwarded.close);
  const args = ["stack", "output", "grafanaAdminPassword", "--show-secrets", "--stack", stackName];
  const password = (await ask(run.place.access, args, run.signal)).trim();
  const login = { user: grafanaAdminUser, password };
  const options = { auth: `${login.user}:${login.password}` };
  const api = new PlainHttpEndpoint("port-forward to Grafana", forwarded.url, run.signal, options);
  return { api, url: forwarded.url, ...login };
}

/** How long rules that Grafana has not evaluated yet are waited for: some are evaluated every minute. */
const rulesLimitMs = 180_000;

async function grafanaStep(run: Run): Promise<StepEnd> {
  const settings = await run.settings();
  if (settings.profile === "tutorial")
    return notRun("the profile tutorial has neither dashboards nor alerts of this program");
  const grafana = await openGrafana(run);
  if (grafana === undefined) return notRun(simulated);
  const rules = alertRules(locationsOf(settings)).length;
  const { progress, signal } = run.context;
  const found = await checkGrafana(grafana.api, {
    signal,
    rules,
    rulesLimitMs,
    onProgress: (line) => {
      progress.begin(line);
    },
  });
  if (typeof found === "string") {
    run.keep({ grafana: `not asked: ${found}` });
    return notRun(found);
  }
  run.keep({ grafana: `version ${found.version}`, dashboards: found.dashboards });
  const wrong = found.checks.filter(({ error }) => error !== undefined);
  const note = `Grafana ${found.version}: ${kinds(found.checks)}`;
  const details = wrong.map(({ kind, name, error = "" }) => `${kind} ${name}: ${error}`);
  return wrong.length === 0 ? passed(note) : failed(note, details);
}

/** "3 of 3 datasources, 40 of 41 panel queries" */
function kinds(checks: readonly Check[]): string {
  const names = {
    datasource: "datasource",
    panel: "panel query",
    alert: "alert rule",
    link: "link",
  };
  return Object.entries(names)
    .map(([kind, name]) => {
      const all = checks.filter((one) => one.kind === kind);
      const well = all.filter(({ error }) => error === undefined).length;
      const words = name.endsWith("y") ? `${name.slice(0, -1)}ies` : `${name}s`;
      return `${String(well)} of ${all.length === 1 ? `1 ${name}` : `${String(all.length)} ${words}`}`;
    })
    .join(", ");
}

async function picturesStep(run: Run): Promise<StepEnd> {
  const { picturesFolder } = run.plan;
  if (picturesFolder === undefined) return notRun("not asked for; --pictures <folder>");
  const dashboards = (run.notes.facts["dashboards"] ?? []) as { uid: string; title: string }[];
  if (dashboards.length === 0) return notRun("Grafana's dashboards were not read");
  const grafana = await openGrafana(run);
  if (grafana === undefined) return notRun(simulated);
  const { url, user, password } = grafana;
  try {
    const pictures = await takePictures({
      ...{ url, user, password, dashboards, folder: picturesFolder },
      onProgress: (line) => {
        run.context.progress.begin(line);
      },
    });
    run.keep({ pictures });
    return passed(count(pictures.length, "picture"), pictures);
  } catch (error) {
    run.signal.throwIfAborted();
    // A missing browser says nothing about the stack.
    return notRun(error instanceof Error ? error.message : String(error));
  }
}

/** How many of each kind are sent at first, and in one request. */
const [firstNumbers, perRequest] = [500, 20] as const;
/** How long is waited while nothing more of it is found, in milliseconds. */
const countLimitMs = 120_000;

function numberedOf(run: Run): Numbered | undefined {
  return run.notes.facts["numbered"] as Numbered | undefined;
}

async function dataStep(run: Run): Promise<StepEnd> {
  if (await areSimulated(run)) return notRun(simulated);
  const numbered = newNumbered(randomBytes(4).toString("hex"));
  run.context.progress.begin("sending numbered data");
  while (numbered.next < firstNumbers) {
    await sendNext(numbered, perRequest, run.reach, run.signal);
    run.keep({ numbered });
  }
  return counted(run, numbered, "");
}

async function counted(run: Run, numbered: Numbered, before: string): Promise<StepEnd> {
  run.context.progress.begin("counting what was acknowledged");
  let found: Counted[];
  try {
    found = await countUntilFound(numbered, run.reach, countLimitMs, run.signal);
  } catch (error) {
    if (!(error instanceof Unreachable) && !(error instanceof QueryError)) throw error;
    // What was done before is still worth its lines.
    return failed(`${before === "" ? "" : `${before}; `}a store did not answer: ${error.message}`);
  }
  const lost = found.filter(({ missing }) => missing.length > 0);
  const note = [...(before === "" ? [] : [before]), found.map(countText).join(", ")].join("; ");
  const details = lost.map(
    ({ signal, missing }) => `${signal} not found: ${list(missing.map(String), 20)}`,
  );
  const none = found.filter(({ acknowledged }) => acknowledged === 0);
  // Where nothing was taken, nothing can be missing.
  if (none.length > 0)
    return failed(`${note}; nothing of ${list(none.map(({ signal }) => signal))} was acknowledged`);
  return lost.length === 0 ? passed(note) : failed(note, details);
}

function countText({ signal, acknowledged, found }: Counted): string {
  return `${signal} ${String(found)} of ${String(acknowledged)}`;
}

async function restartsStep(run: Run): Promise<StepEnd> {
  const isReal = !(await areSimulated(run));
  const numbered = numberedOf(run);
  const { pods, replaced } = await toReplace(run);
  const stop = new AbortController();
  const ended = AbortSignal.any([stop.signal, run.signal]);
  const sending =
    isReal && numbered !== undefined ? sendUntil(run, numbered, ended) : Promise.resolve();
  // It is waited for below; a failure before that is no unhandled one.
  sending.catch(() => undefined);
  const all = pods.length + replaced.length;
  try {
    for (const pod of pods) {
      const { namespace = "", name } = pod.metadata;
      run.context.progress.begin(
        `pod ${String(replaced.length + 1)} of ${String(all)}: ${namespace}/${name}`,
      );
      replaced.push(await replace(pod, run.cluster, run.signal));
      run.keep({ replaced });
    }
  } finally {
    stop.abort();
  }
  await sending;
  const slowest = [...replaced].sort((one, other) => other.seconds - one.seconds)[0];
  const note = `${count(replaced.length, "pod")} deleted, one after the other; the slowest was back after ${(slowest?.seconds ?? 0).toFixed(0)} s`;
  const times = replaced.map(
    ({ pod, seconds }) => `${pod}: ready again after ${seconds.toFixed(1)} s`,
  );
  if (numbered === undefined || !isReal)
    return passed(`${note}; data not counted: ${isReal ? "none was sent" : simulated}`, times);
  const end = await counted(run, numbered, note);
  return {
    ...end,
    note: `${end.note}; ${count(numbered.refusals, "request")} refused and sent again`,
    details: [...(end.details ?? []), ...times],
  };
}

/** The pods that are still to be deleted, and those that an earlier try has deleted. */
async function toReplace(
  run: Run,
): Promise<{ readonly pods: readonly StackPod[]; readonly replaced: Replaced[] }> {
  const stack = await run.stack();
  const { marks } = await findReleases(stack, run.cluster, ownOf(stack));
  const all = await podsIn(run.cluster, await run.namespaces());
  const pods = await ownOnes(all, run.cluster, marks);
  const { first, replaced = [] } = run.notes.facts as {
    readonly first?: readonly string[];
    readonly replaced?: Replaced[];
  };
  const uidOf = ({ metadata }: StackPod): string => metadata.uid ?? "";
  if (first === undefined) run.keep({ first: pods.map(uidOf) });
  const left = first === undefined ? pods : pods.filter((pod) => first.includes(uidOf(pod)));
  return { pods: left, replaced: [...replaced] };
}

/** Milliseconds between two requests while pods go. */
const pauseMs = 1000;

async function sendUntil(run: Run, numbered: Numbered, ended: AbortSignal): Promise<void> {
  while (!ended.aborted) {
    await sendNext(numbered, 2, run.reach, run.signal);
    run.keep({ numbered });
    await sleep(pauseMs, undefined, { signal: ended }).catch(() => undefined);
  }
}

async function sizeStep(run: Run): Promise<StepEnd> {
  const { key, value } = run.plan.size;
  const set = (await run.stack()).settings[`lgtm:${key}`]?.value ?? "0";
  // 0 takes the value of the size.
  const before = set === "0" ? "the default" : set;
  if (key === "size" && (sizeNames as readonly string[]).includes(value)) {
    const outcome = await resize({
      ...run.quiet(),
      flags: { ...run.quiet().flags, to: value } as never,
    });
    const why = whyNot(outcome);
    if (why !== undefined) return failed(why);
  } else {
    await run.set([run.plan.size]);
    await run.up(`${key} = ${value}`);
  }
  return afterChange(run, `${key}: ${before} to ${value}`);
}

async function afterChange(run: Run, what: string): Promise<StepEnd> {
  const waiting = await allReady(run);
  if (waiting.length > 0) return failed(`${what}; not ready: ${list(waiting)}`);
  const numbered = numberedOf(run);
  return numbered === undefined
    ? passed(`${what}; data not counted: none was sent`)
    : counted(run, numbered, what);
}

async function upgradeStep(run: Run): Promise<StepEnd> {
  const { before, settings, size } = run.plan;
  if (before.length === 0) return notRun("--upgrade-from names nothing to begin with");
  const first = imagesOf(await podsIn(run.cluster, await run.namespaces()));
  await run.unset(before.map(({ key }) => key));
  // What the step before has changed stays.
  await run.set(settings.filter(({ key }) => key !== size.key));
  await run.up("upgrading");
  const end = await afterChange(
    run,
    before.map(({ key, value }) => `${key} from ${value} to ${later(run, key)}`).join(", "),
  );
  const then = imagesOf(await podsIn(run.cluster, await run.namespaces()));
  const names = new Set(first.map(({ image }) => image));
  const fresh = then
    .filter(({ image }) => !names.has(image))
    .map(({ image }) => `now runs ${image}`);
  return { ...end, details: [...(end.details ?? []), ...fresh] };
}

/** What a setting is after the upgrade. */
function later({ plan }: Run, key: string): string {
  return plan.settings.find((one) => one.key === key)?.value ?? "the default";
}

/** Who the hand-made change is by, as the API server notes it of `kubectl edit`. */
const byHand = "kubectl-edit";

async function driftStep(run: Run): Promise<StepEnd> {
  const clean = await drift(run.quiet(120));
  if (clean.exitCode !== exitCodes.ok)
    return failed("before anything was changed by hand, drift found something", [clean.text]);
  const { lgtmReleaseName, lgtmNamespace } = await run.settings();
  const name = lgtmServiceName(lgtmReleaseName, "grafana");
  const path = `/api/v1/namespaces/${lgtmNamespace}/services/${name}`;
  const patch = { spec: { ports: [{ port: 80, name: "by-hand", targetPort: ports.grafana }] } };
  await run.cluster.patch(path, patch, { type: "merge", manager: byHand });
  const changed = await drift(run.quiet(120));
  const { drift: found } = changed.json as { drift: readonly { object: string; field: string }[] };
  const seen = found.map(({ object, field }) => `${object} ${field}`);
  if (changed.exitCode !== exitCodes.drift || !seen.some((line) => line.includes(name)))
    return failed(`a port of Service ${name} was changed by hand, and drift did not say so`, seen);
  run.context.progress.begin("pulumi refresh");
  const args = ["refresh", "--yes", "--skip-preview", "--stack", stackName];
  await ask(run.place.access, args, run.signal);
  await run.up("mending what was changed by hand");
  const mended = await drift(run.quiet(120));
  return mended.exitCode === exitCodes.ok
    ? passed(
        `a port of Service ${name} was changed by hand, found, and mended by refresh and up`,
        seen,
      )
    : failed("refresh and up did not mend it", [mended.text]);
}

async function lookStep(run: Run): Promise<StepEnd> {
  const pods = await podsIn(run.cluster, await run.namespaces());
  const nodes = await run.cluster.list<
    KubeNode & { status?: { nodeInfo?: Record<string, string> } }
  >("/api/v1/nodes");
  const { gitVersion } = await run.cluster.get<{ gitVersion: string }>("/version");
  const images = imagesOf(pods);
  run.keep({
    images,
    kubernetes: gitVersion,
    nodes: nodes.map(({ metadata, status }) => {
      const { cpu = "?", memory = "?" } = (status?.allocatable ?? {}) as Record<string, string>;
      const { kubeletVersion = "?", containerRuntimeVersion = "?" } = status?.nodeInfo ?? {};
      return `${metadata.name}: ${cpu} cores, ${memory}, kubelet ${kubeletVersion}, ${containerRuntimeVersion}`;
    }),
  });
  return passed(`${count(pods.length, "pod")}, ${count(images.length, "image")}`);
}

/** How long a cluster may take to remove volumes whose claims are gone, in milliseconds. */
const volumesLimitMs = 60_000;

/** Takes everything away, and compares with what was there before. */
export async function destroyStep(run: Run): Promise<StepEnd> {
  const outcome = await destroy(run.quiet());
  const why = whyNot(outcome);
  if (why !== undefined) return failed(why.split("\n")[0] ?? "", why.split("\n"));
  const { volumes } = outcome.json as { volumes: readonly unknown[] };
  run.context.progress.begin("comparing with what was there before");
  const before = new Set(run.notes.before);
  const end = performance.now() + volumesLimitMs;
  for (;;) {
    const now = await clusterScoped(run.cluster);
    const more = now.filter((one) => !before.has(one));
    const gone = [...before].filter((one) => !now.includes(one));
    if ((more.length === 0 && gone.length === 0) || performance.now() > end) {
      const details = [
        ...more.map((one) => `there now, and not before: ${one}`),
        ...gone.map((one) => `gone since: ${one}`),
      ];
      const note = `nothing of it is left; ${count(volumes.length, "volume")} went`;
      return details.length === 0
        ? passed(`${note}; the cluster has what it had before`)
        : failed(`${note}; the cluster is not what it was before`, details);
    }
    await sleep(2000, undefined, { signal: run.signal });
  }
}

export const steps: readonly Step[] = [
  { id: "up", title: "up", isNeeded: true, work: upStep },
  { id: "rest", title: "memory and processors at rest", work: usageStep("atRest") },
  { id: "demo", title: "the demo starts", work: demoStep },
  { id: "verify", title: "verify", work: verifyStep },
  { id: "load", title: "memory and processors under load", work: usageStep("underLoad") },
  { id: "data", title: "numbered data", work: dataStep },
  { id: "restarts", title: "every pod killed once", work: restartsStep },
  { id: "size", title: "another size", work: sizeStep },
  { id: "upgrade", title: "upgrade", work: upgradeStep },
  { id: "verify-again", title: "verify after all that", work: verifyStep },
  { id: "grafana", title: "Grafana's own API", work: grafanaStep },
  { id: "pictures", title: "pictures of the dashboards", work: picturesStep },
  { id: "drift", title: "drift found and mended", work: driftStep },
  { id: "look", title: "what ran", work: lookStep },
];

/** The last one, which runs however the others ended. */
export const lastStep: Step = { id: "destroy", title: "destroy", work: destroyStep };
