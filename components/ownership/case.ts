/** All that a judgement of names goes by, and the words in which it is told. */
import type { Holders } from "../../config/holders";
import type { KubernetesFloor } from "../../config/kubernetes-floors";
import type { StackNames } from "../../config/names";
import type { Problem } from "../../config/problems";
import { type Mark, type OwnMarks, ownerOfRelease, plain } from "../../lib/kubernetes/ownership";
import type { HelmRelease } from "../../lib/helm/release";
import type { Seen } from "./look";
import { type DataRecord, isOwnRelease, type OwnState } from "./own";

export interface Claimed {
  /** Prefix of its settings, which is the project's name. */
  readonly project: string;
  readonly names: StackNames;
  /** The context that its settings name, for messages. */
  readonly context: string;
  /** Id of a stack whose state was lost, which this one goes on with. */
  readonly stackId: string | undefined;
  /** Namespaces of its own that `up` may delete with the volumes in them. */
  readonly namespacesToDelete: readonly string[];
  readonly data: DataRecord;
  /** Charts that do not install on every version of Kubernetes. */
  readonly floors: readonly KubernetesFloor[];
  /** What keeps data on volumes; undefined where the settings have no say in it. */
  readonly holders: Holders | undefined;
}

export interface Case {
  readonly claimed: Claimed;
  readonly own: OwnState;
  readonly marks: OwnMarks;
  readonly seen: Seen;
}

/** Whether the stack is deployed under another id than this one. */
export function isElsewhere(own: OwnState, id: string | undefined): boolean {
  return own.id !== undefined && own.id !== id && own.uids.size > 0;
}

export function isOurs(place: string, { own, marks, seen }: Case): boolean {
  const live = seen.releases.get(place);
  return live === undefined ? marks.releases.has(place) : isOwnRelease(place, live, own, marks);
}

export function whoseRelease(release: HelmRelease): string {
  return ownerOfRelease(release) ?? "whoever installed it; this stack has not";
}

/** As a word of a shell command. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

export function set({ project }: Claimed, key: string, value: string): string {
  return `pulumi config set ${project}:${key} ${value}`;
}

/** Lists are set item by item; the one that is there already stays as it is. */
export function addItem({ project }: Claimed, key: string, index: number, value: string): string {
  return `pulumi config set --path '${project}:${key}[${String(index)}]' ${value}`;
}

/** What a stack would have to be called that may not be called so. */
export const another = "<another name>";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The way on for whoever has lost the state of the stack that the mark names. */
export function asThatStack({ claimed, own }: Case, mark: Mark | undefined): string {
  if (isElsewhere(own, mark?.id)) return "";
  // Helm's values may hold anything, and this is to be pasted.
  return mark === undefined || !uuid.test(mark.id)
    ? ""
    : `; if it is this very stack, whose state was lost: ${set(claimed, "stackId", mark.id)}`;
}

export function problemOf(key: string, value: string): (reason: string, fix: string) => Problem[] {
  return (reason, fix) => [{ key, value, reason, fix }];
}

export function valueOf({ names }: Claimed, setting: string): string {
  const namespace = names.namespaces.find((one) => one.setting === setting);
  return namespace?.name ?? names.releases.find((one) => one.setting === setting)?.value ?? "";
}

/** The state still means a namespace that is not there any more, and the provider goes by its name. */
export function forget(urn: string): string {
  return `let the state forget it, which deletes nothing: pulumi state delete --target-dependents ${quoted(urn)}; then npm run recover`;
}

export function count(number: number, what: string): string {
  return `${String(number)} ${what}${number === 1 ? "" : "s"}`;
}

/** The first few; a namespace may hold thousands. */
export function shown(all: readonly string[]): string {
  const first = all.slice(0, 8).map(plain).join(", ");
  return all.length > 8 ? `${first} and ${String(all.length - 8)} more` : first;
}
