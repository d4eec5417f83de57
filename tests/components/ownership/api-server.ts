/** An API server of a few objects, over plain HTTP: what a look asks, and what it must not do. */
import { setMaxListeners } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { Cluster } from "../../../lib/kubernetes/cluster";
import type { Metadata } from "../../../lib/kubernetes/objects";

interface Stored {
  readonly metadata: Metadata;
  readonly [field: string]: unknown;
}

type Kinds = Readonly<Record<string, Readonly<Record<string, string>>>>;

const kinds: Kinds = {
  v1: {
    configmaps: "ConfigMap",
    persistentvolumeclaims: "PersistentVolumeClaim",
    secrets: "Secret",
    services: "Service",
  },
  "apps/v1": { deployments: "Deployment" },
  "example.com/v1": { widgets: "Widget" },
  "metrics.k8s.io/v1beta1": { pods: "PodMetrics" },
};

/** What a server holds, and what it has been asked. */
export interface ApiServer {
  readonly url: string;
  readonly cluster: Cluster;
  /** Answers with this status whatever begins with this path. */
  refuse(path: string, status?: number): void;
  /** Paths of requests, with the method of those that change something. */
  readonly asked: string[];
  /** Metadata of the object at this path now. */
  metadataAt(path: string): Metadata | undefined;
}

const running: http.Server[] = [];

/** Ends every server. For `afterEach` hooks. */
export function endApiServers(): void {
  for (const server of running.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
}

/** A server with objects of this metadata at these paths; their name is the path's end. */
export async function apiServer(
  given: Readonly<Record<string, Partial<Metadata> & { readonly data?: object }>>,
  moreKinds: Kinds = {},
): Promise<ApiServer> {
  const allKinds = { ...kinds, ...moreKinds };
  const objects = new Map<string, Stored>(
    Object.entries(given).map(([path, { data, ...metadata }]) => [
      path,
      { metadata: { ...named(path), ...metadata }, ...(data && { data }) },
    ]),
  );
  const refused: [path: string, status: number][] = [];
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://server");
    const { method = "GET" } = request;
    asked.push(method === "GET" ? url.pathname : `${method} ${url.pathname}`);
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    const no = refused.find(([path]) => url.pathname.startsWith(path));
    if (no !== undefined) {
      answer(no[1], { kind: "Status", message: `no: ${url.pathname}` });
      return;
    }
    const found = objects.get(url.pathname);
    if (found !== undefined && method === "PATCH") {
      let text = "";
      request.on("data", (part: Buffer) => (text += part.toString()));
      request.on("end", () => {
        const { metadata } = JSON.parse(text) as { metadata: Partial<Metadata> };
        const annotations = { ...found.metadata.annotations, ...metadata.annotations };
        objects.set(url.pathname, { ...found, metadata: { ...found.metadata, annotations } });
        answer(200, objects.get(url.pathname));
      });
      return;
    }
    const body = found ?? discovery(url.pathname, allKinds) ?? listed(objects, url);
    answer(body === undefined ? 404 : 200, body ?? { kind: "Status", message: "not found" });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  running.push(server);
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    url,
    cluster: new Cluster("c", url, undefined, {}, signal),
    refuse: (path, status = 403) => refused.push([path, status]),
    asked,
    metadataAt: (path) => objects.get(path)?.metadata,
  };
}

function named(path: string): Pick<Metadata, "name" | "namespace" | "uid"> {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const namespace = /\/namespaces\/([^/]+)\//.exec(path)?.[1];
  return { name, uid: `uid-${name}`, ...(namespace !== undefined && { namespace }) };
}

function discovery(path: string, served: Kinds): unknown {
  if (path === "/apis")
    return {
      groups: Object.keys(served)
        .filter((one) => one !== "v1")
        .map((groupVersion) => ({ preferredVersion: { groupVersion } })),
    };
  const resources = served[path.replace(/^\/apis?\//, "")];
  return (
    resources && {
      resources: Object.entries(resources).map(([name, kind]) => ({
        ...{ name, kind, namespaced: true, verbs: ["list"] },
      })),
    }
  );
}

function listed(objects: ReadonlyMap<string, Stored>, url: URL): unknown {
  const kind = url.pathname.slice(url.pathname.lastIndexOf("/") + 1);
  if (!Object.values(kinds).some((served) => kind in served)) return undefined;
  const labels = (url.searchParams.get("labelSelector") ?? "")
    .split(",")
    .filter((one) => one !== "")
    .map((one) => one.split("="));
  return {
    items: [...objects]
      .filter(([path]) => path.startsWith(`${url.pathname}/`))
      .map(([, object]) => object)
      .filter(({ metadata }) =>
        labels.every(([key = "", value]) => metadata.labels?.[key] === value),
      ),
  };
}

/** What Helm keeps of a release, as entries of {@link apiServer}. */
export function helmRecord(
  place: string,
  {
    values = {},
    manifest = "",
    revision = 2,
    chart = "lgtm-distributed",
  }: {
    readonly values?: Readonly<Record<string, unknown>>;
    readonly manifest?: string;
    readonly revision?: number;
    readonly chart?: string;
  } = {},
) {
  const [namespace = "", name = ""] = place.split("/");
  const stored = {
    version: revision,
    manifest,
    config: values,
    info: { status: "deployed" },
    chart: { metadata: { name: chart, version: "1.2.3" } },
  };
  const packed = gzipSync(JSON.stringify(stored)).toString("base64");
  const version = String(revision);
  return {
    [`/api/v1/namespaces/${namespace}/secrets/sh.helm.release.v1.${name}.v${version}`]: {
      labels: { owner: "helm", name, version, status: "deployed" },
      data: { release: Buffer.from(packed).toString("base64") },
    },
  };
}
