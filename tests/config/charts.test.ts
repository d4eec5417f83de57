/** Tests of config/charts.ts. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import {
  charts,
  chartSource,
  collectorOfSet,
  images,
  knownVersions,
  localChartPaths,
  repositoryKind,
} from "../../config/charts";

describe("the chart table", () => {
  it("names the versions, the one that is safe to suggest first", () => {
    assert.deepEqual(knownVersions("lgtm"), ["2.1.0", "3.0.1"]);
    assert.equal(knownVersions("otelCollector")[0], "0.129.0");
  });

  it("has a SHA-256 for every version", () => {
    const digests = Object.values(charts).flatMap(({ versions }) =>
      Object.values<{ readonly digest: string }>(versions).map(({ digest }) => digest),
    );
    for (const digest of digests) assert.match(digest, /^[0-9a-f]{64}$/);
    assert.equal(new Set(digests).size, digests.length);
  });

  it("knows that Tempo's HTTP port moved", () => {
    assert.equal(charts.lgtm.versions["2.1.0"].tempoHttpPort, 3100);
    assert.equal(charts.lgtm.versions["3.0.1"].tempoHttpPort, 3200);
  });

  it("pairs collector chart 0.129.0 with image 0.130.0, the last with the loki exporter", () => {
    const version = charts.otelCollector.versions["0.129.0"];
    assert.equal(version.imageTag, "0.130.0");
    assert.equal(version.lokiExporter, true);
  });
});

describe("the chart sets", () => {
  it("have no version of Loki that breaks uploads to stores that are not AWS", () => {
    for (const { imageTag } of Object.values(charts.loki.versions))
      assert.doesNotMatch(imageTag, /^3\.7\.[0-6]$|^3\.6\.1[1-5]$/);
  });

  it("have no version of Tempo that needs Kafka", () => {
    for (const { imageTag } of Object.values(charts.tempo.versions)) assert.match(imageTag, /^2\./);
  });

  it("go with a collector whose image has the exporter", () => {
    for (const { chartVersion, logsExporter } of Object.values(collectorOfSet)) {
      const { lokiExporter } = charts.otelCollector.versions[chartVersion];
      assert.equal(logsExporter === "loki", lokiExporter);
    }
  });

  it("name every image that has no chart with tag and digest", () => {
    for (const image of Object.values(images)) assert.match(image, /:[\w.-]+@sha256:[0-9a-f]{64}$/);
  });
});

describe("chartSource", () => {
  it("takes a Helm repository", () => {
    assert.deepEqual(chartSource("https://charts.example/x", "a", "1.0.0"), {
      chart: "a",
      version: "1.0.0",
      repositoryOpts: { repo: "https://charts.example/x" },
    });
  });

  it("takes an OCI registry, with or without a slash at the end", () => {
    const wanted = { chart: "oci://registry.example/team/a", version: "1.0.0" };
    assert.deepEqual(chartSource("oci://registry.example/team", "a", "1.0.0"), wanted);
    assert.deepEqual(chartSource("oci://registry.example/team//", "a", "1.0.0"), wanted);
  });

  describe("from a local folder", () => {
    let folder = "";
    beforeEach(() => {
      folder = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-charts-"));
    });
    afterEach(() => {
      fs.rmSync(folder, { recursive: true });
    });

    it("takes an unpacked chart", () => {
      fs.mkdirSync(path.join(folder, "a-1.0.0"));
      assert.deepEqual(chartSource(folder, "a", "1.0.0"), {
        chart: path.join(folder, "a-1.0.0"),
        version: "1.0.0",
      });
    });

    it("prefers the archive, which is what was published", () => {
      fs.mkdirSync(path.join(folder, "a-1.0.0"));
      fs.writeFileSync(path.join(folder, "a-1.0.0.tgz"), "");
      assert.equal(chartSource(folder, "a", "1.0.0").chart, path.join(folder, "a-1.0.0.tgz"));
    });

    it("refuses a folder without that version", () => {
      fs.mkdirSync(path.join(folder, "a-2.0.0"));
      assert.throws(() => chartSource(folder, "a", "1.0.0"), {
        message: `no chart a 1.0.0 in folder ${folder}`,
      });
    });
  });

  it("tells the three kinds of repository apart", () => {
    assert.equal(repositoryKind("http://a"), "http");
    assert.equal(repositoryKind("https://a"), "http");
    assert.equal(repositoryKind("oci://a"), "oci");
    assert.equal(repositoryKind("./https-charts"), "folder");
    assert.equal(repositoryKind("/srv/charts"), "folder");
  });

  it("says where it looks in a folder", () => {
    assert.deepEqual(localChartPaths("charts", "a", "1.0.0"), [
      path.join("charts", "a-1.0.0.tgz"),
      path.join("charts", "a-1.0.0"),
    ]);
  });
});
