/** Secrets and ConfigMaps that pods of a rendering need. */
import type { KubernetesObject, V1PodSpec } from "@kubernetes/client-node";
import { ofKind } from "./render";

/** A container cannot start while one of these is not there. */
function neededBy(pod: V1PodSpec | undefined): string[] {
  const secrets: (string | undefined)[] = [];
  const configMaps: (string | undefined)[] = [];
  for (const { env, envFrom } of [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])]) {
    // A real chart also renders null.
    const [variables, sources] = [env ?? [], envFrom ?? []];
    secrets.push(
      ...variables.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name),
      ...sources.map(({ secretRef }) => secretRef?.name),
    );
    configMaps.push(
      ...variables.map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name),
      ...sources.map(({ configMapRef }) => configMapRef?.name),
    );
  }
  for (const { secret, configMap, projected } of pod?.volumes ?? []) {
    const sources = projected?.sources ?? [];
    secrets.push(secret?.secretName, ...sources.map((source) => source.secret?.name));
    configMaps.push(configMap?.name, ...sources.map((source) => source.configMap?.name));
  }
  const named = (kind: string, names: readonly (string | undefined)[]): string[] =>
    names.filter((name) => name !== undefined).map((name) => `${kind} ${name}`);
  return [...named("Secret", secrets), ...named("ConfigMap", configMaps)];
}

/** `<kind> <name>` of every Secret and ConfigMap that a pod of a rendering needs, each once. */
export function needed(objects: readonly KubernetesObject[]): string[] {
  const pods = (["Deployment", "StatefulSet", "Job"] as const).flatMap((kind) =>
    ofKind(objects, kind).map(({ spec }) => spec?.template.spec),
  );
  return [...new Set(pods.flatMap(neededBy))].sort();
}
