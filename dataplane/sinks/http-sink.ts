/** A server that keeps what it is sent. */
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { uncompress } from "snappyjs";
import { Inbox } from "./inbox";
import type { Codec } from "./wire";

/** A local stand-in for a store: it keeps what it is sent. */
export interface Sink<T> {
  /** `host:port` on the loopback interface; a free port. */
  readonly address: string;
  readonly inbox: Inbox<T>;
  /** Requests answered so far. */
  readonly requests: () => number;
  /** Stops listening and drops open connections. */
  readonly close: () => Promise<void>;
}

/**
 * Listens for POSTs of snappy-compressed protocol buffers, as Loki and Mimir do.
 *
 * @param pathname the only path that is answered with success; others get 404, like the store's own
 * @param unpack what to keep of a request
 */
export async function startSnappySink<M, T>(
  pathname: string,
  codec: Codec<M>,
  unpack: (message: M) => readonly T[],
): Promise<Sink<T>> {
  const inbox = new Inbox<T>();
  let requests = 0;

  const answer = async (request: http.IncomingMessage): Promise<[number, string]> => {
    const body = await buffer(request);
    requests += 1;
    if (request.method !== "POST" || request.url !== pathname) {
      return [404, `only POST ${pathname} is served here`];
    }
    try {
      inbox.add(...unpack(codec.decode(uncompress(body))));
      return [204, ""];
    } catch (error) {
      return [400, error instanceof Error ? error.message : "unreadable"];
    }
  };
  const server = http.createServer((request, response) => {
    answer(request).then(
      ([status, text]) => response.writeHead(status).end(text),
      () => request.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });

  return {
    address: `127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    inbox,
    requests: () => requests,
    close: async () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
