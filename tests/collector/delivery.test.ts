/** Tests: real collector with the tutorial stack's configuration. */
import * as assert from "node:assert/strict";
import { podAddress } from "../../dataplane/network/loopback";
import { listening, type Port } from "./support/listening";
import { type FlaskRequest, flaskRequest, flaskTelemetry } from "./support/flask-app";
import type { Signal } from "../../dataplane/sinks/otlp-client";
import { sendOtlp, type Transport } from "./support/otlp-sender";
import {
  type LokiLine,
  type SeriesSample,
  type Sink,
  startLokiSink,
  startMimirSink,
  startTempoSink,
  type StoredSpan,
} from "../../dataplane/sinks/stores";
import type { Stack } from "../../lib/pulumi/stack-files";
import { requireTools } from "../support/tools";
import { type Collector, lastLines, startCollector } from "./collector-process";
import { collectorRelease, renderCollector } from "./render";

const otlpPorts: Readonly<Record<Transport, number>> = { gRPC: 4317, HTTP: 4318 };

/** Every port that the chart's default configuration names. */
const chartPorts: readonly Port[] = [
  ...[4317, 4318, 8888, 9411, 13133, 14250, 14268].map(
    (port) => ({ protocol: "TCP", port }) as const,
  ),
  { protocol: "UDP", port: 6831 },
];

interface System {
  readonly collector: Collector;
  readonly loki: Sink<LokiLine>;
  readonly mimir: Sink<SeriesSample>;
  readonly tempo: Sink<StoredSpan>;
  /** Ports on which something listens that did not before the collector was started. */
  readonly opened: readonly string[];
  readonly stop: () => Promise<void>;
}

async function startSystem(stack: Stack, helm: string, binary: string): Promise<System> {
  const rendered = await renderCollector(helm, await collectorRelease(stack));
  const [loki, mimir, tempo] = await Promise.all([
    startLokiSink(),
    startMimirSink(),
    startTempoSink(),
  ]);
  const stopSinks = async (): Promise<void> => {
    await Promise.all([loki, mimir, tempo].map(async (sink) => sink.close()));
  };
  try {
    const host = podAddress();
    const before = await listening(host, chartPorts);
    const collector = await startCollector(binary, rendered, host, {
      loki: loki.address,
      prometheusremotewrite: mimir.address,
      "otlp/tempo": tempo.address,
    });
    const opened = (await listening(host, chartPorts)).filter((port) => !before.includes(port));
    const stop = async (): Promise<void> => {
      await collector.stop();
      await stopSinks();
    };
    return { collector, loki, mimir, tempo, opened, stop };
  } catch (error) {
    await stopSinks();
    throw error;
  }
}

/** What each store must get of a request that the demo application handled. */
const arrivals: Readonly<Record<Signal, (system: System, sent: FlaskRequest) => Promise<void>>> = {
  logs: async ({ loki }, { traceId, spanId, body }) => {
    const { labels, line } = await loki.inbox.waitFor((item) => item.line.includes(traceId));
    assert.deepEqual(labels, { exporter: "OTLP", job: "flask-demo-service", level: "INFO" });
    // Grafana's link from a log line to its trace looks for exactly this text.
    assert.ok(line.includes(`"traceid":"${traceId}"`), line);
    const { resources, ...rest } = JSON.parse(line) as Record<string, Record<string, string>>;
    assert.deepEqual(rest, {
      body,
      traceid: traceId,
      spanid: spanId,
      severity: "INFO",
      flags: 1,
      attributes: { otelServiceName: "flask-demo-service" },
      instrumentation_scope: { name: "__main__" },
    });
    assert.equal(resources?.["service.name"], "flask-demo-service");
  },

  metrics: async ({ mimir }, { endpoint, count, durationMs }) => {
    const series = async (name: string, extra: Record<string, string> = {}): Promise<number> => {
      const wanted = JSON.stringify({ endpoint, job: "flask-demo-service", ...extra });
      const sorted = (labels: object): string =>
        JSON.stringify(Object.fromEntries(Object.entries(labels).sort()));
      const sample = await mimir.inbox
        .waitFor((item) => item.name === name && sorted(item.labels) === wanted)
        .catch((error: unknown) => {
          throw new Error(`series ${name}${wanted}: ${(error as Error).message}`, { cause: error });
        });
      return sample.value;
    };
    assert.equal(await series("http_request_count_total"), count);
    const duration = "http_request_duration_milliseconds";
    assert.equal(await series(`${duration}_sum`), durationMs);
    assert.equal(await series(`${duration}_count`), 1);
    assert.equal(await series(`${duration}_bucket`, { le: "500" }), 0);
    assert.equal(await series(`${duration}_bucket`, { le: "750" }), 1);
    assert.equal(await series(`${duration}_bucket`, { le: "+Inf" }), 1);
  },

  traces: async ({ tempo }, { traceId, span }) => {
    const stored = await tempo.inbox.waitFor((item) => item.traceId === traceId);
    assert.equal(stored.name, span);
    assert.equal(stored.resource["service.name"], "flask-demo-service");
  },
};

/** Runs a check; when it fails, says for which signal and what the collector had to say. */
async function explained(signal: string, log: readonly string[], check: () => Promise<void>) {
  try {
    await check();
  } catch (error) {
    throw new Error(`${signal}: ${(error as Error).message}\n${lastLines(log)}`, { cause: error });
  }
}

function deliveryOf(stack: Stack): void {
  let system: System | undefined;
  const running = (): System => {
    assert.ok(system !== undefined);
    return system;
  };

  before(async function () {
    const tools = await requireTools(this, ["helm", "otelcol-contrib"]);
    system = await startSystem(stack, tools.helm, tools["otelcol-contrib"]);
  });
  after(async () => {
    await system?.stop();
  });

  it("listens for OTLP, and for nothing else but its health check and own metrics", () => {
    assert.deepEqual(running().opened, ["TCP 4317", "TCP 4318", "TCP 8888", "TCP 13133"]);
  });

  for (const transport of ["gRPC", "HTTP"] as const) {
    const request = flaskRequest({ endpoint: `complex_operation by ${transport}`, count: 42 });
    const telemetry = flaskTelemetry(request);

    for (const [signal, arrives] of Object.entries(arrivals)) {
      it(`takes ${signal} by OTLP/${transport} and brings them to their store`, async () => {
        const { collector } = running();
        await explained(`${signal} by OTLP/${transport}`, collector.log, async () => {
          const address = `${collector.host}:${String(otlpPorts[transport])}`;
          await sendOtlp(transport, address, signal as Signal, telemetry);
          await arrives(running(), request);
        });
      });
    }
  }

  it("sends as many requests to a store as it is sent, one by one", async () => {
    const { collector, tempo } = running();
    const earlier = tempo.requests();
    const requests = Array.from({ length: 40 }, () => flaskRequest());
    await explained("traces", collector.log, async () => {
      const send = async (request: FlaskRequest): Promise<void> =>
        sendOtlp("HTTP", `${collector.host}:4318`, "traces", flaskTelemetry(request));
      await Promise.all(requests.map(send));
      await Promise.all(
        requests.map(async ({ traceId }) =>
          tempo.inbox.waitFor((item) => item.traceId === traceId),
        ),
      );
      assert.equal(tempo.requests() - earlier, requests.length);
    });
  });

  it("logs no error meanwhile", () => {
    const errors = running().collector.log.filter((line) => line.split("\t")[1] === "error");
    assert.deepEqual(errors, []);
  });
}

// The other stacks' configuration runs before real stores, in ring 6.
describe("real collector with the tutorial stack's configuration", () => {
  deliveryOf("tutorial");
});
