/** A connection that can be cut, blocked or made to refuse. */
import * as net from "node:net";
import {
  type GrpcRefusal,
  type HttpRefusal,
  type Refuser,
  startGrpcRefuser,
  startHttpRefuser,
} from "./fault-answers";
import { listenOnLoopback } from "./listen";

type Mode = { readonly to: string } | "cut" | "hang";

/**
 * The way from one program to another, which can be cut, blocked or made to refuse, without the
 * program at its end knowing. Every change ends the open connections, so that it holds at once.
 *
 * Bytes pass as they are: HTTP and gRPC alike.
 */
export class Link {
  /** `127.0.0.1:port`; use it in place of {@link target}. */
  readonly address: string;
  readonly #server: net.Server;
  readonly #target: string;
  readonly #open = new Set<net.Socket>();
  #mode: Mode;
  #refuser: Refuser | undefined;
  #connections = 0;

  private constructor(server: net.Server, address: string, target: string) {
    this.address = address;
    this.#server = server;
    this.#target = target;
    this.#mode = { to: target };
    server.on("connection", (socket) => {
      this.#accept(socket);
    });
  }

  /** @param target `host:port` that connections are passed on to */
  static async to(target: string): Promise<Link> {
    const server = net.createServer();
    return new Link(server, await listenOnLoopback(server), target);
  }

  /** Connections so far, whatever became of them: whether somebody tried at all. */
  get connections(): number {
    return this.#connections;
  }

  /** Requests answered by the last {@link refuseHttp} or {@link refuseGrpc}. */
  get refused(): number {
    return this.#refuser?.refused() ?? 0;
  }

  async pass(): Promise<void> {
    await this.#become({ to: this.#target });
  }

  /** Resets every connection, as when nothing is at the other end. */
  async cut(): Promise<void> {
    await this.#become("cut");
  }

  /** Takes connections and never answers, as when a node has lost its network. */
  async hang(): Promise<void> {
    await this.#become("hang");
  }

  /** Answers every HTTP request in place of the program at the end. */
  async refuseHttp(refusal: HttpRefusal): Promise<void> {
    await this.#refuse(await startHttpRefuser(refusal));
  }

  /** Answers every OTLP/gRPC export of traces in place of the program at the end. */
  async refuseGrpc(refusal: GrpcRefusal): Promise<void> {
    await this.#refuse(await startGrpcRefuser(refusal));
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    // Not reset: Node 20 keeps the handle of a socket that is reset while it writes, and with it the
    // process.
    for (const socket of this.#open) socket.destroy();
    await this.#become("cut");
    await closed;
  }

  async #refuse(refuser: Refuser): Promise<void> {
    await this.#become({ to: refuser.address });
    this.#refuser = refuser;
  }

  async #become(mode: Mode): Promise<void> {
    this.#mode = mode;
    for (const socket of this.#open) breakOff(socket);
    const { close } = this.#refuser ?? {};
    this.#refuser = undefined;
    await close?.();
  }

  #accept(socket: net.Socket): void {
    this.#connections += 1;
    this.#track(socket);
    if (this.#mode === "cut") {
      breakOff(socket);
    } else if (this.#mode === "hang") {
      socket.resume();
    } else {
      const [host = "", port = ""] = this.#mode.to.split(":");
      const onward = net.connect({ host, port: Number(port), noDelay: true });
      this.#track(onward);
      onward.once("close", () => socket.destroy());
      socket.once("close", () => onward.destroy());
      socket.setNoDelay().pipe(onward).pipe(socket);
    }
  }

  #track(socket: net.Socket): void {
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
    // A reset is what it is for; "close" follows.
    socket.on("error", () => undefined);
  }
}

/**
 * Ends a connection with a reset, as when a program is killed. One that is being ended already is only
 * closed: a reset in the middle of a shutdown leaves Node 20 with a handle that it cannot close, and
 * the process then spins for ever when it ends.
 */
function breakOff(socket: net.Socket): void {
  if (socket.writableEnded || socket.connecting) socket.destroy();
  else socket.resetAndDestroy();
}
