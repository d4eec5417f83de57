/** What the program would do, by `pulumi preview`. */
import { omit } from "../../lib/kubernetes/objects";
import { explain, type PulumiAccess, run } from "../../lib/pulumi/pulumi";
import { mask } from "../../lib/secrets/mask";
import { CliError } from "../../lib/terminal/errors";
import type { Stack } from "../stack";
import type { Running } from "./stack-state";
import type { RawResource } from "./snapshot";

export interface Planned {
  /** `create`, `update`, `same`, `replace`, `delete`, `read` */
  readonly op: string;
  readonly urn: string;
  readonly newState?: RawResource;
  /** Fields that change, by path. */
  readonly detailedDiff?: Readonly<Record<string, unknown>> | null;
}

/**
 * The same Pulumi, for a preview of what the program would make if all that is there were its own: an `up`
 * looks whose it is, and so do the commands that ask for this.
 */
export function asForecast(access: PulumiAccess): PulumiAccess {
  return { ...access, environment: { ...access.environment, LGTM_ADOPT_FORECAST: "true" } };
}

/**
 * Runs the program as `pulumi up` would, and returns what it would do. Where a secret is, the answer
 * has {@link secretMark}.
 *
 * @param configFile settings in another file than the stack's own
 * @throws CliError when the program refuses its settings, or fails
 */
export async function plannedBy(
  { access, name }: Pick<Stack, "access" | "name">,
  { signal }: Running,
  configFile?: string,
): Promise<Planned[]> {
  const file = configFile === undefined ? [] : ["--config-file", configFile];
  const args = ["preview", "--json", "--stack", name, ...file];
  const result = await run(access, args, signal);
  const { steps = [], errors } = read(result.stdout);
  // A program that fails has its reasons in the answer.
  if (errors.length > 0) throw new CliError(mask([...new Set(errors)].join("\n")));
  if (result.failed) throw explain(access, args, result);
  return steps;
}

interface PreviewResult {
  readonly steps?: Planned[];
  readonly errors: string[];
}

/** What a preview says; nothing, when it came to no answer. */
function read(text: string): PreviewResult {
  try {
    const { steps, diagnostics = [] } = JSON.parse(text) as {
      steps?: Planned[];
      diagnostics?: { severity?: string; message?: string }[];
    };
    const errors = diagnostics.flatMap(({ severity, message = "" }) =>
      severity === "error" ? [message.trim()] : [],
    );
    return { ...(steps !== undefined && { steps }), errors };
  } catch {
    return { errors: [] };
  }
}

/** What a preview prints in the place of a secret. */
export const secretMark = "[secret]";

/** The resource without what describes the run of the program that asked for it. */
export function resourceOf({ newState }: Planned): RawResource | undefined {
  return newState && omit(newState, "sourcePosition", "stackTrace");
}
