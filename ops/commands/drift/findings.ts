/** A difference as it is shown, with secrets hidden. */
import { isRecord, textOf } from "../../../lib/kubernetes/objects";
import { hidden, isSecretName, mask } from "../../../lib/secrets/mask";
import { showPath, type Step, unknown } from "./compare";
import type { Owner } from "./owners";

/** One thing that is not as it was deployed. */
export interface Drift {
  /**
   * Who deployed it: an object of the program's own, what the program patches in an object of a Helm
   * release, such an object itself, or the release's values.
   */
  readonly from: "pulumi" | "patch" | "helm" | "values";
  readonly change: "changed" | "removed" | "added" | "gone";
  /** "deployment lgtm/my-lgtm-grafana" */
  readonly object: string;
  /** `spec.replicas`; empty when it is the whole object. */
  readonly field: string;
  /** For the screen, with secrets hidden; undefined when there was nothing. */
  readonly wanted: string | undefined;
  readonly live: string | undefined;
  /** Who owns the field now; for what was removed, who last wrote to the object. */
  readonly owner: Owner | undefined;
}

const longest = 60;

/**
 * Both sides of a change as people can read them; a long text is shown where it begins to differ.
 * Secrets within a text are hidden by {@link inShort}.
 */
export function showBoth(
  wanted: unknown,
  live: unknown,
  isSecret: boolean,
): Pick<Drift, "wanted" | "live"> {
  if (isSecret) {
    return {
      wanted: wanted === undefined ? undefined : hidden,
      live: live === undefined ? undefined : hidden,
    };
  }
  if (isText(wanted) && isText(live)) {
    const [before, after] = [wanted.split("\n"), live.split("\n")];
    const line = before.findIndex((text, index) => text !== after[index]);
    const at = line < 0 ? before.length : line;
    const where = `line ${String(at + 1)}: `;
    return { wanted: where + show(before[at] ?? ""), live: where + show(after[at] ?? "") };
  }
  return {
    wanted: wanted === undefined ? undefined : show(wanted),
    live: live === undefined ? undefined : show(live),
  };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value.includes("\n");
}

function show(value: unknown): string {
  if (value === unknown) return hidden;
  // Not masked yet: what mask() takes for a secret may be a part of one, and the rest would stay.
  return typeof value === "string" ? value.trim() : JSON.stringify(value, hideSecrets);
}

/** With secrets hidden, and then short: half of a known one would not be known. */
export function inShort(drift: Drift, secrets: readonly string[]): Drift {
  const short = (text: string | undefined): string | undefined => {
    if (text === undefined) return undefined;
    const masked = mask(text, secrets);
    return masked.length > longest ? `${masked.slice(0, longest)}…` : masked;
  };
  const field = mask(drift.field, secrets);
  return { ...drift, field, wanted: short(drift.wanted), live: short(drift.live) };
}

/** Inside a value that is shown as a whole, an added container for one. */
function hideSecrets(key: string, value: unknown): unknown {
  if (isRecord(value) && typeof value["name"] === "string" && isSecretName(value["name"]))
    return "value" in value ? { ...value, value: hidden } : value;
  return isSecretName(key) && typeof value === "string" ? hidden : value;
}

/** Whether what is at this path is a secret: all of a Secret's data, and whatever is called one. */
export function isSecretPath(kind: string, path: readonly Step[]): boolean {
  const [first] = path;
  if (kind === "Secret" && first !== undefined && "field" in first && first.field === "data")
    return true;
  const last = path.at(-1);
  if (last === undefined) return false;
  const isSecretVariable = path.some(
    (step) => "item" in step && isSecretName(textOf(step.item.fields["name"] ?? "")),
  );
  return isSecretVariable || ("field" in last && isSecretName(last.field));
}

/** The field's name; what a list's key may give away is hidden by {@link inShort}. */
export function fieldOf(path: readonly Step[]): string {
  return showPath(path);
}
