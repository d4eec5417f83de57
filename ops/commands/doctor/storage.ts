/** Whether the storage classes exist that volumes are to come from. */
import { showBytes } from "../../../lib/kubernetes/quantity";
import type { StorageClass } from "../../../lib/kubernetes/types";
import { count, list } from "../../../lib/terminal/screen";
import type { Hints } from "../../hints";
import type { Finding } from "./findings";
import type { PlannedPods } from "./planned-pods";
import type { Snapshot } from "./snapshot";

const defaultMark = "storageclass.kubernetes.io/is-default-class";

interface MissingVolume {
  readonly pod: string;
  readonly bytes: number;
  readonly storageClass: string | undefined;
}

export function checkStorage(
  plan: readonly PlannedPods[],
  { claims, storageClasses }: Snapshot,
  hints: Hints,
): Finding[] {
  const bound = claims.filter(({ status }) => status?.phase === "Bound");
  const wanted = plan.flatMap(({ namespace, name, replicas, claims: planned }): MissingVolume[] =>
    planned.flatMap(({ bytes, storageClass }) => {
      const there = bound.filter(
        ({ metadata }) =>
          metadata.namespace === namespace &&
          // "<claim>-<workload>-<ordinal>", or the workload's own name for a shared one.
          new RegExp(`(^|-)${name}(-\\d+)?$`).test(metadata.name),
      ).length;
      const missing = Math.max(0, replicas - there);
      const pod = `${namespace}/${name}`;
      return Array.from({ length: missing }, () => ({ pod, bytes, storageClass }));
    }),
  );
  if (wanted.length === 0 && claims.length === 0) return [];
  const classes = [...new Set(wanted.map(({ storageClass }) => storageClass))];
  const problems = classes.flatMap((name) =>
    checkClass(
      name,
      wanted.filter(({ storageClass }) => storageClass === name),
      storageClasses,
      hints,
    ),
  );
  if (problems.length > 0) return problems;
  const from = classes.map((name) => name ?? nameOfDefault(storageClasses) ?? "");
  const message =
    wanted.length === 0
      ? `all ${count(claims.length, "volume")} are there.`
      : `${volumes(wanted)} to come from storage class ${list(from)}, which exists.`;
  return [{ level: "ok", object: "volumes", message }];
}

function checkClass(
  name: string | undefined,
  wanted: readonly MissingVolume[],
  classes: readonly StorageClass[],
  hints: Hints,
): Finding[] {
  const known = classes.map(({ metadata }) => metadata.name);
  const others = known.length === 0 ? "it has none at all" : `it has ${list(known)}`;
  const pods = list([...new Set(wanted.map(({ pod }) => pod))], 3);
  const basis = { level: "problem", symptom: "storage-class-missing" } as const;
  if (name === undefined) {
    if (nameOfDefault(classes) !== undefined) return [];
    const first = known[0] ?? "<class>";
    const patch = `'{"metadata":{"annotations":{"${defaultMark}":"true"}}}'`;
    return [
      {
        ...basis,
        object: "storage class (default)",
        message: `the cluster has no default storage class, and ${others}; ${volumes(wanted)} would never be bound, and ${pods} would stay Pending.`,
        fix: `${hints.pulumi("config set lgtm:storageClass <class>")}, or make one the default: ${hints.kubectl(`patch storageclass ${first} -p ${patch}`)}`,
      },
    ];
  }
  const found = classes.find(({ metadata }) => metadata.name === name);
  if (found === undefined) {
    return [
      {
        ...basis,
        object: `storage class ${name}`,
        message: `lgtm:storageClass = ${name}: the cluster has no such class; ${others}. ${volumes(wanted)} would never be bound, and ${pods} would stay Pending.`,
        fix: `${hints.pulumi("config set lgtm:storageClass <class>")}, or ${hints.pulumi("config rm lgtm:storageClass")} for the default`,
      },
    ];
  }
  return found.provisioner === "kubernetes.io/no-provisioner"
    ? [
        {
          ...basis,
          level: "warning",
          object: `storage class ${name}`,
          message: `makes no volumes by itself (${found.provisioner}): ${volumes(wanted)} have to be there before, one by one.`,
          fix: `make the volumes, or take a class with a provisioner: ${hints.pulumi("config set lgtm:storageClass <class>")}`,
        },
      ]
    : [];
}

function nameOfDefault(classes: readonly StorageClass[]): string | undefined {
  return classes.find(({ metadata }) => metadata.annotations?.[defaultMark] === "true")?.metadata
    .name;
}

function volumes(wanted: readonly MissingVolume[]): string {
  const bytes = wanted.reduce((sum, one) => sum + one.bytes, 0);
  return `${count(wanted.length, "volume")} (${showBytes(bytes)})`;
}
