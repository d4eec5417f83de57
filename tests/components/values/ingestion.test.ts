/** Tests of components/values/ingestion.ts: what one limit lets through, the next one takes. */
import * as assert from "node:assert/strict";
import {
  ingestion,
  LARGEST_INSIDE,
  LARGEST_MESSAGE,
  LARGEST_OTLP_REQUEST_MIB,
  LARGEST_REQUEST_MIB,
  LATE_HOURS,
  lateSamples,
  REQUEST_SHAPE,
} from "../../../components/values/ingestion";
import { chartSets } from "../../../config/charts";
import { sizeNames, sizes } from "../../../config/sizes";

const largest = LARGEST_OTLP_REQUEST_MIB * 2 ** 20;

describe("limits of requests", () => {
  it("grow on the way: the collector's, the stores' doors, between their pods", () => {
    assert.ok(largest < LARGEST_REQUEST_MIB * 2 ** 20);
    assert.ok(LARGEST_INSIDE > largest && LARGEST_INSIDE < LARGEST_MESSAGE);
  });

  it("leave an SDK's largest batch of 512 whole", () => {
    assert.ok(REQUEST_SHAPE.items > 512);
  });

  for (const chartSet of chartSets)
    for (const name of sizeNames) {
      const { loki, mimir, tempo } = ingestion(sizes[chartSet][name].carries);

      it(`are no larger than what ${name} of ${chartSet} takes at once`, () => {
        assert.ok(loki.ingestion_burst_size_mb * 1e6 >= LARGEST_INSIDE);
        assert.ok(parseInt(loki.per_stream_rate_limit_burst) * 1e6 >= LARGEST_INSIDE);
        assert.ok(parseInt(loki.max_line_size) * 2 ** 20 >= largest);
        // Each bucket of a histogram takes eight bytes for its count, and eight for its bound.
        assert.ok(mimir.ingestion_burst_size >= largest / 16);
        assert.ok(tempo.burst_size_bytes >= LARGEST_REQUEST_MIB * 2 ** 20);
      });
    }
});

describe("what comes late", () => {
  for (const chartSet of chartSets)
    it(`is taken for the hours that the page says, with the ${chartSet} charts`, () => {
      const hours = LATE_HOURS[chartSet];
      const late = lateSamples(chartSet);
      assert.equal(late.out_of_order_time_window, `${String(hours)}h`);
      assert.ok(parseInt(late.query_ingesters_within) > hours);
      assert.equal(hours + parseInt(late.past_grace_period), 7 * 24);
    });
});
