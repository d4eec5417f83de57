/** Tests: what Tempo drops of a trace that is too large is counted. */
import * as assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { LARGEST_REQUEST_MIB } from "../../components/values/ingestion";
import { chartSets } from "../../config/charts";
import { numberedSpans } from "../../dataplane/loss/numbered-items";
import { eventually, notYet } from "../../dataplane/query/eventually";
import { OwnMetrics } from "../../dataplane/query/exposition";
import { OtlpClient } from "../../dataplane/sinks/otlp-client";
import { noMembers, oneOf } from "../../dataplane/stores/members";
import { toolsOfSet } from "../../dataplane/system";
import { TempoCluster } from "../../dataplane/tempo-cluster";
import { stores } from "../../grafana/stores";
import { skip } from "../support/skip";
import { requireTools } from "../support/tools";

/** Bytes of each request, below what a pod of Tempo takes of another. */
const REQUEST_BYTES = 2 * 2 ** 20;

/** Spans of a request, and characters that each has. */
const SPANS = 1_000;
const PADDING = Math.floor(REQUEST_BYTES / SPANS) - 100;

/** Requests of which the last do not fit any more. */
const REQUESTS = Math.ceil((LARGEST_REQUEST_MIB * 2 ** 20) / REQUEST_BYTES) + 3;

for (const chartSet of chartSets) {
  describe(`a trace above the limit, with Tempo of the ${chartSet} charts`, function () {
    this.timeout(120_000);
    let cluster: TempoCluster | undefined;

    before(async function () {
      const reason = noMembers();
      if (reason !== undefined) skip(this, reason);
      const { tempo } = toolsOfSet[chartSet];
      const { helm, gofakes3, ...found } = await requireTools(this, ["helm", "gofakes3", tempo]);
      this.timeout(120_000);
      const binaries = { helm, gofakes3, tempo: found[tempo] };
      cluster = await TempoCluster.start({ binaries, chartSet, size: "laptop" });
    });
    after(async () => cluster?.stop());

    it("is taken up to the limit, and every span beyond it is counted where the alert looks", async () => {
      assert.ok(cluster !== undefined);
      const { hop, host } = oneOf(cluster.members, "distributor");
      const client = new OtlpClient(`${host}:4317`, 20_000);
      const traceId = randomBytes(16);
      for (let request = 0; request < REQUESTS; request += 1) {
        const seqs = Array.from({ length: SPANS }, (_, index) => index);
        const message = numberedSpans({ service: "large", seqs, padding: PADDING }, traceId);
        const { acknowledged } = await client.export(
          "traces",
          message,
          new AbortController().signal,
        );
        assert.ok(acknowledged, `request ${String(request)}`);
      }
      client.close();
      const discarded = await eventually(hop, "the spans are counted", async () => {
        const metrics = await new OwnMetrics(hop).all();
        const found = metrics.find(
          ({ name, labels }) =>
            name === stores.tempo.discarded && labels["reason"] === "trace_too_large",
        );
        return found?.value ?? notYet;
      });
      // Whole requests: as many as do not fit.
      const fit = Math.floor((LARGEST_REQUEST_MIB * 2 ** 20) / REQUEST_BYTES);
      assert.ok(discarded >= SPANS, String(discarded));
      assert.ok(discarded <= (REQUESTS - fit + 1) * SPANS, String(discarded));
      assert.equal(discarded % SPANS, 0);
    });
  });
}
