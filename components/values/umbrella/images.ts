/** Where the umbrella chart's images come from, in the values of each of its subcharts. */
import {
  type ImageSource,
  mirrored,
  pullSecretRefs,
  repositories,
} from "../../../config/image-source";
import type { LgtmValues } from "./chart-values";

/** Where the images come from. */
export interface UmbrellaImageArgs {
  /**
   * Where images come from.
   *
   * @default from where their makers put them
   * @example { registry: "mirror.example/lgtm", pullSecrets: ["mirror-login"] }
   */
  readonly imageSource: ImageSource;
  /**
   * The same for MinIO's alone, which their own registry does not have any more; empty is no mirror.
   *
   * @default the registry of imageSource
   * @example "quay.example"
   */
  readonly minioRegistry: string;
}

/** The mirror: each subchart has it somewhere else, and some none for all of their images. */
function fromMirror<T>(values: LgtmValues<T>, mirror: string): LgtmValues<T> {
  const { mimir } = values;
  const repository = (image: string) => ({ repository: mirrored(image, mirror) });
  return {
    ...values,
    // Grafana reads the one, Loki and Tempo the other.
    global: { imageRegistry: mirror, image: { registry: mirror } },
    mimir: {
      ...mimir,
      image: repository(repositories.mimir),
      nginx: { ...mimir.nginx, image: { registry: mirror } },
      rollout_operator: {
        ...mimir.rollout_operator,
        image: repository(repositories.rolloutOperator),
      },
    },
  };
}

/** MinIO's two images. */
function minioFrom<T>(values: LgtmValues<T>, mirror: string): LgtmValues<T> {
  const { mimir } = values;
  const repository = (image: string) => ({ repository: mirrored(image, mirror) });
  return {
    ...values,
    mimir: {
      ...mimir,
      minio: {
        ...mimir.minio,
        image: repository(repositories.minio),
        mcImage: repository(repositories.minioClient),
      },
    },
  };
}

function withPullSecrets<T>(values: LgtmValues<T>, names: readonly string[]): LgtmValues<T> {
  const { global, loki, mimir } = values;
  const refs = pullSecretRefs(names);
  return {
    ...values,
    // The first is Grafana's, MinIO's and of the Job with MinIO's buckets, the second Tempo's.
    global: { ...global, imagePullSecrets: names, image: { ...global?.image, pullSecrets: names } },
    loki: { ...loki, imagePullSecrets: refs },
    mimir: {
      ...mimir,
      image: { ...mimir.image, pullSecrets: names },
      rollout_operator: { ...mimir.rollout_operator, imagePullSecrets: refs },
    },
  };
}

/** The values, and where the images come from. */
export function withImages<T>(
  values: LgtmValues<T>,
  { imageSource: { registry, pullSecrets }, minioRegistry }: UmbrellaImageArgs,
): LgtmValues<T> {
  const stores = registry === "" ? values : fromMirror(values, registry);
  const hasMinio = values.mimir.minio?.enabled !== false;
  const all = minioRegistry === "" || !hasMinio ? stores : minioFrom(stores, minioRegistry);
  return pullSecrets.length === 0 ? all : withPullSecrets(all, pullSecrets);
}
