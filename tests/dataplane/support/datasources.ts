/** The generated datasources as Grafana reads them. */
import * as assert from "node:assert/strict";
import type { V1ConfigMap } from "@kubernetes/client-node";
import { parse } from "yaml";
import type { Generated } from "../../../dataplane/config/generated";
import type { TraceToLogs, TraceToMetrics } from "../../support/grafana-links";

/** The parts of the generated datasources that make links. */
export interface Datasources {
  readonly loki: { readonly derivedFields: readonly { readonly matcherRegex: string }[] };
  readonly mimir: { readonly exemplarTraceIdDestinations: readonly { readonly name: string }[] };
  readonly tempo: {
    readonly tracesToLogsV2: TraceToLogs;
    readonly tracesToMetrics: TraceToMetrics;
  };
}

interface Provisioned {
  readonly datasources: readonly { readonly uid: string; readonly jsonData: object }[];
}

/** What Grafana makes of a provisioned text: `$$` is how a `$` is written there. */
function expanded(value: unknown): unknown {
  if (typeof value === "string") return value.replaceAll("$$", "$");
  if (Array.isArray(value)) return value.map(expanded);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expanded(item)]));
}

/** The datasources as Grafana reads them from the ConfigMap that the chart renders. */
export function provisionedDatasources({ deployment }: Generated): Datasources {
  const map = deployment.stores.find(
    (object): object is V1ConfigMap =>
      object.kind === "ConfigMap" && object.metadata?.name === "my-lgtm-grafana",
  );
  const text = map?.data?.["datasources.yaml"];
  assert.ok(text !== undefined, "the chart renders no datasources.yaml");
  const { datasources } = parse(text) as Provisioned;
  const settings = (uid: string): unknown => {
    const found = datasources.find((datasource) => datasource.uid === uid);
    assert.ok(found !== undefined, `no datasource ${uid}`);
    return expanded(found.jsonData);
  };
  return {
    loki: settings("loki"),
    mimir: settings("prom"),
    tempo: settings("tempo"),
  } as Datasources;
}
