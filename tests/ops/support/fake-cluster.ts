/** An imitation of an API server that knows a few paths. */
import { setMaxListeners } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Cluster } from "../../../lib/kubernetes/cluster";

/** What a path answers: an object, a text, a refusal, or nothing for ever. */
export type Answer =
  | { readonly object: object }
  | { readonly text: string }
  | { readonly status: number; readonly message: string }
  | { readonly hangs: true };

/** What came with a request beside its path. */
export interface Sent {
  readonly method: string;
  /** Empty for most. */
  readonly body: string;
}

/** An imitation of an API server that knows a few paths. The real one is in tests/ops/sandbox.test.ts. */
export interface FakeCluster {
  readonly cluster: Cluster;
  /** A kubeconfig with one context, `fake`. */
  readonly kubeconfig: string;
  /** Paths with their queries, as they were asked for. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

/** @param answers by path; without one, 404 */
export async function fakeCluster(
  answers: (path: string, query: URLSearchParams, sent: Sent) => Answer | undefined,
): Promise<FakeCluster> {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    void answerTo(request, response);
  });
  const answerTo = async (
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> => {
    const url = new URL(request.url ?? "/", "http://fake");
    asked.push(url.pathname + url.search);
    const sent = { method: request.method ?? "", body: await text(request) };
    const answer = answers(url.pathname, url.searchParams, sent);
    if (answer !== undefined && "hangs" in answer) return;
    if (answer !== undefined && !("status" in answer)) {
      response.end("text" in answer ? answer.text : JSON.stringify(answer.object));
      return;
    }
    const { status, message } = answer ?? { status: 404, message: "not found" };
    response.writeHead(status);
    response.end(JSON.stringify({ kind: "Status", message }));
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${String(port)}`;
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  const cluster = new Cluster("fake", url, undefined, {}, signal);
  return {
    cluster,
    kubeconfig: kubeconfigFor(url),
    asked,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function kubeconfigFor(server: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "fake", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "fake", user: { token: "planted-token-4711" } }],
    contexts: [{ name: "fake", context: { cluster: "fake", user: "fake" } }],
    "current-context": "fake",
  });
}
