/** Whose the names are that the stack would take, by the judge that every `up` asks. */
import { judge } from "../../../components/ownership/judge";
import { lookAt } from "../../../components/ownership/look";
import { marksOf } from "../../../components/ownership/own";
import type { Settings } from "../../../config/schema";
import { UnreadableRelease } from "../../../lib/helm/release";
import { ApiError, type Cluster } from "../../../lib/kubernetes/cluster";
import { claimedBy, ownOf } from "../../own";
import type { Stack } from "../../stack";
import type { Finding } from "./findings";

/** What an `up` would refuse, and what it would do to data; nothing is said where nothing is wrong. */
export async function checkOwnership(
  stack: Stack,
  settings: Settings,
  cluster: Cluster,
): Promise<Finding[]> {
  const own = ownOf(stack).state;
  const claimed = claimedBy(stack, settings, cluster);
  const marks = marksOf(own, claimed.stackId);
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
