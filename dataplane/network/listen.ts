/** Listens on a loopback port. */
import * as http from "node:http";
import type { AddressInfo, Server } from "node:net";
import * as grpc from "@grpc/grpc-js";

/** The address on which everything of the ring listens: nobody else can reach it. */
export const loopback = "127.0.0.1";

/**
 * Listens on a free port of the loopback interface.
 *
 * @returns `127.0.0.1:port`
 */
export async function listenOnLoopback(server: Server): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, loopback, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return `${loopback}:${String((server.address() as AddressInfo).port)}`;
}

export interface Listener {
  /** `127.0.0.1:port` */
  readonly address: string;
  /** Stops listening, and breaks off what is open. */
  readonly close: () => Promise<void>;
}

export async function serveHttp(answer: http.RequestListener): Promise<Listener> {
  const server = http.createServer(answer);
  return {
    address: await listenOnLoopback(server),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A method by which OTLP delivers, whose messages stay as they are. */
function exportMethod(service: string): grpc.MethodDefinition<Buffer, Buffer> {
  return {
    path: `/opentelemetry.proto.collector.${service}/Export`,
    requestStream: false,
    responseStream: false,
    requestSerialize: (message) => message,
    requestDeserialize: (message) => message,
    responseSerialize: (message) => message,
    responseDeserialize: (message) => message,
  };
}

/** The method by which OTLP delivers traces. */
export const exportTracesMethod = exportMethod("trace.v1.TraceService");

type Answer = grpc.handleUnaryCall<Buffer, Buffer>;

export async function serveTraces(answer: Answer): Promise<Listener> {
  return serveExports(exportTracesMethod, answer);
}

export async function serveLogs(answer: Answer): Promise<Listener> {
  return serveExports(exportMethod("logs.v1.LogsService"), answer);
}

async function serveExports(method: typeof exportTracesMethod, answer: Answer): Promise<Listener> {
  const server = new grpc.Server({ "grpc.max_receive_message_length": -1 });
  server.addService({ Export: method }, { Export: answer });
  const port = await new Promise<number>((resolve, reject) => {
    const credentials = grpc.ServerCredentials.createInsecure();
    server.bindAsync(`${loopback}:0`, credentials, (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    address: `${loopback}:${String(port)}`,
    close: () => {
      server.forceShutdown();
      return Promise.resolve();
    },
  };
}
