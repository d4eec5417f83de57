/** Forwards a local port to a pod. */
import * as net from "node:net";
import { type Readable, Writable } from "node:stream";

export interface PodPort {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

export interface Forwarded {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Why the newest connection that failed did, in the cluster's words. */
  readonly lastError: () => string | undefined;
  readonly close: () => void;
}

/** The part of the official client's PortForward that is used. */
export interface Forwarder {
  portForward(
    namespace: string,
    pod: string,
    ports: number[],
    output: Writable,
    error: Writable,
    input: Readable,
  ): Promise<unknown>;
}

/** A websocket, as far as it is used; the client's own type is of a package without types. */
interface Connection {
  onclose: (() => void) | null;
  close(): void;
}

/**
 * Listens on a free port of this machine's loopback interface, and passes each connection on to a
 * pod, as `kubectl port-forward` does: one websocket through the API server per connection.
 */
export async function forwardPort(forwarder: Forwarder, target: PodPort): Promise<Forwarded> {
  const open = new Set<net.Socket>();
  let lastError: string | undefined;
  const server = net.createServer((socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    // A reset of either end; "close" follows.
    socket.on("error", () => undefined);
    pass(socket, forwarder, target).catch((error: unknown) => {
      lastError = wordsOf(error);
      socket.destroy();
    });
  });

  async function pass(socket: net.Socket, by: Forwarder, to: PodPort): Promise<void> {
    const complaints = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        // The stream also carries the empty greeting that every port has.
        if (chunk.length > 0) {
          lastError = chunk.toString().trim();
          socket.resetAndDestroy();
        }
        done();
      },
    });
    const { namespace, pod, port } = to;
    const opened = by.portForward(namespace, pod, [port], socket, complaints, socket);
    const connection = (await opened) as Connection;
    connection.onclose = () => socket.end();
    socket.once("close", () => {
      connection.close();
    });
    if (socket.destroyed) connection.close();
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as net.AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    lastError: () => lastError,
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

/** A websocket that is refused tells it in an event, not in an error. */
function wordsOf(error: unknown): string {
  if (typeof error === "object" && error !== null && "message" in error)
    return String(error.message);
  return String(error);
}
