/** What additions to the collector's configuration may not do: lose what it has acknowledged, or have no effect. */
import { nearest } from "../../lib/nearest";
import { secretsInClear } from "../../lib/secrets/in-clear";
import {
  type CollectorAdditions,
  componentKinds,
  isOtlp,
  ownComponents,
} from "../collector-config";
import { ports } from "../services";
import { type Conflict, remove, type Rule } from "./conflict";

const key = "collectorConfig";

function refuse(
  path: readonly string[],
  shown: unknown,
  reason: string,
  fix = remove(key, path),
): Conflict {
  const text = typeof shown === "string" ? shown : JSON.stringify(shown);
  return { key, path, shown: text.length > 60 ? `${text.slice(0, 57)}…` : text, reason, fix };
}

const componentName = /^[a-z][a-z0-9_]*(\/[\w.-]+)?$/;

/** What may be added to the receiver that is there: how senders are known, and what is known of them. */
const receiverAdditions = ["auth", "cors", "include_metadata"];

const takenPorts: readonly number[] = [
  ...[ports.otlpGrpc, ports.otlpHttp, ports.collectorHealth, ports.collectorMetrics],
];

function ownReceiver(settings: Readonly<Record<string, unknown>>): Conflict[] {
  const { protocols = {}, ...others } = settings as {
    protocols?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  const path = ["receivers", "otlp"];
  return [
    ...Object.entries(others).map(([name, value]) => [[...path, name], value] as const),
    ...Object.entries(protocols).flatMap(([protocol, fields]) =>
      Object.entries(fields)
        .filter(
          ([field]) => !["grpc", "http"].includes(protocol) || !receiverAdditions.includes(field),
        )
        .map(([field, value]) => [[...path, "protocols", protocol, field], value] as const),
    ),
  ].map(([where, value]) =>
    refuse(
      where,
      value,
      `is of the receiver that all applications send to; ${receiverAdditions.join(", ")} of its protocols can be added`,
    ),
  );
}

function portOf(endpoint: unknown): number | undefined {
  const [, port] = typeof endpoint === "string" ? (/:(\d+)$/.exec(endpoint) ?? []) : [];
  return port === undefined ? undefined : Number(port);
}

/** Every `endpoint` in a component's settings, at whatever depth. */
function endpointsOf(value: unknown, path: readonly string[]): (readonly [string[], unknown])[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, item]) =>
    name === "endpoint" || name === "listen_address"
      ? [[[...path, name], item] as const]
      : endpointsOf(item, [...path, name]),
  );
}

function componentConflicts(additions: CollectorAdditions): Conflict[] {
  return componentKinds.flatMap((kind) =>
    Object.entries(additions[kind] ?? {}).flatMap(([name, settings]): Conflict[] => {
      const path = [kind, name];
      if (kind === "receivers" && name === "otlp") return ownReceiver(settings);
      if ((ownComponents[kind] as readonly string[]).includes(name))
        return [
          refuse(
            path,
            settings,
            "is a component of the program's own, which its queues, its limits or its stores go by",
            `give yours another name, such as ${name.split("/")[0] ?? name}/own`,
          ),
        ];
      if (!componentName.test(name))
        return [
          refuse(
            path,
            settings,
            "must be named as the collector names components, type or type/name",
          ),
        ];
      const type = name.split("/")[0];
      if (kind === "processors" && type === "batch")
        return [
          refuse(
            path,
            settings,
            "acknowledges what is in memory only, and loses it with its pod; requests are divided on disk",
          ),
        ];
      if (kind === "exporters" && "sending_queue" in settings && isOtlp(name))
        return [
          refuse(
            [...path, "sending_queue"],
            settings["sending_queue"],
            "is the queue on disk, which the program gives every destination that takes OTLP",
          ),
        ];
      return kind === "receivers" || kind === "extensions"
        ? endpointsOf(settings, path)
            .filter(([, endpoint]) => takenPorts.includes(portOf(endpoint) ?? 0))
            .map(([where, endpoint]) =>
              refuse(where, endpoint, "is a port that the collector has for something else"),
            )
        : [];
    }),
  );
}

