import { CliError } from "../layer/errors";
import { ask } from "../layer/pulumi";
import type { Stack } from "../layer/stack";
import type { Running } from "./engine";
import type { RawResource } from "./snapshot";

/** One step that the engine would take. */
export interface Planned {
  /** `create`, `update`, `same`, `replace`, `delete`, `read` */
  readonly op: string;
  readonly urn: string;
  readonly newState?: RawResource;
  readonly oldState?: RawResource;
  /** Fields that change, by path. */
  readonly detailedDiff?: Readonly<Record<string, unknown>> | null;
  readonly replaceReasons?: readonly string[] | null;
}

/**
 * Runs the program as `pulumi up` would, and returns what it would do. Where a secret is, the answer
 * has {@link secretMark}.
 *
 * @param configFile settings in another file than the stack's own
 * @throws CliError when the program refuses its settings, or fails
 */
export async function plannedBy(
  stack: Stack,
  { signal }: Running,
  configFile?: string,
): Promise<Planned[]> {
  const args = ["preview", "--json", "--stack", stack.name];
  const file = configFile === undefined ? [] : ["--config-file", configFile];
  const text = await ask(stack.access, [...args, ...file], signal);
  const { steps, diagnostics = [] } = JSON.parse(text) as {
    steps?: Planned[];
    diagnostics?: { severity?: string; message?: string }[];
  };
  if (steps !== undefined) return steps;
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  throw new CliError(errors.map(({ message }) => message).join("\n"));
}

/** What a preview prints in the place of a secret. */
export const secretMark = "[secret]";

/** The resource without what describes the run of the program that asked for it. */
export function resourceOf({ newState }: Planned): RawResource | undefined {
  if (newState === undefined) return undefined;
  const { sourcePosition: _position, stackTrace: _trace, ...resource } = newState;
  return resource;
}
