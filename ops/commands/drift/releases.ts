/** What of a Helm release's chart and values differs. */
import type { HelmRelease } from "../../../lib/helm/release";
import { isRecord } from "../../../lib/kubernetes/objects";
import { describeMark, markOfRelease, withoutReleaseMark } from "../../../lib/kubernetes/ownership";
import { isSecret, type StateResource, textInput } from "../../../lib/pulumi/state";
import { isSecretName } from "../../../lib/secrets/mask";
import { type Step, unknown } from "./compare";
import { type Drift, fieldOf, showBoth } from "./findings";
import type { Owner } from "./owners";

export function releaseDrift(deployed: StateResource, current: HelmRelease | undefined): Drift[] {
  const name = textInput(deployed, "name") ?? "";
  const namespace = textInput(deployed, "namespace") ?? "";
  const object = `helm release ${namespace}/${name}`;
  const basis = { from: "values", object } as const;
  if (current === undefined) {
    const nothing = { field: "", wanted: "there", live: undefined, owner: undefined };
    return [{ ...basis, change: "gone", ...nothing }];
  }
  const status = statusOf(deployed);
  const owner = ownerOf(status?.revision, current);
  const wanted = isRecord(deployed.inputs?.["values"]) ? deployed.inputs["values"] : {};
  const differences = differ(
    clear(withoutReleaseMark(wanted)),
    clear(withoutReleaseMark(current.values)),
    [],
  );
  const [ours, found] = [markOfRelease(wanted), markOfRelease(current.values)];
  return [
    ...(ours !== undefined && found !== undefined && ours.id !== found.id
      ? [
          {
            ...basis,
            change: "changed" as const,
            field: "the stack that it belongs to",
            wanted: describeMark(ours),
            live: describeMark(found),
            owner,
          },
        ]
      : []),
    ...(status?.version !== undefined && status.version !== current.version
      ? [
          {
            ...basis,
            change: "changed" as const,
            field: "chart version",
            wanted: status.version,
            live: current.version,
            owner,
          },
        ]
      : []),
    ...differences.map(({ path, wanted, live }): Drift => {
      const last = path.at(-1);
      const secret = last !== undefined && "field" in last && isSecretName(last.field);
      return {
        ...basis,
        change: live === undefined ? "removed" : wanted === undefined ? "added" : "changed",
        field: `values.${fieldOf(path)}`,
        ...showBoth(wanted, live, secret),
        owner,
      };
    }),
  ];
}

/** Helm does not say who; that the revision is not Pulumi's says enough. */
function ownerOf(revision: number | undefined, current: HelmRelease): Owner | undefined {
  if (revision === current.revision) return undefined;
  return {
    manager: `helm, revision ${String(current.revision)} (Pulumi's is ${String(revision ?? "unknown")})`,
    operation: current.description,
    time: current.deployed,
  };
}

function statusOf({ outputs }: StateResource): { revision?: number; version?: string } | undefined {
  const status: { revision?: number; version?: string } | undefined = isRecord(outputs?.["status"])
    ? outputs["status"]
    : undefined;
  return status;
}

interface ValueDifference {
  readonly path: readonly Step[];
  readonly wanted: unknown;
  readonly live: unknown;
}

/** In both directions: what was added to the values counts as much as what was changed. */
function differ(wanted: unknown, live: unknown, path: readonly Step[]): ValueDifference[] {
  if (wanted === unknown || live === unknown) return [];
  if (isRecord(wanted) && isRecord(live)) {
    return [...new Set([...Object.keys(wanted), ...Object.keys(live)])].flatMap((field) =>
      differ(wanted[field], live[field], [...path, { field }]),
    );
  }
  return JSON.stringify(wanted) === JSON.stringify(live) ? [] : [{ path, wanted, live }];
}

/** Without nulls, which only take the chart's defaults away, and with secrets marked as not known. */
function clear(value: unknown): unknown {
  if (isSecret(value)) return unknown;
  if (Array.isArray(value)) return value.map(clear);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value)
    .map(([key, item]) => [key, clear(item)] as const)
    .filter(([, item]) => item !== null && item !== undefined && !isBare(item));
  // In one order, so that lists of objects can be compared as text.
  return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}

function isBare(value: unknown): boolean {
  return isRecord(value) && Object.keys(value).length === 0;
}
