/** `npm run resize`: gives a deployed stack another size, with its data. */
import { setTimeout as sleep } from "node:timers/promises";
import { writtenOutVariable } from "../../../components/ownership/claim";
import { type Leaving } from "../../../components/ownership/judge-pods";
import { charts } from "../../../config/charts";
import { readRelease } from "../../../lib/helm/release";
import type { Cluster } from "../../../lib/kubernetes/cluster";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import { confirm } from "../../../lib/terminal/question";
import type { Context, Flags, Outcome } from "../../../lib/terminal/run";
import { color, count } from "../../../lib/terminal/screen";
import { openCluster } from "../../cluster";
import { type Hints, hintsFor } from "../../hints";
import { openStack, type Stack } from "../../stack";
import { writeSettings } from "../adopt/settings-file";
import { podsOf, scale } from "../migrate/ingesters";
import { runUp } from "../migrate/pulumi-up";
import { untilSent } from "../migrate/queue";
import { startAgain, stopStores } from "../migrate/stop-stores";
import { recover } from "../recover";
import { planOf, type Resize, showPlan } from "./plan";

interface ResizeFlags extends Flags {
  readonly to?: string;
}

/**
 * Runs an `up` that takes pods away, after these have written out what only they have. Each step can be taken
 * again after an interruption, and the same command goes on from there.
 */
export async function resize(context: Context): Promise<Outcome> {
  const { to } = context.flags as ResizeFlags;
  const found = await openStack(context, "resize");
  const cluster = await openCluster(found, context);
  const hints = hintsFor(found, cluster);
  const planned = await planOf(found, cluster, to, hints);
  context.say(`${showPlan(found, cluster.context, planned)}\n`);
  await confirm(context, `Type ${found.name} to change its size:`, found.name);

  // What a killed run has left, of this command for one; nobody is asked again.
  await recover({ ...context, flags: { ...context.flags, yes: true } });
  const stack = await openStack(context, "resize");
  const plan = await planOf(stack, cluster, to, hints);
  const began = Date.now();
  // While the stores take what the collector has.
  if (plan.collector !== undefined) await fewerCollectors(cluster, plan, plan.collector, context);
  const written =
    plan.stores.length === 0 ? undefined : await stopStores(stack, cluster, plan.stores, context);
  if (to !== undefined)
    await writeSettings(stack, [{ key: "size", value: to, secret: false }], context);
  await changeSize(stack, cluster, plan, context, hints);
  const seconds = Math.round((Date.now() - began) / 1000);
  return {
    exitCode: exitCodes.ok,
    text: [
      color.green(
        `Stack ${stack.name} has the size ${plan.settings.size}, after ${String(seconds)} s.`,
      ),
      ...(written === undefined || written === 0
        ? []
        : [`${count(written, "pod")} had written all that they had, and that was seen.`]),
      `See that data arrives: ${hints.npm("verify")}`,
    ].join("\n"),
    json: {
      ...{ stack: stack.name, context: cluster.context, size: plan.settings.size },
      ...{ written, seconds },
    },
  };
}

/** Ends those with the highest numbers, when what waits on the collectors' volumes has been sent. */
async function fewerCollectors(
  cluster: Cluster,
  { settings }: Resize,
  { namespace, name, replicas, leaving }: Leaving,
  context: Context,
): Promise<void> {
  await untilSent(cluster, settings, context);
  const labels = {
    "app.kubernetes.io/name": charts.otelCollector.name,
    "app.kubernetes.io/instance": settings.otelCollectorReleaseName,
  };
  const one = {
    namespace,
    name,
    replicas,
    labels,
    kind: "StatefulSet",
    isUnfinished: false,
  } as const;
  await scale(cluster, one, replicas - leaving);
  context.progress.begin("pods of the collector end");
  while ((await podsOf(cluster, one)).length > replicas - leaving)
    await sleep(500, undefined, { signal: context.signal });
}

/** @throws CliError with the engine's own reasons; the stores run again where Helm has not begun */
async function changeSize(
  stack: Stack,
  cluster: Cluster,
  { stores }: Resize,
  context: Context,
  { npm }: Hints,
): Promise<void> {
  const { access } = stack;
  const environment = { ...access.environment, [writtenOutVariable]: "true" };
  const fix = `resolve that, then ${npm("resize")}, which goes on where this ended`;
  try {
    await runUp(
      { ...stack, access: { ...access, environment } },
      "changing the size",
      context,
      fix,
    );
  } catch (error) {
    for (const release of stores) {
      const now = await readRelease(cluster, release).catch(() => undefined);
      if (now?.revision === release.revision) await startAgain(stack, [release], context);
    }
    throw error;
  }
}
