/** Asks for the state of alert rules. */
import { stringify } from "yaml";
import { askJson, askText, type HttpHop } from "./ask";

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  /** How long it must hold, such as `2s`; default: not at all. */
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface RuleState {
  readonly name: string;
  readonly state: "inactive" | "pending" | "firing";
  readonly health: "ok" | "unknown" | "err";
  /** Why the evaluation failed; empty when it did not. */
  readonly lastError: string;
  readonly labels: Readonly<Record<string, string>>;
}

export class Rules {
  constructor(readonly hop: HttpHop) {}

  /** Puts rules into the store, in place of a group of the same name, evaluated every `interval`. */
  async put(group: string, rules: readonly AlertRule[], interval = "1s"): Promise<void> {
    await askText(this.hop, "/api/v1/rules/tests", {
      method: "POST",
      contentType: "application/yaml",
      body: stringify({ name: group, interval, rules }),
    });
  }

  async remove(group: string): Promise<void> {
    await askText(this.hop, `/api/v1/rules/tests/${group}`, { method: "DELETE" });
  }

  async states(): Promise<RuleState[]> {
    const { data } = await askJson<{
      data: { groups: readonly { rules: readonly Partial<RuleState>[] }[] };
    }>(this.hop, "/prometheus/api/v1/rules", { query: { type: "alert" } });
    return data.groups.flatMap(({ rules }) =>
      rules.map(
        ({ name = "", state = "inactive", health = "unknown", lastError = "", labels = {} }) => ({
          name,
          state,
          health,
          lastError,
          labels,
        }),
      ),
    );
  }
}
