import { collectorRules } from "./collector";
import type { AlertRule } from "./rule";
import { serviceRules } from "./services";
import { storeRules } from "./stores";

export type { AlertRule, Group, Runbook, Severity } from "./rule";

/** Every alert rule. */
export const alertRules: readonly AlertRule[] = [...serviceRules, ...collectorRules, ...storeRules];
