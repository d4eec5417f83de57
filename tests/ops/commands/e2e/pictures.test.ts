/** Tests: pictures of dashboards, of a stand-in for Grafana's pages. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { browserProgram, NoBrowser, takePictures } from "../../../../ops/commands/e2e/pictures";
import { skipEverywhere } from "../../../support/skip";

const password = "planted-password-4711";
/** Pixels from the top of the page to the end of the lower panel, which is out of sight at first. */
const end = 3000;

/** Two panels that ask for their data when they come into sight, as Grafana's do; the lower one fails. */
const page = `<!doctype html><body style="margin:0;height:${String(end + 40)}px">
<div class="react-grid-item" style="position:absolute;top:100px;height:300px">upper</div>
<div class="react-grid-item" style="position:absolute;top:2700px;height:300px">lower</div>
<script>
  const load = async (panel) => {
    const bar = document.createElement("div");
    bar.setAttribute("aria-label", "Panel loading bar");
    panel.append(bar);
    const answer = await fetch("/grafana/data/" + panel.firstChild.data);
    bar.remove();
    if (answer.ok) return;
    const error = document.createElement("button");
    error.dataset.testid = "data-testid Panel status error";
    panel.append(error);
  };
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries)
      if (isIntersecting) { seen.unobserve(target); void load(target); }
  });
  document.querySelectorAll(".react-grid-item").forEach((panel) => seen.observe(panel));
</script>`;

interface Answered {
  readonly url: string;
  readonly at: number;
}

describe("pictures of dashboards", () => {
  const answered: Answered[] = [];
  let server: http.Server;
  let folder = "";

  const answer = async (request: http.IncomingMessage, response: http.ServerResponse) => {
    const { url = "", headers } = request;
    const inside = headers.cookie?.includes("grafana_session=1") === true;
    let body = "";
    for await (const part of request) body += String(part);
    if (url === "/grafana/login") {
      const right = body === JSON.stringify({ user: "admin", password });
      response.writeHead(
        right ? 200 : 401,
        right ? { "set-cookie": "grafana_session=1; Path=/" } : {},
      );
    } else if (!inside) response.writeHead(302, { location: "/grafana/login" });
    else if (url.startsWith("/grafana/data/")) {
      await sleep(1500);
      response.writeHead(url.endsWith("lower") ? 500 : 200);
    } else response.writeHead(200, { "content-type": "text/html" });
    answered.push({ url, at: Date.now() });
    response.end(inside && url.startsWith("/grafana/d/") ? page : "{}");
  };

  before(async () => {
    server = http.createServer((request, response) => void answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-pictures-"));
  });

  after(() => {
    server.close();
    fs.rmSync(folder, { recursive: true });
  });

  const take = async (given: string, lines: string[] = []): Promise<string[]> =>
    takePictures({
      url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/grafana/`,
      user: "admin",
      password: given,
      folder,
      dashboards: [{ uid: "../lgtm-red", title: "Services" }],
      onProgress: (line) => lines.push(line),
    });

  const needsBrowser = (context: Mocha.Context): void => {
    if (browserProgram() === undefined)
      skipEverywhere(context, "no browser: install Chromium or Chrome");
  };

  it("are of all of the page, when the last panel has its data, and the password is nowhere", async function () {
    needsBrowser(this);
    this.timeout(60_000);
    const lines: string[] = [];
    const [file = "", ...others] = await take(password, lines);
    assert.deepEqual(others, []);
    assert.equal(file, path.join(folder, "___lgtm-red.png"));
    const bytes = fs.readFileSync(file);
    // PNG's signature, and where its header has width and height.
    assert.equal(bytes.subarray(1, 4).toString(), "PNG");
    assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [1600, end + 40]);
    const lower = answered.find(({ url }) => url.endsWith("/data/lower"));
    assert.ok(lower !== undefined && fs.statSync(file).mtimeMs > lower.at);
    assert.deepEqual(lines, ["picture of Services", "Services: 1 panel with an error"]);
    assert.ok(!JSON.stringify([answered, lines]).includes(password));
    assert.ok(!bytes.includes(password));
  });

  it("need the right password, which no error repeats", async function () {
    needsBrowser(this);
    this.timeout(60_000);
    await assert.rejects(take("wrong-password-4711"), (error: Error) => {
      assert.match(error.message, /does not let admin in: 401$/);
      assert.ok(
        !JSON.stringify(error, Object.getOwnPropertyNames(error)).includes("wrong-password"),
      );
      return true;
    });
  });

  it("need a browser, and say so", async () => {
    const chosen = process.env["LGTM_BROWSER"];
    process.env["LGTM_BROWSER"] = "/nowhere/chromium";
    try {
      await assert.rejects(
        take(password),
        (error: Error) =>
          error instanceof NoBrowser && /^\/nowhere\/chromium does not/.test(error.message),
      );
    } finally {
      if (chosen === undefined) delete process.env["LGTM_BROWSER"];
      else process.env["LGTM_BROWSER"] = chosen;
    }
    assert.equal(browserProgram({ PATH: "/nowhere" }), undefined);
  });
});
