/** The oldest Kubernetes on which the charts of a stack install. */
import { charts, chartsOfSet, type StoreChartVersion } from "./charts";
import type { SettingKey, Settings } from "./schema";

/** A chart that needs a version of Kubernetes. */
export interface KubernetesFloor {
  /** The setting that chose the chart's version. */
  readonly setting: SettingKey;
  readonly chart: string;
  readonly version: string;
  /** Oldest minor version of Kubernetes 1. */
  readonly minor: number;
  /** The version of the chart that needs least, when it is another. */
  readonly other: { readonly version: string; readonly minor: number } | undefined;
}

/** What the charts of these settings need; nothing for the umbrella chart, which asks for no version. */
export function kubernetesFloors(settings: Settings): KubernetesFloor[] {
  if (settings.chartSet === "umbrella") return [];
  return chartsOfSet.maintained.map((part): KubernetesFloor => {
    const setting = `${part}ChartVersion` as const;
    const version = settings[setting];
    const known = Object.entries<StoreChartVersion>(charts[part].versions).map(
      ([one, { oldestKubernetes }]) => ({ version: one, minor: oldestKubernetes }),
    );
    const oldest = known.reduce((least, one) => (one.minor < least.minor ? one : least));
    return {
      setting,
      chart: charts[part].name,
      version,
      minor: known.find((one) => one.version === version)?.minor ?? 0,
      other: oldest.version === version ? undefined : oldest,
    };
  });
}
