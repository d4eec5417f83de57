/** The deployed stack, as verify reaches it. */
import * as https from "node:https";
import { ports } from "../../../config/services";
import { ApiError, type Cluster } from "../../../lib/kubernetes/cluster";
import type { Pod } from "../../../lib/kubernetes/types";
import { type Connection, loadClient } from "../../../lib/kubernetes/open-cluster";
import { mask } from "../../../lib/secrets/mask";
import type { Context } from "../../../lib/terminal/run";
import { type Datasource, parseDatasources } from "./links/datasources";
import type { Component } from "./signals";
import type { System } from "./system";
import type { Target } from "./target";
import { ClusterTransport } from "./transport/cluster-transport";
import type { HttpEndpoint } from "./transport/http-endpoint";
import { podsBehind, servicePortOf } from "./transport/pods";

/** Most lines that are read of each collector's log. */
const LINES = 2000;

export async function clusterSystem(
  target: Target,
  { cluster, config }: Connection,
  context: Context,
): Promise<System> {
  const { signal } = context;
  // Connections of its own: questions that hang must not keep the cluster's from being asked.
  const options: https.RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  context.onEnd(() => {
    (options.agent as https.Agent | undefined)?.destroy();
  });
  const transport = new ClusterTransport({
    cluster,
    forwarder: new (loadClient().PortForward)(config),
    apiServer: { url: cluster.server, options },
    home: target.home,
    signal,
    onEnd: (close) => {
      context.onEnd(close);
    },
  });
  const open = new Map<Component, Promise<HttpEndpoint>>();
  const { endpoints, profile, demo } = target;
  return {
    endpoints,
    profile,
    demo,
    datasources: profile === "tutorial" ? [] : await grafanaDatasources(target, cluster),
    to: async (component) => {
      const known = open.get(component) ?? transport.to(endpoints[component]);
      open.set(component, known);
      return known;
    },
    collector: {
      log: async (since) => (await eachCollector(target, cluster, logOf(cluster, since))).flat(),
      metrics: async () => eachCollector(target, cluster, metricsOf(cluster)),
    },
  };
}

/** Grafana's datasources as it reads them at its start; a sentence when they cannot be read. */
async function grafanaDatasources(
  { home, grafanaConfig }: Target,
  cluster: Cluster,
): Promise<readonly Datasource[] | string> {
  const path = `/api/v1/namespaces/${home}/configmaps/${grafanaConfig}`;
  const map = await cluster.find<{ readonly data?: Readonly<Record<string, string>> }>(path);
  const text = map?.data?.["datasources.yaml"];
  if (text === undefined) {
    const refused = cluster.refusalOf(path);
    if (refused !== undefined) return refused;
    return `ConfigMap ${home}/${grafanaConfig} ${map === undefined ? "is not there" : "has no datasources to read"}`;
  }
  try {
    return parseDatasources(text);
  } catch (error) {
    return `ConfigMap ${home}/${grafanaConfig}: ${(error as Error).message.split("\n")[0] ?? ""}`;
  }
}

async function eachCollector<T>(
  { endpoints, home }: Target,
  cluster: Cluster,
  read: (pod: Pod) => Promise<T>,
): Promise<T[]> {
  const { pods } = await podsBehind(cluster, servicePortOf(endpoints.collector, home));
  return Promise.all(pods.filter(({ status }) => status?.phase === "Running").map(read));
}

function logOf(cluster: Cluster, since: Date) {
  return async ({ metadata, spec }: Pod): Promise<string[]> => {
    const { namespace = "", name } = metadata;
    const containers = spec.containers.map((one) => one.name);
    // A service mesh may have put others beside it.
    const container =
      containers.find((one) => one.includes("opentelemetry-collector")) ?? containers[0];
    const sinceSeconds = Math.max(1, Math.ceil((Date.now() - since.getTime()) / 1000));
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/log`;
    const query = { container, sinceSeconds, tailLines: LINES };
    const text = await cluster.text(path, query, "*/*");
    return mask(text).split("\n");
  };
}

function metricsOf(cluster: Cluster) {
  return async ({ metadata }: Pod): Promise<string> => {
    const { namespace = "", name } = metadata;
    const path = `/api/v1/namespaces/${namespace}/pods/${name}:${String(ports.collectorMetrics)}/proxy/metrics`;
    try {
      return await cluster.text(path, {}, "text/plain");
    } catch (error) {
      // Without them the log alone has to tell.
      if (error instanceof ApiError) throw new Error(error.message, { cause: error });
      throw error;
    }
  };
}
