import * as http from "node:http";
import * as https from "node:https";
import { text } from "node:stream/consumers";

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
  /** Query parameters; undefined ones are left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Sent as JSON. */
  readonly body?: object;
  /** How long the answer may take, in milliseconds; default 5000. */
  readonly limitMs?: number;
}

/** What a program answered, whatever the status. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A way to one program's HTTP interface. */
export interface HttpEndpoint {
  /** Such as `port-forward to pod lgtm/my-lgtm-loki-gateway-abc`. */
  readonly description: string;
  /** @throws Unreachable when there is no answer */
  ask(question: Question): Promise<Answer>;
}

/** Finds ways to programs by the URLs that the stack's outputs give. */
export interface Transport {
  /** @throws Unreachable when there is none */
  to(url: string): Promise<HttpEndpoint>;
}

/** A way over plain HTTP or HTTPS. */
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

  async ask({ method = "GET", path, query = {}, body, limitMs = 5000 }: Question): Promise<Answer> {
    const url = new URL(this.base.replace(/\/+$/, "") + path);
    for (const [key, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(key, String(value));
    const limit = AbortSignal.timeout(limitMs);
    try {
      return await send(url, body === undefined ? undefined : JSON.stringify(body), {
        ...this.options,
        method,
        signal: AbortSignal.any([this.signal, limit]),
      });
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

async function send(
  url: URL,
  body: string | undefined,
  options: https.RequestOptions,
): Promise<Answer> {
  const headers = {
    ...(options.headers as http.OutgoingHttpHeaders | undefined),
    accept: "application/json",
    ...(body !== undefined && { "content-type": "application/json" }),
  };
  const request = (url.protocol === "http:" ? http.request : https.request)(url, {
    ...options,
    headers,
  });
  const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
    request.once("response", resolve).once("error", reject);
  });
  request.end(body);
  const response = await answered;
  return { status: response.statusCode ?? 0, body: await text(response) };
}

function asUnreachable(error: unknown): Unreachable {
  const { code, message } = error as NodeJS.ErrnoException;
  // Some of Node's connection errors have a code and no text.
  const words = message === "" ? (code ?? "no connection") : message;
  if (code === "ENOTFOUND") return new Unreachable("no-service", words, { cause: error });
  const slow = code === "ETIMEDOUT" || code === "EHOSTUNREACH";
  return new Unreachable(slow ? "silent" : "refused", words, { cause: error });
}
