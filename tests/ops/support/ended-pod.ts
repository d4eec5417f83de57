/** What doctor finds of a pod that has ended. */
import type { PodFinding } from "../../../ops/commands/doctor/findings";

/** What doctor has found of a pod whose container has ended, before its log is read. */
export const ended: PodFinding = {
  level: "problem",
  symptom: "crash",
  object: "pod lgtm/a",
  message: "m",
  log: { namespace: "lgtm", pod: "a", container: "c", previous: true },
};
