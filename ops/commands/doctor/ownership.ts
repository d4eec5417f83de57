/** Whose the names are that the stack would take, by the judge that every `up` asks. */
import { judge } from "../../../components/ownership/judge";
import { lookAt } from "../../../components/ownership/look";
import { marksOf } from "../../../components/ownership/own";
import { holdersOf } from "../../../config/holders";
import { kubernetesFloors } from "../../../config/kubernetes-floors";
import { namesOf } from "../../../config/names";
import type { Settings } from "../../../config/schema";
import { UnreadableRelease } from "../../../lib/helm/release";
import { ApiError, type Cluster } from "../../../lib/kubernetes/cluster";
import { ownOf } from "../../own";
import type { Stack } from "../../stack";
import type { Finding } from "./findings";

/** Nothing is compared with it: what changes in what is kept is for a preview to say. */
const sameData = { store: "", retentionDays: { logs: 0, metrics: 0, traces: 0 } };

/** What an `up` would refuse, and what it would do to data; nothing is said where nothing is wrong. */
export async function checkOwnership(
  stack: Stack,
  settings: Settings,
  cluster: Cluster,
): Promise<Finding[]> {
  const own = ownOf(stack).state;
  const stackId = settings.stackId === "" ? undefined : settings.stackId;
  const marks = marksOf(own, stackId);
  const claimed = {
    project: "lgtm",
    names: namesOf(settings),
    context: stack.settings["kubernetes:context"]?.value ?? cluster.context,
    stackId,
    namespacesToDelete: settings.namespacesToDelete,
    data: own.data ?? sameData,
    floors: kubernetesFloors(settings),
    holders: holdersOf(settings),
  };
  try {
    const seen = await lookAt(cluster, claimed.names, own, marks);
    const { problems, notices } = judge(claimed, own, marks, seen);
    return [
      ...problems.map(({ key, value, reason, fix }): Finding => ({
        level: "problem",
        symptom: "ownership",
        object: `setting ${key}`,
        message: `${value === undefined ? "" : `= ${value}: `}${reason}. An up refuses this before it changes anything.`,
        fix,
      })),
      ...notices.map((message): Finding => ({
        level: "warning",
        symptom: "data",
        object: "data at the next up",
        message,
      })),
    ];
  } catch (error) {
    if (error instanceof UnreadableRelease) return [];
    if (!(error instanceof ApiError) || error.code !== 403) throw error;
    cluster.cannotSee(error);
    return [];
  }
}
