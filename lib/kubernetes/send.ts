/** One HTTP request with its whole answer, with the credentials that the cluster's client has. */
import * as http from "node:http";
import * as https from "node:https";

/** Query parameters; undefined ones are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

export interface HttpBody {
  readonly text: string;
  readonly type: string;
}

/** The URL of a path, which begins with a slash, below another URL. */
export function urlOf(base: string, path: string, query: Query): URL {
  const url = new URL(base.replace(/\/+$/, "") + path);
  for (const [key, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(key, String(value));
  return url;
}

/**
 * Sends a request.
 *
 * @param options method, headers, credentials, certificates and signal; with `timeout`, how many
 *   milliseconds the connection may be silent
 */
export async function send(
  url: URL,
  options: https.RequestOptions,
  body?: HttpBody,
): Promise<HttpAnswer> {
  const headers = {
    ...(options.headers as http.OutgoingHttpHeaders | undefined),
    ...(body && { "content-type": body.type, "content-length": Buffer.byteLength(body.text) }),
  };
  return new Promise((resolve, reject) => {
    const start = url.protocol === "http:" ? http.request : https.request;
    const request = start(url, { ...options, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const { statusCode: status = 0, headers: answered } = response;
        resolve({ status, headers: answered, body: Buffer.concat(parts).toString() });
      });
    });
    request.on("timeout", () => {
      request.destroy(new Error(`no answer within ${String((options.timeout ?? 0) / 1000)} s`));
    });
    request.on("error", reject);
    request.end(body?.text);
  });
}
