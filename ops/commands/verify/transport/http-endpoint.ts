/** Asks one program's HTTP interface, and says what keeps a request from it. */
import type * as http from "node:http";
import type * as https from "node:https";
import { type HttpAnswer, type Query, send, urlOf } from "../../../../lib/kubernetes/send";

/** What keeps a request from reaching the program that it is for. */
export type Obstacle =
  | "no-service" // there is no such Service
  | "no-port" // it is there, and does not lead to such a port
  | "no-pod" // no pod behind it is ready
  | "simulated" // the pods are kwok's: no program runs in them
  | "forbidden" // the credentials do not allow it
  | "refused" // nobody listens, or the connection was cut
  | "silent"; // no answer in time

/** A request did not reach its program, or the program said nothing. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
  constructor(
    readonly obstacle: Obstacle,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** An HTTP request, as far as OTLP and the stores' query APIs need it. */
export interface Question {
  readonly method?: "GET" | "POST";
  /** Below the URL that the way leads to, with a leading slash. */
  readonly path: string;
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: object;
  /** How long the answer may take, in milliseconds; default 5000. */
  readonly limitMs?: number;
}

export interface HttpEndpoint {
  /** Such as `port-forward to pod lgtm/my-lgtm-loki-gateway-abc`. */
  readonly description: string;
  /** @throws Unreachable when there is no answer */
  ask(question: Question): Promise<HttpAnswer>;
}

/** Finds ways to programs by the URLs that the stack's outputs give. */
export interface Transport {
  /** @throws Unreachable when there is none */
  to(url: string): Promise<HttpEndpoint>;
}

export class PlainHttpEndpoint implements HttpEndpoint {
  /**
   * @param base what paths are appended to
   * @param options credentials and certificates
   * @param signal ends every request
   */
  constructor(
    readonly description: string,
    private readonly base: string,
    private readonly signal: AbortSignal,
    private readonly options: https.RequestOptions = {},
  ) {}

  async ask({
    method = "GET",
    path,
    query = {},
    body,
    limitMs = 5000,
  }: Question): Promise<HttpAnswer> {
    const url = urlOf(this.base, path, query);
    const headers = {
      ...(this.options.headers as http.OutgoingHttpHeaders | undefined),
      accept: "application/json",
    };
    const limit = AbortSignal.timeout(limitMs);
    try {
      return await send(
        url,
        { ...this.options, headers, method, signal: AbortSignal.any([this.signal, limit]) },
        body && { text: JSON.stringify(body), type: "application/json" },
      );
    } catch (error) {
      this.signal.throwIfAborted();
      if (limit.aborted) {
        const seconds = String(limitMs / 1000);
        throw new Unreachable("silent", `no answer within ${seconds} s`, { cause: error });
      }
      throw asUnreachable(error);
    }
  }
}

function asUnreachable(error: unknown): Unreachable {
  const { code, message } = error as NodeJS.ErrnoException;
  // Some of Node's connection errors have a code and no text.
  const words = message === "" ? (code ?? "no connection") : message;
  if (code === "ENOTFOUND") return new Unreachable("no-service", words, { cause: error });
  const slow = code === "ETIMEDOUT" || code === "EHOSTUNREACH";
  return new Unreachable(slow ? "silent" : "refused", words, { cause: error });
}
