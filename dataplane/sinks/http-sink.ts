/** A server that keeps what it is sent. */
import type * as http from "node:http";
import { buffer } from "node:stream/consumers";
import { type Listener, serveHttp } from "../network/listen";
import { Inbox } from "./inbox";

/** Whether a store takes a request with these items, never does, or only later. */
export type Judge<T> = (items: readonly T[]) => "taken" | "never" | "later";

/** A local stand-in for a store: it keeps what it is sent. */
export interface Sink<T> extends Listener {
  readonly inbox: Inbox<T>;
  readonly requests: () => number;
  /** Refuses from now on, with a store's own answers, what this says; until then it takes everything. */
  readonly judge: (judge: Judge<T>) => void;
}

/** What to keep of a request's body; `encoding` is its Content-Encoding. */
export type Unpack<T> = (body: Buffer, encoding: string | undefined) => readonly T[];

/**
 * Listens for POSTs, as Loki and Mimir do.
 *
 * @param paths the only ones that are answered with success; others get 404, like the store's own
 */
export async function startHttpSink<T>(
  paths: Readonly<Record<string, Unpack<T>>>,
): Promise<Sink<T>> {
  const inbox = new Inbox<T>();
  let requests = 0;
  let judge: Judge<T> = () => "taken";

  const answer = async (request: http.IncomingMessage): Promise<[number, string]> => {
    const body = await buffer(request);
    requests += 1;
    const unpack = paths[request.url ?? ""];
    if (request.method !== "POST" || unpack === undefined) {
      return [404, `only POST ${Object.keys(paths).join(", ")} is served here`];
    }
    try {
      const items = unpack(body, request.headers["content-encoding"]);
      const verdict = judge(items);
      if (verdict !== "taken") return [verdict === "never" ? 400 : 429, "refused"];
      inbox.add(...items);
      return [204, ""];
    } catch (error) {
      return [400, error instanceof Error ? error.message : "unreadable"];
    }
  };
  const listener = await serveHttp((request, response) => {
    answer(request).then(
      ([status, text]) => response.writeHead(status).end(text),
      () => request.destroy(),
    );
  });
  return {
    ...listener,
    inbox,
    requests: () => requests,
    judge: (by) => {
      judge = by;
    },
  };
}
