/** Tests: requests as large as the collector takes them, and larger. */
import * as assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { LARGEST_OTLP_REQUEST_MIB } from "../../components/values/ingestion";
import { type ChartSet, chartSets } from "../../config/charts";
import { Lane } from "../../dataplane/loss/lane";
import {
  numberedLogs,
  numberedPoints,
  type NumberedRequest,
  numberedSpans,
} from "../../dataplane/loss/numbered-items";
import { storedNumbers } from "../../dataplane/loss/stored-numbers";
import { eventually, notYet } from "../../dataplane/query/eventually";
import { signals } from "../../dataplane/sinks/otlp-client";
import type { PartialSystem } from "../../dataplane/system";
import { sendOtlp } from "../collector/support/otlp-sender";
import { startPartialSystem } from "./support/start-system";

/** Bytes of the largest request. */
const LARGEST = LARGEST_OTLP_REQUEST_MIB * 2 ** 20;

/** Longest value of an attribute: Mimir's own limit for a label is 2,048. */
const PADDING = 1_900;

/** What a request says besides its items' attributes. */
const OVERHEAD = 300;

for (const chartSet of chartSets) {
  describe(`requests of ${String(LARGEST_OTLP_REQUEST_MIB)} MiB, with the ${chartSet} charts`, () => {
    largeRequests(chartSet);
  });
}

function largeRequests(chartSet: ChartSet): void {
  let system: PartialSystem;

  before(async function () {
    system = await startPartialSystem(this, { chartSet, scrapeSeconds: "generated" });
  });
  after(async () => {
    await (system as PartialSystem | undefined)?.stop();
  });

  /** A collector with this much in each request, which has to wait for its stores. */
  async function lostOf(id: string, items: number, padding: number): Promise<object> {
    const lane = await Lane.open(system, {
      stack: "dev",
      settings: { "lgtm:chartSet": chartSet },
      service: `large-${id}`,
      overrides: [],
      sender: { giveUpAfterMs: 0, items, padding },
    });
    try {
      await lane.cut();
      await lane.sender.send(3);
      await lane.pass();
      await lane.drained();
      const outcomes = await lane.outcomes();
      const { exporter_send_failed: dropped } = await lane.counted();
      return Object.fromEntries(
        signals.map((signal) => {
          const { acknowledged, lost } = outcomes[signal];
          return [signal, { acknowledged, lost, dropped: dropped[signal] }];
        }),
      );
    } finally {
      await lane.close();
    }
  }

  it("of many items arrive whole, of each signal, also when they are sent together", async () => {
    const items = Math.floor(LARGEST / (PADDING + 150));
    const whole = { acknowledged: 3 * items, lost: 0, dropped: 0 };
    assert.deepEqual(await lostOf("many", items, PADDING), {
      logs: whole,
      metrics: whole,
      traces: whole,
    });
  });

  it("of one item arrive whole, where the store takes such an item", async () => {
    const whole = { acknowledged: 3, lost: 0, dropped: 0 };
    const { logs, traces } = (await lostOf("one", 1, LARGEST - OVERHEAD)) as Record<string, object>;
    assert.deepEqual({ logs, traces }, { logs: whole, traces: whole });
  });

  /** A request of each signal with so many items, and the id of its trace. */
  function requestOf(service: string, items: number) {
    const request: NumberedRequest = {
      service,
      seqs: Array.from({ length: items }, (_, index) => index),
      padding: PADDING,
    };
    const traceId = randomBytes(16);
    return {
      traceIds: [traceId.toString("hex")],
      telemetry: {
        logs: numberedLogs(request),
        metrics: numberedPoints(request, Date.now() - 60_000),
        traces: numberedSpans(request, traceId),
      },
    };
  }

  for (const transport of ["gRPC", "HTTP"] as const)
    for (const compression of ["none", "gzip"] as const) {
      const way = `by OTLP/${transport}, compression ${compression}`;
      const address = () => `${system.collector.host}:${transport === "gRPC" ? "4317" : "4318"}`;

      it(`are found whole, ${way}`, async () => {
        const service = `limit-${transport}-${compression}`.toLowerCase();
        const items = Math.floor(LARGEST / (PADDING + 150));
        const { traceIds, telemetry } = requestOf(service, items);
        for (const signal of signals)
          await sendOtlp(transport, address(), signal, telemetry, compression);
        for (const signal of signals)
          await eventually(system.collector.program, `${signal} are found`, async () => {
            const stored = await storedNumbers(system.ask, { service, traceIds }, signal);
            // Without Loki only a sink has them: what it got, the test before this counts.
            return stored === undefined || stored.size === items ? true : notYet;
          });
      });

      for (const signal of signals)
        it(`and more are refused with a reason, ${way}: ${signal}`, async () => {
          const { telemetry } = requestOf("too-large", Math.ceil(LARGEST / PADDING));
          const reason = {
            gRPC: /8 RESOURCE_EXHAUSTED: .*larger than max \(?\d+( vs\. 4194304\))?/,
            HTTP: /400 .*request body too large/s,
          }[transport];
          await assert.rejects(
            sendOtlp(transport, address(), signal, telemetry, compression),
            reason,
          );
        });
    }
}
