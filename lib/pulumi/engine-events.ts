/** What the engine's events say to people. */
import type { EngineEvent } from "@pulumi/pulumi/automation";

/** Why the engine failed, if the event says so; its last message only says that there were others. */
export function reasonsIn({ diagnosticEvent }: EngineEvent): string[] {
  if (diagnosticEvent?.severity !== "error") return [];
  const message = diagnosticEvent.message.trim();
  return /^(update|destroy) failed$/.test(message) ? [] : [message];
}
