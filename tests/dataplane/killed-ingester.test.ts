/** Tests: what Tempo acknowledges is found, also when an ingester is killed. */
import * as assert from "node:assert/strict";
import { sizes } from "../../config/sizes";
import {
  killIngester,
  type KilledIngester,
  tempoShapes,
} from "../../dataplane/loss/killed-ingester";
import { noMembers } from "../../dataplane/stores/members";
import { toolsOfSet } from "../../dataplane/system";
import { TempoCluster } from "../../dataplane/tempo-cluster";
import { skip } from "../support/skip";
import { requireTools } from "../support/tools";

/** Traces that are sent before each kill. */
const TRACES = 1_000;

/** The longest that one size may take, in milliseconds. */
const TIMEOUT = 240_000;

for (const { chartSet, sizes: names } of tempoShapes) {
  describe(`traces that Tempo has acknowledged, with ${names.join(" and ")} of the ${chartSet} charts`, () => {
    let result: KilledIngester;

    before(async function () {
      const reason = noMembers();
      if (reason !== undefined) skip(this, reason);
      const { tempo } = toolsOfSet[chartSet];
      const tools = await requireTools(this, ["helm", "gofakes3", tempo]);
      this.timeout(TIMEOUT);
      const { helm, gofakes3 } = tools;
      const binaries = { helm, gofakes3, tempo: tools[tempo] };
      const cluster = await TempoCluster.start({ binaries, chartSet, size: names[0] });
      try {
        result = await killIngester(cluster, TRACES);
      } finally {
        await cluster.stop();
      }
    });

    it("are as many ingesters and copies as the size says", () => {
      for (const name of names) {
        const { replicas, replicationFactor } = sizes[chartSet][name].tempo;
        assert.deepEqual([result.ingesters, result.copies], [replicas, replicationFactor], name);
      }
    });

    it("are found by their id at once", () => {
      assert.equal(result.untouched[1], 0);
    });

    it("are found after an ingester was killed that had them in its log", () => {
      assert.equal(result.logged[1], 0);
    });

    it("are lost with an ingester that is killed at once only where nobody else has them", () => {
      const [, lost] = result.within;
      // With two ingesters and one copy, about half.
      const most = result.copies > 1 ? 0 : (TRACES / result.ingesters) * 1.2;
      assert.ok(lost <= most, `${String(lost)} are lost, and at most ${String(most)} may be`);
      if (result.copies > 1) assert.equal(result.whileDown, 0, "while it is down");
    });
  });
}
