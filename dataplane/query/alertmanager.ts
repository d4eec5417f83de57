/** Asks Alertmanager. */
import { askJson, type HttpHop } from "./ask";

export interface ReceivedAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly receivers: readonly { readonly name: string }[];
  readonly status: { readonly state: "active" | "suppressed" | "unprocessed" };
}

export class AlertmanagerQueries {
  constructor(readonly hop: HttpHop) {}

  /** Alerts that are not resolved. */
  async alerts(): Promise<ReceivedAlert[]> {
    return askJson<ReceivedAlert[]>(this.hop, "/api/v2/alerts");
  }
}
