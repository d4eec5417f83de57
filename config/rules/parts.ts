/** Parts that a stack has, and what can be said of each. */
import { hasComponent, podsOfComponent } from "../capacity";
import { nearest } from "../../lib/nearest";
import { shapeOf, shapeWithoutParts } from "../parts";
import { type PartSettings, partsOfSize, signalParts } from "../pods";
import type { Settings } from "../schema";
import type { SignalPod, Size } from "../sizes";
import { type Conflict, remove, type Rule } from "./conflict";

const key = "parts";

/** Parts by name, and which of their numbers can be set. */
function partsOf(settings: Settings): Map<string, readonly (keyof PartSettings)[]> {
  const size = shapeWithoutParts(settings);
  const resources = ["milliCpu", "memoryMiB", "memoryLimitMiB"] as const;
  // The tutorial's pods ask for what its charts say.
  const isTutorial = settings.profile === "tutorial";
  const bundled = settings.storage === "bundled";
  const stores = partsOfSize(size)
    .filter(({ part }) => bundled || (part !== "minio" && part !== "objectStore"))
    .map(({ name, part, component }) => {
      const { volumeGiB } = podsOfComponent(size, part, component);
      const hasVolume = volumeGiB > 0 && !(part === "grafana" && settings.grafanaDatabase);
      return [
        name,
        isTutorial && part !== "objectStore"
          ? []
          : [...resources, ...(hasVolume ? (["volumeGiB"] as const) : [])],
      ] as const;
    });
  return new Map<string, readonly (keyof PartSettings)[]>([
    ...stores,
    ["otelCollector", isTutorial ? [] : ["volumeGiB"]],
    ...(settings.clusterSignals === undefined
      ? []
      : ([
          [signalParts.node, resources],
          [signalParts.cluster, [...resources, "volumeGiB"]],
        ] as const)),
    ...(settings.demoEnabled
      ? ([
          ["demoApp", []],
          ["demoTraffic", []],
        ] as const)
      : []),
  ]);
}

/** What the pods of a part ask for, where that can be set. */
function askedBy(size: Size, name: string): SignalPod | undefined {
  if (name === signalParts.node) return size.signals.node;
  if (name === signalParts.cluster) return size.signals.cluster;
  const found = partsOfSize(size).find((one) => one.name === name);
  return found !== undefined && hasComponent(size, found.part, found.component)
    ? podsOfComponent(size, found.part, found.component)
    : undefined;
}

const numbers = ["milliCpu", "memoryMiB", "memoryLimitMiB", "volumeGiB"] as const;

function partConflicts(
  settings: Settings,
  name: string,
  given: PartSettings,
  can: readonly (keyof PartSettings)[],
): Conflict[] {
  const strange = numbers
    .filter((field) => given[field] !== undefined && !can.includes(field))
    .map((field): Conflict => {
      const path = [name, field];
      const reason =
        field === "volumeGiB"
          ? "is the volume of a part that has none, or whose charts say how large it is"
          : "is what a part asks for that cannot be set here";
      const fix =
        name === "otelCollector" && field !== "volumeGiB"
          ? `lgtm:otelCollectorMemoryLimitMiB; ${remove(key, path)}`
          : remove(key, path);
      return { key, path, shown: String(given[field]), reason, fix };
    });
  if (strange.length > 0) return strange;
  const asked = askedBy(shapeOf(settings), name);
  if (asked === undefined) return [];
  const { requests, memoryLimitMiB } = asked;
  return requests[1] <= memoryLimitMiB
    ? []
    : [
        {
          key,
          path: [name, "memoryLimitMiB"],
          shown: String(memoryLimitMiB),
          reason: `is less than the ${String(requests[1])} MiB that each pod asks for`,
          fix: `pulumi config set --path lgtm:parts.${name}.memoryLimitMiB ${String(requests[1] * 2)}, or lower memoryMiB`,
        },
      ];
}

/** Names that no part of a size has, nor what a stack has beside it. */
export function unknownParts(
  size: Size,
  parts: Readonly<Record<string, PartSettings>>,
): Conflict[] {
  const known = [
    ...partsOfSize(size).map(({ name }) => name),
    ...["otelCollector", ...Object.values(signalParts), "demoApp", "demoTraffic"],
  ];
  return Object.keys(parts)
    .filter((name) => !known.includes(name))
    .map((name) => unknownPart(name, known));
}

function unknownPart(name: string, known: readonly string[]): Conflict {
  const meant = nearest(name, known);
  return {
    key,
    path: [name],
    shown: "{…}",
    reason: `is no part of this stack${meant === undefined ? "" : `; did you mean ${meant}?`}`,
    fix: `name one of ${known.join(", ")}`,
  };
}

/** Names of parts that there are, and numbers that they have. */
export const partsAreKnown: Rule = (settings) => {
  const known = partsOf(settings);
  return Object.entries(settings.parts).flatMap(([name, given]) => {
    const can = known.get(name);
    return can === undefined
      ? [unknownPart(name, [...known.keys()])]
      : partConflicts(settings, name, given, can);
  });
};
