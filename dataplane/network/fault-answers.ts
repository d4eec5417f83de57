/** Refusals, by HTTP and gRPC. */
import * as path from "node:path";
import * as grpc from "@grpc/grpc-js";
import * as protobuf from "protobufjs";
import { type Listener, serveHttp, serveTraces } from "./listen";

export interface HttpRefusal {
  readonly status: number;
  /** Seconds; sent as Retry-After. Default: not sent. */
  readonly retryAfter?: number;
  /** Default: empty. */
  readonly body?: string;
}

export interface GrpcRefusal {
  /** Such as `RESOURCE_EXHAUSTED` or `UNAVAILABLE`. */
  readonly code: keyof typeof grpc.status;
  /** Seconds; sent as RetryInfo. Default: not sent, which the collector takes for "never". */
  readonly retryAfter?: number;
  /** Default: the code. */
  readonly message?: string;
}

export interface Refuser extends Listener {
  readonly refused: () => number;
}

/** An HTTP server that gives everyone the same answer. */
export async function startHttpRefuser(refusal: HttpRefusal): Promise<Refuser> {
  let refused = 0;
  const listener = await serveHttp((request, response) => {
    // Read to its end first: a client that still sends would see a broken connection instead.
    request.resume().once("end", () => {
      refused += 1;
      const { status, retryAfter, body = "" } = refusal;
      const headers = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
      response.writeHead(status, headers).end(body);
    });
  });
  return { ...listener, refused: () => refused };
}

const messages = protobuf.loadSync(path.join(__dirname, "fault-answers.proto"));

function encode(name: string, value: object): Buffer {
  const type = messages.lookupType(name);
  return Buffer.from(type.encode(type.fromObject(value)).finish());
}

function trailers({ code, retryAfter, message = code }: GrpcRefusal): grpc.Metadata {
  const metadata = new grpc.Metadata();
  if (retryAfter === undefined) return metadata;
  const detail = {
    typeUrl: "type.googleapis.com/google.rpc.RetryInfo",
    value: encode("RetryInfo", { retryDelay: { seconds: retryAfter } }),
  };
  const status = encode("Status", { code: grpc.status[code], message, details: [detail] });
  metadata.set("grpc-status-details-bin", status);
  return metadata;
}

/** The refusal as a server gives it. */
export function grpcAnswer(refusal: GrpcRefusal): Partial<grpc.StatusObject> {
  const { code, message = code } = refusal;
  return { code: grpc.status[code], details: message, metadata: trailers(refusal) };
}

/** An OTLP/gRPC trace receiver that gives everyone the same answer. */
export async function startGrpcRefuser(refusal: GrpcRefusal): Promise<Refuser> {
  let refused = 0;
  const listener = await serveTraces((_call, callback) => {
    refused += 1;
    callback(grpcAnswer(refusal));
  });
  return { ...listener, refused: () => refused };
}
