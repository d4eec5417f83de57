/** A small reverse proxy. */
import * as http from "node:http";
import { type Listener, serveHttp } from "./listen";

/** What becomes of a request: passed on, changed; or an answer of the proxy's own. */
export type Decision =
  | { readonly path: string; readonly headers: http.IncomingHttpHeaders }
  | { readonly status: number; readonly body: string };

/**
 * Passes HTTP requests on.
 *
 * @param target `host:port`
 * @param decide is asked for each request
 */
export async function startReverseProxy(
  target: string,
  decide: (request: {
    method: string;
    path: string;
    headers: http.IncomingHttpHeaders;
  }) => Decision,
): Promise<Listener> {
  const [hostname, port] = target.split(":");
  const agent = new http.Agent({ keepAlive: true });
  const { address, close } = await serveHttp((request, response) => {
    const { method = "GET", url: path = "/", headers } = request;
    const decision = decide({ method, path, headers });
    if ("status" in decision) {
      request.resume();
      response.writeHead(decision.status).end(decision.body);
      return;
    }
    const onward = http.request({ agent, hostname, port, method, ...decision }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    // As nginx answers when nobody is behind it.
    onward.once("error", () => {
      if (response.headersSent) response.destroy();
      else response.writeHead(502).end("nobody answers behind the proxy\n");
    });
    response.once("close", () => onward.destroy());
    request.pipe(onward);
  });
  return {
    address,
    close: async () => {
      agent.destroy();
      await close();
    },
  };
}
