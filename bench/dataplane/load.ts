/** Sends load at a steady rate. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import * as grpc from "@grpc/grpc-js";
import {
  exportLogs,
  exportMetrics,
  exportResponse,
  exportTraces,
  type KeyValue,
} from "../../dataplane/sinks/wire";

export const loadSignals = ["traces", "logs", "metrics"] as const;
export type LoadSignal = (typeof loadSignals)[number];

/** Items of one request: the batch size of OpenTelemetry's SDKs. */
const BATCH = 512;

/** Requests that may wait for their answer at once; more than that is more than the collector takes. */
const OUTSTANDING = 64;

/** Services that send: Loki limits each stream, and a service is one. */
const SERVICES = 10;

const methods: Readonly<Record<LoadSignal, string>> = {
  logs: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
  metrics: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
  traces: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
};

function text(key: string, value: string): KeyValue {
  return { key, value: { stringValue: value } };
}

function resourceOf(service: number) {
  return { attributes: [text("service.name", `load-${String(service)}`)] };
}

const scope = { name: "load" };

function now(): string {
  return `${String(Date.now())}000000`;
}

/** One request with {@link BATCH} items of a service: 300 bytes a span, 150 a line, 120 a point. */
function request(signal: LoadSignal, service: number): Buffer {
  const resource = resourceOf(service);
  const time = now();
  const many = <T>(make: (index: number) => T): T[] =>
    Array.from({ length: BATCH }, (_, index) => make(index));
  switch (signal) {
    case "traces":
      return exportTraces.encode({
        resourceSpans: [
          {
            resource,
            scopeSpans: [
              {
                scope,
                spans: many(() => ({
                  traceId: randomBytes(16),
                  spanId: randomBytes(8),
                  name: "GET /orders/{id}",
                  kind: 2,
                  startTimeUnixNano: time,
                  endTimeUnixNano: time,
                  attributes: [
                    text("http.request.method", "GET"),
                    text("http.route", "/orders/{id}"),
                    text("url.path", "/orders/4711"),
                    text("server.address", "orders.shop.svc.cluster.local"),
                    text("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64)"),
                  ],
                })),
              },
            ],
          },
        ],
      });
    case "logs":
      return exportLogs.encode({
        resourceLogs: [
          {
            resource,
            scopeLogs: [
              {
                scope,
                logRecords: many((index) => ({
                  timeUnixNano: time,
                  observedTimeUnixNano: time,
                  severityNumber: 9,
                  severityText: "INFO",
                  body: {
                    stringValue: `order ${String(index)} ${randomBytes(8).toString("hex")} shipped`,
                  },
                  attributes: [],
                  flags: 1,
                  traceId: randomBytes(16),
                  spanId: randomBytes(8),
                })),
              },
            ],
          },
        ],
      });
    case "metrics":
      return exportMetrics.encode({
        resourceMetrics: [
          {
            resource,
            scopeMetrics: [
              {
                scope,
                metrics: [
                  {
                    name: "load_orders",
                    description: "",
                    unit: "1",
                    sum: {
                      aggregationTemporality: 2,
                      isMonotonic: true,
                      dataPoints: many((index) => ({
                        startTimeUnixNano: time,
                        timeUnixNano: time,
                        attributes: [text("endpoint", `/orders/${String(index)}`)],
                        asInt: String(Date.now()),
                      })),
                    },
                  },
                ],
              },
            ],
          },
        ],
      });
  }
}

export interface Sent {
  /** Items that should have been sent. */
  readonly offered: number;
  readonly acknowledged: number;
  /** Refused, or not sent because too many requests waited for their answer. */
  readonly refused: number;
  readonly seconds: number;
}

/**
 * Sends items at a fixed rate, whatever the collector makes of it: a request that has to wait for a
 * free place when its time has come is not sent later.
 *
 * @param address `host:port` of an OTLP/gRPC receiver
 */
export async function load(
  address: string,
  signal: LoadSignal,
  itemsPerSecond: number,
  seconds: number,
): Promise<Sent> {
  const client = new grpc.Client(address, grpc.credentials.createInsecure());
  let [acknowledged, refused, outstanding] = [0, 0, 0];
  const send = (body: Buffer): void => {
    if (outstanding >= OUTSTANDING) {
      refused += BATCH;
      return;
    }
    outstanding += 1;
    client.makeUnaryRequest(
      methods[signal],
      (message: Buffer) => message,
      exportResponse.decode,
      body,
      { deadline: Date.now() + 10_000 },
      (error) => {
        outstanding -= 1;
        if (error === null) acknowledged += BATCH;
        else refused += BATCH;
      },
    );
  };
  const perSecond = itemsPerSecond / BATCH;
  const begin = performance.now();
  const total = Math.round(perSecond * seconds);
  for (let sent = 0; sent < total;) {
    const due = Math.min(total, Math.floor(((performance.now() - begin) / 1000) * perSecond) + 1);
    for (; sent < due; sent += 1) send(request(signal, sent % SERVICES));
    await sleep(5);
  }
  const spent = (performance.now() - begin) / 1000;
  while (outstanding > 0) await sleep(20);
  client.close();
  return { offered: total * BATCH, acknowledged, refused, seconds: spent };
}
