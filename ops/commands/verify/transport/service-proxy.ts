/** Goes through the API server's proxy to a Service. */
import type * as https from "node:https";
import type { HttpAnswer } from "../../../../lib/kubernetes/send";
import { PlainHttpEndpoint, Unreachable, type HttpEndpoint, type Question } from "./http-endpoint";
import type { ServicePort } from "./pods";

export interface ApiServer {
  /** Such as `https://127.0.0.1:6443`. */
  readonly url: string;
  readonly options: https.RequestOptions;
}

/** An error of the API server itself, in the form that all its errors have. */
interface Status {
  readonly kind?: string;
  readonly message?: string;
}

/**
 * A way through the API server's own proxy, which connects to the pod's address.
 *
 * For programs that listen on that address only: the collector chart has its pods do so, and a
 * port-forward ends at the pod's loopback interface
 * (https://github.com/open-telemetry/opentelemetry-helm-charts/pull/603).
 *
 * @param path of the URL that is meant, without a slash at its end
 */
export function serviceProxy(
  { url, options }: ApiServer,
  { name, namespace, port }: ServicePort,
  path: string,
  signal: AbortSignal,
): HttpEndpoint {
  const service = `/api/v1/namespaces/${namespace}/services/http:${name}:${String(port)}/proxy`;
  const description = `the API server's proxy to Service ${namespace}/${name}`;
  const endpoint = new PlainHttpEndpoint(
    description,
    url.replace(/\/+$/, "") + service + path,
    signal,
    options,
  );
  return {
    description,
    ask: async (question: Question) => checked(await endpoint.ask(question)),
  };
}

/** Tells an error of the API server from an answer of the program behind it. */
function checked(answer: HttpAnswer): HttpAnswer {
  if (answer.status < 400) return answer;
  let status: Status;
  try {
    status = JSON.parse(answer.body) as Status;
  } catch {
    return answer;
  }
  if (status.kind !== "Status") return answer;
  const message = status.message ?? `the API server answers ${String(answer.status)}`;
  switch (answer.status) {
    case 401:
    case 403:
      throw new Unreachable("forbidden", message);
    case 404:
      throw new Unreachable("no-service", message);
    default:
      throw new Unreachable(/no endpoints/.test(message) ? "no-pod" : "refused", message);
  }
}
