/** Steps of the real engine. */
import type { EngineEvent, OpType, OutputMap, Stack } from "@pulumi/pulumi/automation";

/** Of a replacement's steps the one to show is `replace`; these are its ways. */
const waysOfReplacing: readonly OpType[] = ["create-replacement", "delete-replaced", "discard"];

/** `operation Type name` of every step that does something, sorted; a replacement is one step. */
function stepsOf(events: readonly EngineEvent[]): string[] {
  const found = events.flatMap(({ resourcePreEvent }) => {
    const { op, urn = "", type = "" } = resourcePreEvent?.metadata ?? {};
    const kind = type.split(":").at(-1) ?? "";
    // The stack's own step says only that there is a run, a Service that is read changes nothing, and
    // the engine's own provider of random values comes and goes with what it generates.
    const silent =
      op === undefined ||
      /^(same|read)/.test(op) ||
      type === "pulumi:pulumi:Stack" ||
      type === "pulumi:providers:random";
    return silent || waysOfReplacing.includes(op)
      ? []
      : [`${op} ${kind} ${urn.split("::").at(-1) ?? ""}`];
  });
  return [...new Set(found)].sort();
}

/** What `pulumi preview` shows. */
export async function previewOf(stack: Stack): Promise<string[]> {
  const events: EngineEvent[] = [];
  await stack.preview({ onEvent: (event) => events.push(event) });
  return stepsOf(events);
}

/** What `pulumi up` did. */
export async function upWith(
  stack: Stack,
): Promise<{ readonly outputs: OutputMap; readonly steps: string[] }> {
  const events: EngineEvent[] = [];
  const { outputs } = await stack.up({ onEvent: (event) => events.push(event) });
  return { outputs, steps: stepsOf(events) };
}
