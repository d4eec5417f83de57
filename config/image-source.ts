/** Where images are pulled from. */
import { splitRegistry } from "../lib/registry/image-reference";

/** Where images are pulled from, if not from where their makers put them. */
export interface ImageSource {
  /** Registry, and where it has one a path in it, such as `mirror.example/lgtm`; empty is no mirror. */
  readonly registry: string;
  /** Secrets with logins to registries, in the pods' namespace. */
  readonly pullSecrets: readonly string[];
}

/** Images that values of ours name, without tags. */
export const repositories = {
  grafana: "docker.io/grafana/grafana",
  loki: "docker.io/grafana/loki",
  mimir: "grafana/mimir",
  minio: "quay.io/minio/minio",
  minioClient: "quay.io/minio/mc",
  rolloutOperator: "grafana/rollout-operator",
  tempo: "docker.io/grafana/tempo",
} as const;

/**
 * The same image in a mirror: its registry is replaced, and the rest stays, so that `quay.io/minio/mc:1`
 * becomes `mirror.example/minio/mc:1`.
 *
 * @param mirror registry, and where it has one a path in it; empty is no mirror
 */
export function mirrored(image: string, mirror: string): string {
  if (mirror === "" || image.startsWith(`${mirror}/`)) return image;
  const [, rest] = splitRegistry(image);
  return `${mirror}/${rest}`;
}

/** The references to pull secrets, as Kubernetes has them. */
export function pullSecretRefs(names: readonly string[]): { readonly name: string }[] {
  return names.map((name) => ({ name }));
}
