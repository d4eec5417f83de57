/** Settings that describe what is installed, so that the first `up` changes less. */
import { knownVersions } from "../../../config/charts";
import { shapeOf } from "../../../config/parts";
import { type SettingKey, type Settings, settingsSchema } from "../../../config/schema";
import { lgtmServiceName } from "../../../config/services";
import type { HelmRelease } from "../../../lib/helm/release";
import type { PodSpec } from "../../../lib/kubernetes/types";
import { dockerHub, splitRegistry } from "../../../lib/registry/image-reference";
import type { Installation } from "./installation";

/** A setting that is written so that the first `up` changes less. */
export interface Adapted {
  /** Without the project's prefix. */
  readonly key: string;
  readonly value: string;
  readonly secret: boolean;
  readonly why: string;
}

/** Settings that are adapted and are texts. */
type PlainKey =
  | ("demoImage" | "demoServiceType" | "grafanaAdminUser" | "grafanaServiceType")
  | ("lgtmChartVersion" | "minioRegistry");

/** What the program demands of Grafana's password. */
const passwordFormat = /^[\x21-\x7e]{12,128}$/;

/**
 * Settings that describe what is there, where they differ from what the stack says.
 *
 * @param hasPassword whether the stack has a password of its own. It stays where Grafana restarts and
 *   takes it; as found, Grafana goes on with its own.
 */
export function adaptedSettings(
  installation: Installation,
  settings: Settings,
  hasPassword: boolean,
): Adapted[] {
  const { lgtm, grafanaType, demoType, demoImage, administrator } = installation;
  const version = knownVersions("lgtm").find((known) => known === lgtm.version);
  const differing = (key: PlainKey, value: string | undefined, why: string): Adapted[] =>
    value === undefined || value === settings[key] ? [] : [{ key, value, secret: false, why }];
  return [
    ...differing("lgtmChartVersion", version, "the version that is installed"),
    ...differing("grafanaServiceType", grafanaType, "as Grafana is reached now"),
    ...(settings.demoEnabled
      ? [
          ...differing("demoServiceType", demoType, "as the demo is reached now"),
          ...differing("demoImage", accepted("demoImage", demoImage), "the image that runs"),
        ]
      : []),
    ...ingesters(lgtm, settings),
    ...(settings.profile === "tutorial" && settings.minioRegistry === ""
      ? differing(
          "minioRegistry",
          accepted("minioRegistry", minioRegistryOf(lgtm)),
          "so that MinIO stays, with the metrics in it",
        )
      : []),
    ...differing("grafanaAdminUser", administrator?.user, "Grafana's administrator"),
    // The program's own values would replace most pods.
    ...(settings.profile === "tutorial" && !settings.adoptedAsFound
      ? [{ key: "adoptedAsFound", value: "true", secret: false, why: "so that nothing restarts" }]
      : []),
    ...((hasPassword && settings.profile !== "tutorial") || !usable(administrator?.password)
      ? []
      : [
          {
            key: "grafanaAdminPassword",
            value: administrator?.password ?? "",
            secret: true,
            why: `from ${administrator?.source ?? ""}${hasPassword ? ", in the place of the stack's own" : ""}`,
          },
        ]),
  ];
}

export function usable(password: string | undefined): boolean {
  return password !== undefined && passwordFormat.test(password);
}

/** The value, when the program takes it. */
function accepted(key: SettingKey, value: string | undefined): string | undefined {
  return settingsSchema.shape[key].safeParse(value).success ? value : undefined;
}

/** Where the release's MinIO comes from; undefined where it has none. */
function minioRegistryOf({ name, objects }: HelmRelease): string | undefined {
  const found = objects.find(
    ({ kind, metadata }) =>
      kind === "Deployment" && metadata.name === lgtmServiceName(name, "minio"),
  );
  const { template } = (found?.["spec"] ?? {}) as { template?: { spec?: PodSpec } };
  const image = template?.spec?.containers[0]?.image;
  if (image === undefined) return undefined;
  // With the path in a mirror, if it has one.
  const [, mirror] = /^(.+)\/minio\/minio(?:[:@]|$)/.exec(image) ?? [];
  return mirror ?? splitRegistry(image)[0] ?? dockerHub;
}

/** As many ingesters as there are: with fewer, what a removed one has not flushed yet would be lost. */
function ingesters({ name, objects }: HelmRelease, settings: Settings): Adapted[] {
  const size = shapeOf(settings);
  return (["loki", "mimir", "tempo"] as const).flatMap((store) => {
    const found = objects.find(
      ({ kind, metadata }) =>
        kind === "StatefulSet" && metadata.name === `${name}-${store}-ingester`,
    );
    const replicas = (found?.["spec"] as { replicas?: number } | undefined)?.replicas;
    const key = `${store}IngesterReplicas` as const;
    const value = accepted(key, String(replicas));
    // One alone, the tutorial's own warning, is not enough for the copies that its chart asks for.
    const isTooFew = store === "tempo" && replicas === 1;
    return value === undefined || isTooFew || replicas === size[store].replicas
      ? []
      : [{ key, value, secret: false, why: "as many as there are" }];
  });
}
