/** Helm values as they reach Helm. */

/**
 * Values as JSON, as the Kubernetes provider hands them to Helm: without what is null, at any depth and
 * whatever `allowNullValues` says (https://github.com/pulumi/pulumi-kubernetes/issues/3811). Helm itself
 * takes a null for the removal of a chart's default, so that what is rendered without this is not what is
 * deployed. An item of a list stays.
 */
export function helmInput(values: object): string {
  return JSON.stringify(values, (_key, value: unknown) => value ?? undefined);
}
