/** The settings `pods` and `parts`: where pods run, what each asks for, and how large its volume is. */
import { z } from "zod";
import type { Part } from "./capacity";
import type { Size } from "./sizes";
import { jsonText } from "./text-formats";

const podsReason =
  'must have nodeSelector, tolerations or priorityClassName as pods have them, such as {"nodeSelector":{"pool":"observability"}}';

const text = z.string(podsReason).regex(/^\S{1,253}$/, podsReason);

const placementFields = {
  nodeSelector: z.record(text, z.string(podsReason), podsReason).optional(),
  tolerations: z
    .array(
      z.strictObject(
        {
          key: text.optional(),
          operator: z.enum(["Equal", "Exists"], podsReason).optional(),
          value: z.string(podsReason).optional(),
          effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"], podsReason).optional(),
          tolerationSeconds: z.int(podsReason).optional(),
        },
        podsReason,
      ),
      podsReason,
    )
    .optional(),
  priorityClassName: text.optional(),
};

/** Where the pods of all parts run. */
export const pods = jsonText(z.strictObject(placementFields, podsReason), podsReason);

/** The same as a pod has it. */
export type Placement = {
  readonly nodeSelector?: Readonly<Record<string, string>>;
  readonly tolerations?: readonly Toleration[];
  readonly priorityClassName?: string;
};

interface Toleration {
  readonly key?: string;
  readonly operator?: "Equal" | "Exists";
  readonly value?: string;
  readonly effect?: "NoExecute" | "NoSchedule" | "PreferNoSchedule";
  readonly tolerationSeconds?: number;
}

/** As settings have it, where what is not said may be undefined. */
type Said = z.output<typeof pods> | Placement;

const partsReason =
  'must have, below names of parts, what pods has or milliCpu, memoryMiB, memoryLimitMiB or volumeGiB as whole numbers, such as {"lokiIngester":{"memoryMiB":1024}}';

const whole = (max: number) =>
  z.int(partsReason).min(1, partsReason).max(max, partsReason).optional();

/** The same for single parts, whose own take the place of what `pods` says, and what each asks for. */
export const parts = jsonText(
  z.record(
    z.string(),
    z.strictObject(
      {
        ...placementFields,
        milliCpu: whole(256_000),
        memoryMiB: whole(4_194_304),
        memoryLimitMiB: whole(4_194_304),
        volumeGiB: whole(65_536),
      },
      partsReason,
    ),
    partsReason,
  ),
  partsReason,
);

/** What is said of one part. */
export type PartSettings = z.output<typeof parts>[string];

/** `lokiQueryFrontend`: a component of a store, as the settings call it. */
export function partName(part: Part, component: string): string {
  const words = component.split("_").map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return part === component ? part : `${part}${words.join("")}`;
}

/** A part of a size, by the name that the settings give it. */
export interface NamedPart {
  readonly name: string;
  readonly part: Part;
  readonly component: string;
}

/** Every part that a size has pods of, without the collector and the demo. */
export function partsOfSize({ requests }: Pick<Size, "requests">): NamedPart[] {
  return (Object.keys(requests) as Part[]).flatMap((part) =>
    Object.keys(requests[part]).map((component) => ({
      ...{ part, component },
      name: partName(part, component),
    })),
  );
}

/** A size with what single parts ask for otherwise. */
export function sizeWithParts(size: Size, given: Readonly<Record<string, PartSettings>>): Size {
  return partsOfSize(size).reduce<Size>(
    (changed, { name, part, component }) => {
      const { milliCpu, memoryMiB, memoryLimitMiB, volumeGiB } = given[name] ?? {};
      const [ownCpu, ownMemory] = size.requests[part][component] ?? [0, 0];
      const put = <T>(
        all:
          | Readonly<Partial<Record<keyof Size["volumesGiB"], Readonly<Record<string, T>>>>>
          | undefined,
        value: T | undefined,
      ) => (value === undefined ? all : { ...all, [part]: { ...all?.[part], [component]: value } });
      const isAsked = milliCpu !== undefined || memoryMiB !== undefined;
      const limits = put(changed.memoryLimitsMiB, memoryLimitMiB);
      return {
        ...changed,
        requests: isAsked
          ? {
              ...changed.requests,
              [part]: {
                ...changed.requests[part],
                [component]: [milliCpu ?? ownCpu, memoryMiB ?? ownMemory] as const,
              },
            }
          : changed.requests,
        ...(limits && { memoryLimitsMiB: limits }),
        volumesGiB: put(changed.volumesGiB, volumeGiB) ?? {},
      };
    },
    withQueue(size, given),
  );
}

/** Settings of the collectors of the cluster's own signals, which are of no store's chart. */
export const signalParts = { node: "nodeCollector", cluster: "clusterCollector" } as const;

function withQueue(size: Size, given: Readonly<Record<string, PartSettings>>): Size {
  const queues = (["otelCollector", "clusterCollector"] as const).flatMap((name) => {
    const queue = given[name]?.volumeGiB;
    return queue === undefined ? [] : [[name, { queue }] as const];
  });
  const signal = (kind: keyof typeof signalParts) => {
    const { requests, memoryLimitMiB } = size.signals[kind];
    const own = given[signalParts[kind]] ?? {};
    return {
      requests: [own.milliCpu ?? requests[0], own.memoryMiB ?? requests[1]] as const,
      memoryLimitMiB: own.memoryLimitMiB ?? memoryLimitMiB,
    };
  };
  return {
    ...size,
    signals: { node: signal("node"), cluster: signal("cluster") },
    ...(queues.length > 0 && {
      volumesGiB: { ...size.volumesGiB, ...Object.fromEntries(queues) },
    }),
  };
}

/** Where the pods of one part run: its own settings, and those of all where it has none. */
export function placementOf(
  all: Said,
  given: Readonly<Record<string, PartSettings>>,
  name: string,
): Placement {
  const { nodeSelector, tolerations, priorityClassName } = { ...all, ...given[name] } as Placement;
  return {
    ...(nodeSelector && { nodeSelector }),
    ...(tolerations && { tolerations }),
    ...(priorityClassName !== undefined && { priorityClassName }),
  };
}

/**
 * Where the collectors of the nodes run: on every node whatever its taints, unless their own part says where. The
 * node selector and the tolerations of all parts would leave out the nodes of everybody else.
 */
export function nodePlacement(all: Said, given: Readonly<Record<string, PartSettings>>): Placement {
  const { priorityClassName } = all as Placement;
  return {
    tolerations: [{ operator: "Exists" }],
    ...placementOf(
      priorityClassName === undefined ? {} : { priorityClassName },
      given,
      signalParts.node,
    ),
  };
}
