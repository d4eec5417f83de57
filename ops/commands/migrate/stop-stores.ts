/** Stops the stores of releases that go, in the order in which nothing is lost. */
import type { HelmRelease } from "../../../lib/helm/release";
import type { Cluster } from "../../../lib/kubernetes/cluster";
import { loadClient } from "../../../lib/kubernetes/open-cluster";
import type { Pod } from "../../../lib/kubernetes/types";
import { asCliError } from "../../../lib/terminal/errors";
import type { Context } from "../../../lib/terminal/run";
import { connect, openCluster } from "../../cluster";
import type { Stack } from "../../stack";
import {
  areSimulated,
  type DeployedStore,
  empty,
  emptySoon,
  ingesterOf,
  readyPodsOf,
  type Scaled,
  scale,
  storesOf,
} from "./ingesters";
import type { Forwarder } from "../verify/transport/port-forward";
import type { PodAccess } from "./pod-http";
import { writeOut } from "./write-out";

/**
 * Ends what writes to the ingesters, so that nothing comes after the last look; makes the ingesters write all
 * that they have, checks it, and ends them. When that does not succeed, everything runs again as before.
 *
 * @returns pods that have written, 0 where all are a sandbox's, in which no program runs
 * @throws CliError when one of them was not seen to have written everything
 */
export async function stopStores(
  stack: Stack,
  cluster: Cluster,
  leaving: readonly HelmRelease[],
  context: Context,
): Promise<number> {
  const stores = storesOf(leaving);
  const failed = new AbortController();
  const signal = AbortSignal.any([context.signal, failed.signal]);
  const all = async <T>(each: readonly Promise<T>[]): Promise<T[]> => {
    try {
      return await Promise.all(each);
    } catch (error) {
      // Nobody may take pods away any more when they are to run again.
      failed.abort();
      await Promise.allSettled(each);
      throw error;
    }
  };
  try {
    context.progress.begin("taking care that every ingester runs");
    const pods = new Map<Scaled, readonly Pod[]>();
    for (const one of stores.flatMap(({ ingesters }) => ingesters))
      pods.set(one, await readyPodsOf(cluster, one, signal));
    context.progress.begin("stopping what writes to the stores");
    await all(
      stores.flatMap(({ intake }) => intake).map(async (one) => emptySoon(cluster, one, signal)),
    );
    context.progress.begin("the stores write what they have to the object store");
    const access: PodAccess = {
      cluster,
      forwarder: forwarderOf(stack, context),
      signal,
      onEnd: (close) => {
        context.onEnd(close);
      },
    };
    const written = await all(stores.map(async (store) => stopStore(store, pods, access)));
    return written.reduce((sum, one) => sum + one, 0);
  } catch (error) {
    await startAgain(stack, leaving, context);
    throw error;
  }
}

/** With a connection that is made when it is needed: most clusters let the API server reach the pods. */
function forwarderOf(stack: Stack, context: Context): Forwarder {
  return {
    portForward: async (...target) => {
      const { config } = await connect(stack, context);
      const forward = new (loadClient().PortForward)(config);
      return (await forward.portForward(...target)) as unknown;
    },
  };
}

async function stopStore(
  { store, ingesters }: DeployedStore,
  pods: ReadonlyMap<Scaled, readonly Pod[]>,
  access: PodAccess,
): Promise<number> {
  const { cluster, signal } = access;
  const all = ingesters.flatMap((one) => pods.get(one) ?? []);
  const endAll = async (): Promise<void> => {
    await Promise.all(ingesters.map(async (one) => empty(cluster, one, signal)));
  };
  if (await areSimulated(cluster, all)) {
    await endAll();
    return 0;
  }
  // All at once: whoever ends while another still writes takes its copy away.
  const end = whenAllAsk(all.length, endAll, signal);
  await Promise.all(
    all.map(async (pod) => writeOut(store, ingesterOf(access, pod, end), { signal })),
  );
  return all.length;
}

/** Does something once, when as many as this have asked for it; all of them wait for its end. */
function whenAllAsk(
  number: number,
  act: () => Promise<void>,
  signal: AbortSignal,
): () => Promise<void> {
  let missing = number;
  let ask = (): void => undefined;
  const done = new Promise<void>((resolve, reject) => {
    ask = resolve;
    signal.addEventListener("abort", () => {
      reject(signal.reason as Error);
    });
  }).then(act);
  // Also where nobody has come to ask for it.
  done.catch(() => undefined);
  return async () => {
    missing -= 1;
    if (missing === 0) ask();
    return done;
  };
}

/**
 * Puts back how many pods the charts have; with a way to the cluster of its own, since Ctrl-C ends the other.
 * Says when that fails: whoever calls this has another error to end with.
 */
export async function startAgain(
  stack: Stack,
  releases: readonly HelmRelease[],
  context: Context,
): Promise<void> {
  try {
    const { signal } = new AbortController();
    const cluster = await openCluster(stack, { ...context, signal });
    for (const { ingesters, intake } of storesOf(releases))
      for (const one of [...ingesters, ...intake]) await scale(cluster, one, one.replicas);
  } catch (error) {
    context.say(`The stores could not be started again: ${asCliError(error).message}`);
  }
}
