/** What the engine's events say, for people: steps by name, and reasons of a failure. */
import type { EngineEvent } from "@pulumi/pulumi/automation";

/** Why the engine failed, if the event says so; its last message only says that there were others. */
export function reasonsIn({ diagnosticEvent }: EngineEvent): string[] {
  if (diagnosticEvent?.severity !== "error") return [];
  const message = diagnosticEvent.message.trim();
  return /^(update|destroy) failed$/.test(message) ? [] : [message];
}

/** "Release lgtm" */
export function titleOf({ type, urn }: { readonly type: string; readonly urn: string }): string {
  return `${type.split(":").at(-1) ?? type} ${urn.split("::").at(-1) ?? ""}`;
}
