/** Puts what the owner adds into the collector's configuration. */
import { type CollectorAdditions, isOtlp } from "../../config/collector-config";
import { mergedValues } from "../../lib/helm/values";

type Components = Readonly<Record<string, object>>;

interface Pipeline {
  readonly receivers: readonly string[];
  readonly processors: readonly string[];
  readonly exporters: readonly string[];
}

/** The configuration, as far as it is added to. */
interface Config {
  readonly extensions: Components;
  readonly receivers: Components;
  readonly processors: Components;
  readonly exporters: Components;
  readonly service: {
    readonly extensions: readonly string[];
    readonly pipelines: Readonly<Record<string, Pipeline>>;
  };
}

/** Destinations of the owner's that have a queue on the pod's volume, as the stores have. */
export function queuesOf(additions: CollectorAdditions): string[] {
  return Object.keys(additions.exporters ?? {}).filter(isOtlp);
}

/**
 * A pipeline with what is added to it. Processors stand after those that refuse data and name its sender, and
 * before those that make it fit for the stores: what an addition adds is made to fit, too.
 */
function extended(
  { receivers, processors, exporters }: Pipeline,
  more: { readonly [kind in keyof Pipeline]?: readonly string[] | undefined },
): Pipeline {
  const first = processors.filter((name) =>
    ["memory_limiter", "k8s_attributes", "resource"].includes(name),
  );
  const rest = processors.filter((name) => !first.includes(name));
  const unlessThere = (there: readonly string[], names: readonly string[] = []) =>
    [...new Set(names)].filter((name) => !there.includes(name));
  return {
    receivers: [...receivers, ...unlessThere(receivers, more.receivers)],
    processors: [...first, ...unlessThere(processors, more.processors), ...rest],
    exporters: [...exporters, ...unlessThere(exporters, more.exporters)],
  };
}

/**
 * The program's configuration and what is added to it.
 *
 * @param queue what every exporter to a store has, for the owner's that send OTLP
 */
export function withAdditions<C extends Config>(
  config: C,
  additions: CollectorAdditions,
  queue: object,
): C {
  const { service = {} } = additions;
  const components = (kind: "extensions" | "processors" | "receivers") =>
    mergedValues(config[kind], additions[kind] ?? {});
  const exporters = Object.entries(additions.exporters ?? {}).map(
    ([name, settings]) => [name, isOtlp(name) ? { ...queue, ...settings } : settings] as const,
  );
  // A pipeline of the owner's own, too, refuses data before the pod runs out of memory.
  const empty = { receivers: [], processors: ["memory_limiter"], exporters: [] };
  const pipelines = Object.entries(service.pipelines ?? {}).map(
    ([name, more]) => [name, extended(config.service.pipelines[name] ?? empty, more)] as const,
  );
  return {
    ...config,
    receivers: components("receivers"),
    processors: components("processors"),
    exporters: { ...config.exporters, ...Object.fromEntries(exporters) },
    ...(additions.connectors && { connectors: additions.connectors }),
    extensions: components("extensions"),
    service: {
      ...config.service,
      extensions: [...config.service.extensions, ...(service.extensions ?? [])],
      pipelines: { ...config.service.pipelines, ...Object.fromEntries(pipelines) },
    },
  };
}
