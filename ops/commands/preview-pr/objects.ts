/** What a change does to the objects that Helm renders inside the releases. */
import * as path from "node:path";
import { refusalOf, type UpdateRefusal } from "../../../lib/kubernetes/immutable-fields";
import type { KubeObject } from "../../../lib/kubernetes/objects";
import { kindOf, metadataOf, type Subject } from "../../../policy/subject";
import { textOf } from "./changes";
import { readableMarks } from "./masking";
import { diffTexts, type TextChange } from "./text-diff";

export interface ObjectChange {
  /** `ConfigMap lgtm/my-lgtm-mimir-config` */
  readonly label: string;
  readonly release: string;
  readonly change: TextChange;
  /** Why the API server would, or may, refuse the change; undefined when it would not. */
  readonly refused: UpdateRefusal | undefined;
}

/** Says the chart's version on every object; a new one is news once, not a hundred times. */
const stamps = ["helm.sh/chart", "app.kubernetes.io/version"];

function shown(subject: Subject): string {
  const metadata = metadataOf(subject);
  const labels = Object.entries(metadata.labels ?? {}).filter(([key]) => !stamps.includes(key));
  return textOf({
    ...subject.props,
    metadata: { ...metadata, labels: Object.fromEntries(labels) },
  });
}

function refusal(
  before: Subject | undefined,
  after: Subject | undefined,
): UpdateRefusal | undefined {
  if (before === undefined || after === undefined) return undefined;
  // A hook is deleted and made anew, so everything about it can change.
  if (metadataOf(after).annotations?.["helm.sh/hook"] !== undefined) return undefined;
  return refusalOf(before.props as unknown as KubeObject, after.props as unknown as KubeObject);
}

function keyOf(subject: Subject): string {
  return `${subject.release ?? ""} ${kindOf(subject)} ${subject.name}`;
}

export async function objectChanges(
  before: readonly Subject[],
  after: readonly Subject[],
  scratch: string,
): Promise<ObjectChange[]> {
  const rendered = (subjects: readonly Subject[]) =>
    new Map(
      subjects
        .filter(({ release }) => release !== undefined)
        .map((subject) => [keyOf(subject), subject] as const),
    );
  const [old, young] = [rendered(before), rendered(after)];
  const keys = [...new Set([...young.keys(), ...old.keys()])];
  const text = (subject: Subject | undefined): string => (subject ? shown(subject) : "");
  const pairs = keys.map(
    (key) => [key, readableMarks(text(old.get(key)), text(young.get(key)))] as const,
  );
  const side = (subjects: ReadonlyMap<string, Subject>, index: 0 | 1) =>
    new Map(
      pairs.filter(([key]) => subjects.has(key)).map(([key, pair]) => [key, pair[index]] as const),
    );
  const diffs = await diffTexts(side(old, 0), side(young, 1), path.join(scratch, "objects"));
  return keys.flatMap((key) => {
    const change = diffs.get(key);
    const subject = young.get(key) ?? old.get(key);
    if (change === undefined || subject === undefined) return [];
    const label = `${kindOf(subject)} ${subject.name}`;
    const refused = refusal(old.get(key), young.get(key));
    return [{ label, release: subject.release ?? "", change, refused }];
  });
}
