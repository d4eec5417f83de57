/** The setting `clusterSignals`: logs of pods, metrics of nodes and workloads, and events of the cluster itself. */
import { z } from "zod";
import { nearest } from "../lib/nearest";
import { jsonFlag, objectOrNone } from "./text-formats";

const fields = ["enabled", "namespaces", "excludedNamespaces"] as const;
const reason =
  "must be an object with enabled, and of namespaces and excludedNamespaces at most one";

/**
 * Not read unless the setting says so, beside the stack's own. Of kube-system a provider keeps the lines itself, and
 * its pods write more of them than a small cluster's applications.
 */
export const noisyNamespaces: readonly string[] = ["kube-system"];

/** Whose logs are read. Metrics and events are of the whole cluster. */
export interface LogNamespaces {
  /** Only those of these namespaces; undefined is all but the excluded ones. */
  readonly namespaces: readonly string[] | undefined;
  /** None of these; undefined is the stack's own, whose logs would be about their own being stored, and the noisy ones. */
  readonly excludedNamespaces: readonly string[] | undefined;
}

const namespaceNames = (field: string) => {
  const names = `must have a list of namespaces as ${field}, such as ["shop"]`;
  return z
    .array(z.string(names).regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, names), names)
    .optional();
};

/** Keys that are not known, with what may have been meant. */
function unknownField(given: object): string | undefined {
  const known: readonly string[] = fields;
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown === undefined) return undefined;
  const meant = nearest(unknown, known);
  return `has ${unknown}, which it does not know${meant === undefined ? `; it knows ${fields.join(", ")}` : `; did you mean ${meant}?`}`;
}

const content = z
  .looseObject(
    {
      enabled: jsonFlag("must have true or false as enabled").default(true),
      namespaces: namespaceNames("namespaces"),
      excludedNamespaces: namespaceNames("excludedNamespaces"),
    },
    reason,
  )
  .superRefine((given, context) => {
    const message =
      unknownField(given) ??
      (given.namespaces !== undefined && given.excludedNamespaces !== undefined
        ? "has both namespaces and excludedNamespaces: the first alone says whose logs are read"
        : given.namespaces?.length === 0
          ? "has no namespace in namespaces; without it logs are those of all but excludedNamespaces"
          : undefined);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });

/** Undefined is off: `{}`, or `enabled` false. */
export const clusterSignals = objectOrNone<LogNamespaces | undefined>(
  content.transform(({ enabled, namespaces, excludedNamespaces }) =>
    enabled ? { namespaces, excludedNamespaces } : undefined,
  ),
  reason,
);

/** Folder on each node in which its collector keeps how far it has read, and what waits to be sent. */
export function nodeFolder(namespace: string, release: string): string {
  return `/var/lib/lgtm/${namespace}/${release}`;
}