/** Names in pipelines that nothing has, and components that no pipeline has. */
function references(additions: CollectorAdditions): Conflict[] {
  const pipelines = Object.entries(additions.service?.pipelines ?? {});
  const used = { receivers: [], processors: [], exporters: [] } as Record<string, string[]>;
  const missing = pipelines.flatMap(([pipeline, parts]) =>
    (["receivers", "processors", "exporters"] as const).flatMap((kind) =>
      (parts[kind] ?? []).flatMap((name, index): Conflict[] => {
        used[kind]?.push(name);
        const own: readonly string[] = ownComponents[kind];
        const connectors = kind === "processors" ? [] : Object.keys(additions.connectors ?? {});
        const known = [...Object.keys(additions[kind] ?? {}), ...connectors, ...own];
        if (known.includes(name)) return [];
        const meant = nearest(name, known);
        return [
          refuse(
            ["service", "pipelines", pipeline, kind, String(index)],
            name,
            `is none of the ${kind} that there are${meant === undefined ? "" : `; did you mean ${meant}?`}`,
            `add it below ${kind}, or ${remove(key, ["service", "pipelines", pipeline, kind, String(index)])}`,
          ),
        ];
      }),
    ),
  );
  used["extensions"] = [...(additions.service?.extensions ?? [])];
  used["connectors"] = [...(used["receivers"] ?? []), ...(used["exporters"] ?? [])];
  const extensions = used["extensions"].flatMap((name, index) =>
    name in (additions.extensions ?? {})
      ? []
      : [
          refuse(
            ["service", "extensions", String(index)],
            name,
            "is none of the extensions that are added; the program's own run already",
          ),
        ],
  );
  const idle = componentKinds.flatMap((kind) =>
    Object.entries(additions[kind] ?? {})
      // Of those there is something else to say.
      .filter(([name]) => !(ownComponents[kind] as readonly string[]).includes(name))
      .filter(([name]) => used[kind]?.includes(name) !== true)
      .map(([name, settings]) =>
        refuse(
          [kind, name],
          settings,
          kind === "extensions"
            ? "is not in service.extensions, so it would have no effect"
            : "is in no pipeline, so it would have no effect",
          kind === "extensions"
            ? "add it to service.extensions"
            : `add it to service.pipelines.logs, metrics or traces: pulumi config set --path 'lgtm:${key}.service.pipelines.traces.${kind}[0]' ${name}`,
        ),
      ),
  );
  return [...missing, ...extensions, ...idle];
}

function secretConflicts(additions: CollectorAdditions): Conflict[] {
  return secretsInClear(additions).map((path) =>
    refuse(
      path,
      "[secret]",
      "is a secret in clear, which would be in a ConfigMap and in Helm's record",
      "put it into a Secret in the collector's namespace, name that in lgtm:collectorEnvFrom, and write ${env:NAME} here",
    ),
  );
}

/** Additions to a configuration of the program's own: that of the tutorial is to the letter. */
export const collectorAdditionsKeepPromises: Rule = ({
  collectorConfig,
  collectorEnvFrom,
  profile,
}) => {
  if (profile === "tutorial")
    return (
      [
        [key, Object.keys(collectorConfig).length],
        ["collectorEnvFrom", collectorEnvFrom.length],
      ] as const
    ).flatMap(([setting, length]) =>
      length === 0
        ? []
        : [
            {
              key: setting,
              reason: "contradicts lgtm:profile = tutorial, whose collector is to the letter",
              fix: `pulumi config rm lgtm:${setting}, or pulumi config set lgtm:profile standard`,
            },
          ],
    );
  return [
    ...secretConflicts(collectorConfig),
    ...componentConflicts(collectorConfig),
    ...references(collectorConfig),
  ];
};
