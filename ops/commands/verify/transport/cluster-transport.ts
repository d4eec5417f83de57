/** Finds ways to programs in a cluster: port-forwards, and the API server's own proxy. */
import type { Cluster } from "../../../../lib/kubernetes/cluster";
import type { Pod } from "../../../../lib/kubernetes/types";
import {
  PlainHttpEndpoint,
  type Question,
  type Transport,
  Unreachable,
  type HttpEndpoint,
} from "./http-endpoint";
import {
  isSimulated,
  podsBehind,
  portNumber,
  readyPod,
  type ServicePort,
  servicePortOf,
} from "./pods";
import { type Forwarded, type Forwarder, forwardPort } from "./port-forward";
import { type ApiServer, serviceProxy } from "./service-proxy";

export interface ClusterAccess {
  readonly cluster: Cluster;
  readonly forwarder: Forwarder;
  readonly apiServer: ApiServer;
  /** Namespace of Service names without one. */
  readonly home: string;
  readonly signal: AbortSignal;
  /** Is told how to end what was opened. */
  readonly onEnd: (close: () => void) => void;
}

/** How long a way may take to prove itself, in milliseconds. */
const PROBE_LIMIT_MS = 5000;

/**
 * Reaches ClusterIP Services from outside: by port-forward to a ready pod behind the Service, and
 * where the program in it does not listen on the pod's loopback interface, by the API server's proxy.
 */
export class ClusterTransport implements Transport {
  constructor(private readonly access: ClusterAccess) {}

  async to(url: string): Promise<HttpEndpoint> {
    const { cluster, apiServer, home, signal } = this.access;
    const target = servicePortOf(url, home);
    const { pods, targetPort } = await podsBehind(cluster, target);
    const pod = readyPod(pods, target);
    const path = new URL(url).pathname.replace(/\/+$/, "");
    try {
      return await this.forward(target, pod, portNumber(pod, targetPort), path);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      if (await isSimulated(cluster, pod)) throw simulated(pod);
      return await this.proxy(serviceProxy(apiServer, target, path, signal), error);
    }
  }

  private async forward(
    { namespace }: ServicePort,
    pod: Pod,
    port: number,
    path: string,
  ): Promise<HttpEndpoint> {
    const { forwarder, signal, onEnd } = this.access;
    const target = { namespace, pod: pod.metadata.name, port };
    const forwarded = await forwardPort(forwarder, target);
    onEnd(forwarded.close);
    const description = `port-forward to pod ${namespace}/${pod.metadata.name}`;
    const endpoint = explained(
      new PlainHttpEndpoint(description, forwarded.url + path, signal),
      forwarded,
    );
    try {
      await endpoint.ask({ path: "/", limitMs: PROBE_LIMIT_MS });
    } catch (error) {
      forwarded.close();
      throw error;
    }
    return endpoint;
  }

  private async proxy(endpoint: HttpEndpoint, instead: Unreachable): Promise<HttpEndpoint> {
    try {
      await endpoint.ask({ path: "/", limitMs: PROBE_LIMIT_MS });
      return endpoint;
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      const obstacle = instead.obstacle === "forbidden" ? error.obstacle : instead.obstacle;
      const both = `port-forward: ${instead.message}; through the API server: ${error.message}`;
      throw new Unreachable(obstacle, both, { cause: error });
    }
  }
}

/** The same way, whose failures are told in the cluster's words: here there is only a reset. */
function explained(endpoint: HttpEndpoint, { lastError }: Forwarded): HttpEndpoint {
  return {
    description: endpoint.description,
    ask: async (question: Question) => {
      try {
        return await endpoint.ask(question);
      } catch (error) {
        const words = lastError();
        if (!(error instanceof Unreachable) || words === undefined) throw error;
        const forbidden = /\b40[13]\b|forbidden/i.test(words);
        throw new Unreachable(forbidden ? "forbidden" : "refused", shortened(words), {
          cause: error,
        });
      }
    },
  };
}

/** Container runtimes name the network namespace and both address families: the end says why. */
function shortened(words: string): string {
  const refused = /dial tcp4? 127\.0\.0\.1:(\d+): connect: connection refused/.exec(words);
  if (refused === null) return words.split("\n", 1)[0]?.slice(0, 300) ?? words;
  return `nothing listens on the pod's loopback interface, port ${refused[1] ?? ""}`;
}

function simulated(pod: Pod): Unreachable {
  const name = `${pod.metadata.namespace ?? ""}/${pod.metadata.name}`;
  return new Unreachable("simulated", `pod ${name} is simulated: no program runs in it`);
}
