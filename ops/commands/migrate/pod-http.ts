/** Asks the HTTP port of one pod, by whichever way leads there. */
import { ApiError, type Cluster } from "../../../lib/kubernetes/cluster";
import { PlainHttpEndpoint, Unreachable } from "../verify/transport/http-endpoint";
import { type Forwarder, forwardPort, type PodPort } from "../verify/transport/port-forward";

/** How pods are reached. */
export interface PodAccess {
  readonly cluster: Cluster;
  readonly forwarder: Forwarder;
  readonly signal: AbortSignal;
  /** Is told how to end what was opened. */
  readonly onEnd: (close: () => void) => void;
}

/** One request, of which the answer is text. */
export interface PodRequest {
  readonly method: "GET" | "POST";
  /** With its query. */
  readonly path: string;
  /** How long the pod may be silent, in milliseconds. */
  readonly limitMs: number;
}

/**
 * Requests to one port of a pod: through the API server's proxy, and by port-forward once that was not let through.
 * A NetworkPolicy stops the API server where it comes from another node than the pod's.
 */
export function podHttp(
  { cluster, forwarder, signal, onEnd }: PodAccess,
  target: PodPort,
): (request: PodRequest) => Promise<string> {
  const proxy = `/api/v1/namespaces/${target.namespace}/pods/http:${target.pod}:${String(target.port)}/proxy`;
  let forward: Promise<PlainHttpEndpoint> | undefined;

  const open = async (): Promise<PlainHttpEndpoint> => {
    const { url, close } = await forwardPort(forwarder, target);
    onEnd(close);
    return new PlainHttpEndpoint(`port-forward to pod ${target.pod}`, url, signal);
  };

  const byForward = async ({ method, path, limitMs }: PodRequest, instead?: ApiError) => {
    const [where = "", query = ""] = path.split("?");
    forward ??= open();
    const endpoint = await forward;
    const asked = { method, path: where, query: Object.fromEntries(new URLSearchParams(query)) };
    try {
      const { status, body } = await endpoint.ask({ ...asked, limitMs });
      if (status < 200 || status >= 300) throw new ApiError(status, where, body.slice(0, 300));
      return body;
    } catch (error) {
      // What the API server says of its own way tells more than that the other one failed as well.
      if (error instanceof Unreachable) throw instead ?? error;
      throw error;
    }
  };

  return async (request) => {
    if (forward !== undefined) return byForward(request);
    const { method, path, limitMs } = request;
    const [where = "", query = ""] = path.split("?");
    const asked = Object.fromEntries(new URLSearchParams(query));
    try {
      return method === "POST"
        ? await cluster.post(proxy + where, asked, limitMs)
        : await cluster.text(proxy + where, asked, "text/plain", limitMs);
    } catch (error) {
      // The program's own errors come through the proxy as well, but not as the API server's "trying to reach".
      const isCut =
        error instanceof ApiError && /error trying to reach service/.test(error.message);
      if (!isCut) throw error;
      return byForward(request, error);
    }
  };
}
