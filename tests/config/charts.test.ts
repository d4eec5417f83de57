/** Tests of config/charts.ts. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import {
  charts,
  chartSource,
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
    const versions = [
      ...Object.values(charts.lgtm.versions),
      ...Object.values(charts.otelCollector.versions),
    ];
    const digests = versions.map(({ digest }) => digest);
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
