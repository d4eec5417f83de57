/** Every alert rule. */
import { clusterRules } from "./cluster";
import { collectorRules } from "./collector";
import type { AlertRule, Locations } from "./rule";
import { serviceRules } from "./services";
import { storeRules } from "./stores";

export type { AlertRule, Group, Locations, Runbook, Severity } from "./rule";

/** All of them; but for what is there at all, only their runbooks depend on where the stack's parts are. */
export function alertRules(locations: Locations): readonly AlertRule[] {
  return [
    ...serviceRules(locations),
    ...collectorRules(locations),
    ...storeRules(locations),
    ...clusterRules(locations),
  ];
}
