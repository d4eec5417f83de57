/** The look at the cluster with which every `preview` and `up` begins, and the refusal it may end with. */
import { setMaxListeners } from "node:events";
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { SettingsError } from "../../config/problems";
import { type ClusterAccess, connectTo } from "../../lib/kubernetes/open-cluster";
import { asCliError, CliError } from "../../lib/terminal/errors";
import type { Claimed } from "./case";
import { changeVolumes, noticesOfVolumes, problemsOfVolumes } from "./change-volumes";
import { judge } from "./judge";
import { keepVolumes } from "./keep";
import { lookAt } from "./look";
import { marksOf, type OwnState, ownStateOf, type StateEntry } from "./own";
import { lookAtVolumes, noVolumes, type Volumes } from "./volumes";

/** Environment variable that says to an `up` that no pod that it takes away holds anything. */
export const writtenOutVariable = "LGTM_WRITTEN_OUT";

/** How long the look may take, in milliseconds: a program that logs in may ask its user. */
const lookLimitMs = 120_000;

/** Arguments of {@link claimNames}. */
export interface ClaimArgs extends Claimed {
  /** How the cluster is reached, as the Kubernetes provider is told. */
  readonly access: ClusterAccess;
}

export interface ClaimedNames {
  /**
   * Uid of the cluster's namespace kube-system, by which the provider knows the cluster whatever its
   * context is called; undefined where that may not be read, and under mocks.
   */
  readonly clusterId: string | undefined;
  /** Id that the settings give the stack, or have given it; undefined when one is drawn. */
  readonly stackId: string | undefined;
  /** Whether the settings say now that what bears the id is this stack's. */
  readonly takesOver: boolean;
  /** Sizes of volumes in GiB that stay as they are, whatever the settings say. */
  readonly fixedGiB: Volumes["fixedGiB"];
}

/**
 * Looks whether the names that the stack takes are free or its own, and whether its settings would cost
 * data of its own. In an `up`, makes Helm keep the volumes that are objects of a release, and gives volumes the
 * size that Helm cannot give them.
 *
 * @throws SettingsError with everything that stands against it, before any resource is registered
 * @throws RunError when the cluster does not answer: whoever cannot look must not take
 */
export async function claimNames(args: ClaimArgs): Promise<ClaimedNames> {
  try {
    return await claim(args);
  } catch (error) {
    if (error instanceof pulumi.RunError) throw error;
    // Pulumi prints the stack trace of any other error; this one is told as a sentence.
    const { message, fix } = asCliError(error);
    const whole = `Nothing was changed: whose the names of this stack are could not be seen. ${message}`;
    throw new pulumi.RunError(fix === undefined ? whole : `${whole}\n    fix: ${fix}`);
  }
}

async function claim(args: ClaimArgs): Promise<ClaimedNames> {
  // Under mocks, of unit tests and of previews in pull requests, there is no cluster to look at.
  if (pulumi.runtime.getMonitor() instanceof MockMonitor)
    return claimOf(args, ownStateOf([]), undefined);
  const own = ownStateOf(await stateOfThisStack());
  const marks = marksOf(own, args.stackId);
  const signal = AbortSignal.timeout(lookLimitMs);
  // Many requests listen to it at once.
  setMaxListeners(0, signal);
  const { cluster } = await connectTo(args.access, {
    folder: process.cwd(),
    progress: { step: undefined, begin: () => undefined },
    signal,
  });
  try {
    const seen = await lookAt(cluster, args.names, own, marks);
    // What was installed by hand is there, of course, when adopt asks what an up would make of it.
    const onlyAsked = pulumi.runtime.isDryRun() && process.env["LGTM_ADOPT_FORECAST"] === "true";
    if (onlyAsked) return claimOf(args, own, seen.clusterId);
    const { problems, notices } = judge(whole(args), own, marks, seen);
    if (problems.length > 0) throw new SettingsError(problems);
    const volumes = await lookAtVolumes(cluster, args.holders, seen, own, marks);
    const kept = problemsOfVolumes(args.project, args.holders, volumes);
    if (kept.length > 0) throw new SettingsError(kept);
    for (const notice of [...notices, ...noticesOfVolumes(volumes)]) await pulumi.log.warn(notice);
    if (!pulumi.runtime.isDryRun()) {
      await keepVolumes(cluster, seen, own, marks);
      await changeVolumes(cluster, volumes);
    }
    return { ...claimOf(args, own, seen.clusterId), fixedGiB: volumes.fixedGiB };
  } finally {
    cluster.close();
  }
}

function claimOf(
  { stackId }: ClaimArgs,
  own: OwnState,
  clusterId: string | undefined,
): ClaimedNames {
  return {
    // An account that may not read it is no reason for the provider to forget it.
    clusterId: clusterId ?? own.clusterId,
    // Once given it is kept, like one that was drawn: all that the stack has made bears it.
    stackId: stackId ?? (own.isIdGiven ? own.id : undefined),
    takesOver: stackId !== undefined,
    fixedGiB: noVolumes.fixedGiB,
  };
}

/** `npm run resize` says that the pods that go have written out what they had. */
function whole(args: ClaimArgs): ClaimArgs {
  return process.env[writtenOutVariable] === "true" ? { ...args, holders: undefined } : args;
}

const readState = "pulumi:pulumi:readStackResourceOutputs";

/**
 * What the last run has noted of this very stack; nothing before the first.
 *
 * @throws CliError when the engine does not tell
 */
async function stateOfThisStack(): Promise<StateEntry[]> {
  let answer: { readonly outputs?: Readonly<Record<string, Omit<StateEntry, "urn">>> };
  try {
    const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
    answer = (await pulumi.runtime.invoke(readState, { stackName })) as typeof answer;
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw noState(words, error);
  }
  if (answer.outputs === undefined) throw noState("it answers without any");
  return Object.entries(answer.outputs).map(([urn, entry]) => ({ urn, ...entry }));
}

function noState(words: string, cause?: unknown): CliError {
  return new CliError(`Pulumi does not tell what the state of this stack has: ${words}.`, {
    fix: "run pulumi version, and install the one that README.md names",
    cause,
  });
}
