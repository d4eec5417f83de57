/** Tests of ops/commands/preview-pr/charts.ts. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { Charts, runHelm } from "../../../../ops/commands/preview-pr/charts";
import { collectorChart, standIns } from "../../../charts/render";
import { requireTools } from "../../../support/tools";

describe("charts from a repository", function () {
  this.timeout(20_000);
  this.slow(4000);
  let helm: string;
  let folder: string;
  let server: http.Server;
  let repo: string;

  before(async function () {
    ({ helm } = await requireTools(this, ["helm"]));
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-repository-"));
    for (const version of ["0.129.0", "9.9.9"]) {
      const source = path.join(standIns, collectorChart);
      await runHelm(helm, ["package", source, "--version", version, "--destination", folder]);
    }
    server = http.createServer((request, response) => {
      const file = path.join(folder, path.basename(request.url ?? ""));
      if (fs.existsSync(file)) response.end(fs.readFileSync(file));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    repo = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    await runHelm(helm, ["repo", "index", folder, "--url", repo]);
  });
  after(() => {
    server.close();
    fs.rmSync(folder, { recursive: true });
  });

  const wanted = (version: string, from = repo) => ({
    chart: "opentelemetry-collector",
    version,
    repo: from,
  });

  it("are fetched once", async () => {
    const charts = new Charts(helm, folder);
    const found = await charts.find(wanted("9.9.9"), folder);
    assert.ok(fs.existsSync(found.place));
    assert.equal(found.standIn, false);
    assert.equal((await charts.find(wanted("9.9.9"), folder)).place, found.place);
  });

  it("are refused when a known version is another archive", async () => {
    await assert.rejects(
      new Charts(helm, folder).find(wanted("0.129.0"), folder),
      /is not the published one/,
    );
  });

  it("are stand-ins, said aloud, when the repository does not answer", async () => {
    const found = await new Charts(helm, folder).find(
      wanted("0.129.0", "http://127.0.0.1:1"),
      folder,
    );
    assert.equal(found.standIn, true);
    assert.match(found.note ?? "", /cannot be reached: .*STAND-INS/);
  });

  it("cannot be what is neither a folder nor a repository", () => {
    assert.throws(() => new Charts(helm, folder, "./no-such-folder"), /neither a URL nor a folder/);
  });
});
