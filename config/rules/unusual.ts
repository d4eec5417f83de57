/** Settings that work and are seldom meant: warned of. */
import { ingestersOf, shapeOf } from "../parts";
import type { Settings } from "../schema";
import { idleWhileOff } from "./no-effect";

/** So many times what the size says is no adjustment any more. */
const manyTimes = 5;

/** Days for which the volume of the bundled store was never meant: a quarter. */
const longDays = 92;

function manyIngesters(settings: Settings): string[] {
  return (["loki", "mimir", "tempo"] as const).flatMap((store) => {
    const { replicas } = ingestersOf(settings, store);
    const bySize = ingestersOf({ ...settings, [`${store}IngesterReplicas`]: 0 }, store).replicas;
    return replicas > manyTimes * bySize
      ? [
          `lgtm:${store}IngesterReplicas = ${String(replicas)}: size ${settings.size} has ${String(bySize)}, and nodes for that; another size has more of everything (docs/sizing.md)`,
        ]
      : [];
  });
}

function longRetention(settings: Settings): string[] {
  if (settings.storage !== "bundled" || settings.profile === "tutorial") return [];
  const { minio, objectStore } = shapeOf(settings).volumesGiB;
  const [volume] = [...Object.values(objectStore ?? {}), ...Object.values(minio ?? {})];
  return (["logs", "metrics", "traces"] as const).flatMap((signal) => {
    const days = settings[`${signal}RetentionDays`];
    return days > longDays
      ? [
          `lgtm:${signal}RetentionDays = ${String(days)}: all of it is to fit on the bundled store's volume of ${String(volume ?? 0)} GiB, and when it is full nothing more is kept; lgtm:storage s3, gcs or azure grow (docs/sizing.md)`,
        ]
      : [];
  });
}

/** Warnings, one for each. */
export function unusual(settings: Settings): string[] {
  const idle = idleWhileOff(settings).map(
    ({ key, reason, fix }) => `lgtm:${key} ${reason}, so it is ignored (${fix})`,
  );
  return [...manyIngesters(settings), ...longRetention(settings), ...idle];
}
