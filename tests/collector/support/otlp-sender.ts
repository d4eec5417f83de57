/** Sends single items by OTLP. */
import { gzipSync } from "node:zlib";
import * as grpc from "@grpc/grpc-js";
import type { Signal } from "../../../dataplane/sinks/otlp-client";
import {
  type Codec,
  exportLogs,
  exportMetrics,
  exportResponse,
  exportTraces,
} from "../../../dataplane/sinks/wire";

/** How OTLP travels. */
export type Transport = "gRPC" | "HTTP";

/** Whether what travels is compressed. */
export type Compression = "gzip" | "none";

/** A message of each signal. */
type Telemetry = Readonly<Record<Signal, object>>;

/** How long a receiver may take to answer, in milliseconds. */
const TIMEOUT_MS = 5000;

const grpcServices: Readonly<Record<Signal, string>> = {
  logs: "opentelemetry.proto.collector.logs.v1.LogsService",
  metrics: "opentelemetry.proto.collector.metrics.v1.MetricsService",
  traces: "opentelemetry.proto.collector.trace.v1.TraceService",
};

const codecs = { logs: exportLogs, metrics: exportMetrics, traces: exportTraces };

function encoded(signal: Signal, telemetry: Telemetry): Buffer<ArrayBuffer> {
  // The compiler cannot see that message and codec are of the same signal.
  return (codecs[signal] as Codec<unknown>).encode(telemetry[signal]);
}

async function sendByGrpc(
  address: string,
  signal: Signal,
  body: Buffer<ArrayBuffer>,
  compression: Compression,
): Promise<void> {
  const { gzip, identity } = grpc.compressionAlgorithms;
  const client = new grpc.Client(address, grpc.credentials.createInsecure(), {
    "grpc.default_compression_algorithm": compression === "gzip" ? gzip : identity,
  });
  try {
    await new Promise<void>((resolve, reject) => {
      client.makeUnaryRequest(
        `/${grpcServices[signal]}/Export`,
        (message: Buffer) => message,
        exportResponse.decode,
        body,
        { deadline: Date.now() + TIMEOUT_MS },
        (error) => {
          if (error === null) resolve();
          else reject(error);
        },
      );
    });
  } finally {
    client.close();
  }
}

async function sendByHttp(
  address: string,
  signal: Signal,
  body: Buffer<ArrayBuffer>,
  compression: Compression,
): Promise<void> {
  const response = await fetch(`http://${address}/v1/${signal}`, {
    method: "POST",
    headers: {
      "content-type": "application/x-protobuf",
      ...(compression === "gzip" && { "content-encoding": "gzip" }),
    },
    body: compression === "gzip" ? gzipSync(body) : body,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`${String(response.status)} ${await response.text()}`);
  await response.arrayBuffer();
}

/**
 * Sends one signal by OTLP, once, without a retry.
 *
 * @param address `host:port` of the receiver
 * @throws Error when the receiver cannot be reached, refuses, or says nothing for 5 s
 */
export async function sendOtlp(
  transport: Transport,
  address: string,
  signal: Signal,
  telemetry: Telemetry,
  compression: Compression = "none",
): Promise<void> {
  const send = transport === "gRPC" ? sendByGrpc : sendByHttp;
  try {
    await send(address, signal, encoded(signal, telemetry), compression);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${address} did not take ${signal} by OTLP/${transport}: ${reason}`, {
      cause: error,
    });
  }
}
