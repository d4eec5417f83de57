import { collectorRules } from "./alerts/collector";
import type { AlertRule } from "./alerts/rule";
import { serviceRules } from "./alerts/services";
import { storeRules } from "./alerts/stores";

export type { AlertRule, Group, Runbook, Severity } from "./alerts/rule";

/** Every alert rule. */
export const alertRules: readonly AlertRule[] = [...serviceRules, ...collectorRules, ...storeRules];
