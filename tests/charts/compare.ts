/** What of a rendering a stand-in and the real chart must have alike. */
import { isDeepStrictEqual } from "node:util";
import type {
  KubernetesObject,
  V1Container,
  V1PersistentVolumeClaimSpec,
  V1PodSpec,
  V1Volume,
} from "@kubernetes/client-node";
import { ofKind } from "./render";

/** A component's pod, beside what facts.ts compares of it. */
interface PodFacts {
  readonly serviceAccount: string | undefined;
  readonly fsGroup: number | undefined;
  readonly affinity: object | undefined;
  /** Arguments but for the path of the configuration file, which is the chart's own affair. */
  readonly args: Readonly<Record<string, true>>;
  readonly env: Readonly<Record<string, unknown>>;
  readonly envFrom: readonly unknown[];
  /** What is mounted from a claim, a ConfigMap or a Secret, by folder. */
  readonly mounts: Readonly<Record<string, string>>;
}

/** What of a rendering must be the same in a stand-in and a real chart, beside what facts.ts compares. */
export interface Details {
  readonly pods: Readonly<Record<string, PodFacts>>;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly accounts: Readonly<Record<string, unknown>>;
  readonly budgets: Readonly<Record<string, unknown>>;
  readonly strategies: Readonly<Record<string, unknown>>;
}

/** Facts by the names of what they are about. */
function byName<T extends KubernetesObject, F>(
  objects: readonly T[],
  facts: (object: T) => F,
): Record<string, F> {
  return Object.fromEntries(
    objects.map((object) => [object.metadata?.name ?? "", facts(object)] as const),
  );
}

/** Where a volume's content is from; undefined for a folder that is empty at the start. */
function source(name: string, volumes: readonly V1Volume[]): string | undefined {
  const volume = volumes.find((candidate) => candidate.name === name);
  // Only the templates of claims have no entry among the volumes.
  if (volume === undefined) return `claim ${name}`;
  if (volume.persistentVolumeClaim) return `claim ${volume.persistentVolumeClaim.claimName}`;
  if (volume.configMap) return `ConfigMap ${volume.configMap.name ?? ""}`;
  if (volume.secret) return `Secret ${volume.secret.secretName ?? ""}`;
  return undefined;
}

function mounts(
  container: V1Container | undefined,
  volumes: readonly V1Volume[],
): Record<string, string> {
  const found = (container?.volumeMounts ?? []).flatMap(({ name, mountPath }) => {
    const from = source(name, volumes);
    // The stand-ins' configuration is where no real one is.
    return from === undefined || mountPath === "/etc/stand-in" ? [] : [[mountPath, from] as const];
  });
  return Object.fromEntries(found);
}

function podFacts(pod: V1PodSpec | undefined): PodFacts {
  const container = pod?.containers[0];
  const args = (container?.args ?? []).filter((arg) => !/^--?config(\.file)?=/.test(arg));
  return {
    serviceAccount: pod?.serviceAccountName,
    fsGroup: pod?.securityContext?.fsGroup,
    affinity: pod?.affinity,
    args: Object.fromEntries(args.map((arg) => [arg, true] as const)),
    env: Object.fromEntries(
      (container?.env ?? []).map(
        ({ name, value, valueFrom }) => [name, value ?? valueFrom] as const,
      ),
    ),
    envFrom: container?.envFrom ?? [],
    mounts: mounts(container, pod?.volumes ?? []),
  };
}

function claimFacts(spec: V1PersistentVolumeClaimSpec | undefined): object {
  return {
    size: spec?.resources?.requests?.["storage"],
    storageClass: spec?.storageClassName ?? undefined,
    modes: spec?.accessModes,
  };
}

/** The details of a rendering. */
export function detailsOf(objects: readonly KubernetesObject[]): Details {
  const workloads = [...ofKind(objects, "Deployment"), ...ofKind(objects, "StatefulSet")];
  const templates = ofKind(objects, "StatefulSet").flatMap(({ metadata, spec }) =>
    (spec?.volumeClaimTemplates ?? []).map(
      (claim) =>
        [
          `${metadata?.name ?? ""} ${claim.metadata?.name ?? ""}`,
          { ...claimFacts(claim.spec), kind: claim.kind },
        ] as const,
    ),
  );
  return {
    pods: byName(workloads, ({ spec }) => podFacts(spec?.template.spec)),
    claims: {
      ...byName(ofKind(objects, "PersistentVolumeClaim"), ({ spec }) => claimFacts(spec)),
      ...Object.fromEntries(templates),
    },
    accounts: byName(
      ofKind(objects, "ServiceAccount"),
      ({ metadata }) => metadata?.annotations ?? {},
    ),
    budgets: byName(ofKind(objects, "PodDisruptionBudget"), ({ spec }) => spec),
    strategies: byName(ofKind(objects, "Deployment"), ({ spec }) => spec?.strategy),
  };
}

/**
 * Paths at which the first has what the second has not, or has otherwise. The second may have more keys;
 * lists must be equal.
 */
export function missing(part: unknown, whole: unknown, path = ""): string[] {
  if (part === undefined) return [];
  const isMap = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  if (isMap(part)) {
    return Object.entries(part).flatMap(([key, item]) =>
      missing(item, isMap(whole) ? whole[key] : undefined, `${path}/${key}`),
    );
  }
  return isDeepStrictEqual(part, whole)
    ? []
    : [`${path}: ${JSON.stringify(part)}, but ${JSON.stringify(whole)}`];
}
