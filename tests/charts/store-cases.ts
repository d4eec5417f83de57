/** What the program sets for each version of the stores' own charts. */
import * as fs from "node:fs";
import * as path from "node:path";
import { grafanaValues } from "../../components/values/grafana";
import { lokiValues } from "../../components/values/loki";
import { mimirValues } from "../../components/values/mimir";
import { tempoValues } from "../../components/values/tempo";
import { charts, localChartPaths } from "../../config/charts";
import type { StorePart } from "../../config/services";
import type { Size } from "../../config/sizes";
import { grafanaArgs, storeArgs, type StoreName } from "../components/values/support";
import { realCharts, standIns } from "./render";

/** What the program sets for one version of a store's own chart. */
export interface StoreCase {
  readonly part: StorePart;
  readonly version: string;
  /** Another version of the real chart that does, where that one is not to be had. */
  readonly neighbour?: string;
  readonly imageTag: string;
  readonly values: (size: Size, store?: StoreName) => object;
}

const given = (size: Size, imageTag: string, store?: StoreName) =>
  storeArgs(store, { size, imageTag, storageClass: "fast" });

function mimirCase(version: keyof typeof charts.mimir.versions, chartMajor: 5 | 6): StoreCase {
  const { imageTag } = charts.mimir.versions[version];
  return {
    part: "mimir",
    version,
    imageTag,
    values: (size, store) => mimirValues({ ...given(size, imageTag, store), chartMajor }),
  };
}

const lokiTag = charts.loki.versions["18.11.0"].imageTag;
const tempoTag = charts.tempo.versions["2.26.2"].imageTag;
const grafanaTag = charts.grafana.versions["12.10.4"].imageTag;

export const storeCases: readonly StoreCase[] = [
  {
    part: "loki",
    version: "18.11.0",
    imageTag: lokiTag,
    values: (size, store) => lokiValues(given(size, lokiTag, store)),
  },
  {
    part: "tempo",
    version: "2.26.2",
    imageTag: tempoTag,
    values: (size, store) => tempoValues(given(size, tempoTag, store)),
  },
  { ...mimirCase("6.0.6", 6), neighbour: "6.0.5" },
  mimirCase("5.8.0", 5),
  {
    part: "grafana",
    version: "12.10.4",
    imageTag: grafanaTag,
    values: (size) => grafanaValues(grafanaArgs({ size, imageTag: grafanaTag })),
  },
];

/** The stand-in and the real chart, those that are there. */
export function locationsOf({
  part,
  version,
  neighbour,
}: Pick<StoreCase, "neighbour" | "part" | "version">): readonly (readonly [string, string])[] {
  const { name } = charts[part];
  const standIn = path.join(standIns, `${name}-${version}`);
  const real =
    realCharts === undefined
      ? undefined
      : [version, ...(neighbour === undefined ? [] : [neighbour])]
          .flatMap((one) => localChartPaths(path.resolve(realCharts ?? ""), name, one))
          .find((file) => fs.existsSync(file));
  return [
    ...(fs.existsSync(standIn) ? [[path.basename(standIn), standIn] as const] : []),
    ...(real === undefined ? [] : [[`real ${path.basename(real)}`, real] as const]),
  ];
}
