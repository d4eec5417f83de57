/** Sends OTLP as an SDK does, retries included. */
import { setTimeout as sleep } from "node:timers/promises";
import * as grpc from "@grpc/grpc-js";
import {
  type Codec,
  exportLogs,
  exportMetrics,
  exportResponse,
  type ExportResponse,
  exportTraces,
} from "./wire";

export const signals = ["logs", "metrics", "traces"] as const;
export type Signal = (typeof signals)[number];

/** How long the collector may take to answer, in milliseconds: the SDK's default. */
const TIMEOUT_MS = 10_000;

/** Milliseconds before the first retry, doubled each time up to the second figure. */
const [FIRST_WAIT, LONGEST_WAIT] = [200, 2_000];

/** Answers after which the SDK tries again; all others are final. */
const retried: readonly grpc.status[] = [
  grpc.status.CANCELLED,
  grpc.status.DEADLINE_EXCEEDED,
  grpc.status.RESOURCE_EXHAUSTED,
  grpc.status.ABORTED,
  grpc.status.OUT_OF_RANGE,
  grpc.status.UNAVAILABLE,
  grpc.status.DATA_LOSS,
];

const methods: Readonly<Record<Signal, string>> = {
  logs: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
  metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
  traces: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
};

const codecs = { logs: exportLogs, metrics: exportMetrics, traces: exportTraces };

export interface Outcome {
  /** Whether the collector said that it has it. */
  readonly acknowledged: boolean;
  /** Items that it did not take although it said so. */
  readonly rejected: number;
  /** Why it was given up; undefined when it was not. */
  readonly reason?: string;
}

/** Exports over one gRPC connection and tries again, as the OpenTelemetry SDKs do. */
export class OtlpClient {
  readonly #client: grpc.Client;
  readonly #giveUpAfterMs: number;
  #retries = 0;

  /**
   * @param address `host:port`
   * @param giveUpAfterMs how long to try, in milliseconds; Infinity never gives up
   */
  constructor(address: string, giveUpAfterMs: number) {
    this.#giveUpAfterMs = giveUpAfterMs;
    this.#client = new grpc.Client(address, grpc.credentials.createInsecure(), {
      // Back soon after the collector is: the default waits up to two minutes.
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 1000,
    });
  }

  get retries(): number {
    return this.#retries;
  }

  /** Sends one message until it is taken, refused for good, or given up. */
  async export(signal: Signal, message: object, cancelled: AbortSignal): Promise<Outcome> {
    const body = (codecs[signal] as Codec<unknown>).encode(message);
    const end = Date.now() + this.#giveUpAfterMs;
    for (let wait = FIRST_WAIT; ; wait = Math.min(wait * 2, LONGEST_WAIT)) {
      const failure = await this.#once(methods[signal], body).catch(
        (error: unknown) => error as grpc.ServiceError,
      );
      if (!(failure instanceof Error)) {
        const rejected = Number(failure.partialSuccess?.rejected ?? 0);
        return { acknowledged: true, rejected };
      }
      const final = !retried.includes(failure.code) || Date.now() + wait > end;
      if (final || cancelled.aborted) {
        return { acknowledged: false, rejected: 0, reason: failure.message };
      }
      this.#retries += 1;
      await sleep(wait, undefined, { signal: cancelled }).catch(() => undefined);
    }
  }

  close(): void {
    this.#client.close();
  }

  async #once(method: string, body: Buffer): Promise<ExportResponse> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        method,
        (message: Buffer) => message,
        exportResponse.decode,
        body,
        { deadline: Date.now() + TIMEOUT_MS },
        (error, response) => {
          if (error === null) resolve(response ?? {});
          else reject(error);
        },
      );
    });
  }
}
