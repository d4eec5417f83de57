/** Tests: the real collector, with what an owner has added to its configuration. */
import * as assert from "node:assert/strict";
import { chartSets } from "../../config/charts";
import { Closers } from "../../dataplane/closers";
import { generate } from "../../dataplane/config/generated";
import { scratchFolder } from "../../dataplane/scratch-folder";
import { startTempoSink } from "../../dataplane/sinks/stores";
import { diskOf } from "../../dataplane/stores/context";
import { collectorNode } from "../../dataplane/stores/collector";
import { toolsOfSet } from "../../dataplane/system";
import { requireTools } from "../support/tools";
import { complaint } from "./collector-process";
import { collectorRelease, renderCollector } from "./render";
import { flaskRequest, flaskTelemetry } from "./support/flask-app";
import { sendOtlp } from "./support/otlp-sender";

const nowhere = "127.0.0.1:9";

/** Of the components that the collector of the tests has, in either version. */
const additions = {
  receivers: { "otlp/second": { protocols: { http: { endpoint: "${env:MY_POD_IP}:14318" } } } },
  processors: {
    "attributes/redact": { actions: [{ key: "user.email", action: "delete" }] },
    "resource/own": {
      attributes: [
        { key: "team", value: "payments", action: "insert" },
        { key: "telemetry.sdk.name", action: "delete" },
      ],
    },
  },
  service: {
    pipelines: {
      logs: { processors: ["attributes/redact"] },
      traces: { receivers: ["otlp/second"], processors: ["attributes/redact", "resource/own"] },
    },
  },
};

for (const chartSet of chartSets) {
  describe(`the real collector of the ${chartSet} charts, with additions`, function () {
    this.timeout(60_000);
    const { collector } = toolsOfSet[chartSet];
    let helm: string;
    let binary: string;

    before(async function () {
      const tools = await requireTools(this, ["helm", collector]);
      [helm, binary] = [tools.helm, tools[collector]];
    });

    it("accepts them, and another destination", async () => {
      const exporter = chartSet === "umbrella" ? "otlp/elsewhere" : "otlp_grpc/elsewhere";
      const config = {
        ...additions,
        exporters: {
          [exporter]: {
            endpoint: "otlp.elsewhere.example:4317",
            headers: { authorization: "Bearer ${env:ELSEWHERE_TOKEN}" },
          },
        },
        service: {
          pipelines: {
            ...additions.service.pipelines,
            metrics: { exporters: [exporter] },
          },
        },
      };
      const release = await collectorRelease("dev", chartSet, {
        "lgtm:collectorConfig": JSON.stringify(config),
        "lgtm:collectorEnvFrom": '["elsewhere"]',
      });
      const rendered = await renderCollector(helm, release);
      assert.equal(await complaint(binary, rendered.relay), undefined);
      const [first, , second] = rendered.config.service.pipelines["traces"]?.processors ?? [];
      assert.deepEqual([first, second], ["memory_limiter", "attributes/redact"]);
    });

    it("does what they say, on the way to the store", async () => {
      const generated = await generate(helm, "dev", {
        "lgtm:chartSet": chartSet,
        "lgtm:collectorConfig": JSON.stringify(additions),
      });
      const closers = new Closers();
      try {
        const tempo = await startTempoSink();
        closers.add(tempo.close);
        const scratch = scratchFolder();
        closers.add(scratch.remove);
        const { program, host } = collectorNode(
          binary,
          diskOf(scratch.folder, "collector"),
          generated,
          {
            stores: { loki: nowhere, mimir: nowhere, tempo: tempo.address },
            programs: {
              ...{ loki: nowhere, mimir: nowhere, tempo: nowhere },
              ...{ grafana: nowhere, minio: nowhere },
            },
            kubelet: nowhere,
            tokenFile: "/dev/null",
            scrapeSeconds: undefined,
          },
          [
            {
              set: ["service", "pipelines", "metrics", "receivers"],
              to: ["otlp"],
              reason: "nothing is scraped here",
            },
          ],
        );
        closers.add(async () => program.kill());
        await program.start();
        for (const port of [4318, 14_318]) {
          const request = flaskRequest();
          await sendOtlp("HTTP", `${host}:${String(port)}`, "traces", flaskTelemetry(request));
          const { resource } = await tempo.inbox.waitFor(
            (span) => span.traceId === request.traceId,
          );
          assert.equal(resource["team"], "payments");
          assert.equal(resource["service.name"], "flask-demo-service");
          assert.equal(resource["telemetry.sdk.name"], undefined);
        }
      } finally {
        await closers.closeAll();
      }
    });
  });
}
