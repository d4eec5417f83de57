/** Tests of ops/commands/preview-pr/comment.ts. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { projectRoot } from "../../../../lib/project-root";
import { putComment } from "../../../../ops/commands/preview-pr/comment";
import { marker } from "../../../../ops/commands/preview-pr/markdown";
import { skip } from "../../../support/skip";

interface Call {
  readonly method: string;
  readonly url: string;
  readonly body: string;
}

const own = "someone/lgtm";
const head = { sha: "a".repeat(40), repo: own };

/** Stands in for GitHub's API, as far as the command asks it. */
class GitHub {
  readonly calls: Call[] = [];
  comments: object[] = [];
  pull = { state: "open", head: { sha: head.sha, repo: { full_name: own } } };
  private readonly server = http.createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      const { method = "", url = "" } = request;
      this.calls.push({ method, url, body });
      response.setHeader("content-type", "application/json");
      const answer = url.includes("/pulls/") ? this.pull : method === "GET" ? this.comments : {};
      response.end(JSON.stringify(answer));
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  stop(): void {
    this.server.close();
  }

  get written(): Call[] {
    return this.calls.filter(({ method }) => method !== "GET");
  }
}

describe("the comment under a pull request", function () {
  this.timeout(20_000);
  this.slow(4000);
  let github: GitHub;
  let url: string;
  let folder: string;

  before(async function () {
    for (const command of ["zip", "unzip"]) {
      const { failed } = await execa(command, ["-v"], { reject: false });
      if (failed) skip(this, `needs ${command} on PATH`);
    }
  });
  beforeEach(async () => {
    github = new GitHub();
    url = await github.start();
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-artifact-"));
  });
  afterEach(() => {
    github.stop();
    fs.rmSync(folder, { recursive: true });
  });

  /** An archive as actions/upload-artifact makes it, in a folder of its own. */
  async function artifact(content: Readonly<Record<string, string>>): Promise<string> {
    for (const [name, text] of Object.entries(content))
      fs.writeFileSync(path.join(folder, name), text);
    const target = path.join(folder, "download");
    fs.mkdirSync(target);
    await execa("zip", ["-q", path.join(target, "preview.zip"), ...Object.keys(content)], {
      cwd: folder,
    });
    return target;
  }

  const environment = (): Record<string, string> => ({
    GITHUB_API_URL: url,
    GITHUB_REPOSITORY: own,
    GITHUB_TOKEN: "not-a-token",
  });

  /** What the script does, in this process. */
  async function comment(target: string, repository = own, sha = head.sha): Promise<void> {
    const before = { ...process.env };
    Object.assign(process.env, environment());
    try {
      const options = { artifact: target, headSha: sha, headRepository: repository };
      await putComment(options, new AbortController().signal);
    } finally {
      process.env = before;
    }
  }

  it("is written by the command of the workflows, from any folder", async () => {
    const target = await artifact({ "preview.md": "text", "pull-request": "12" });
    const { stdout } = await execa(
      "npm",
      [
        ...["--prefix", projectRoot, "run", "--silent", "preview:comment", "--"],
        ...["--artifact", target, "--head-sha", head.sha, "--head-repository", own],
      ],
      { cwd: os.tmpdir(), env: environment() },
    );
    assert.equal(stdout, "Commented on pull request 12.");
    assert.equal(github.written.length, 1);
  });

  it("is made once, and then updated", async () => {
    const target = await artifact({ "preview.md": `${marker}\n\nfirst`, "pull-request": "12\n" });
    await comment(target);
    assert.deepEqual(
      github.written.map(({ method, url: place }) => `${method} ${place}`),
      ["POST /repos/someone/lgtm/issues/12/comments"],
    );
    github.comments = [
      { id: 6, body: `${marker} by a person`, user: { type: "User" } },
      { id: 7, body: `${marker}\n\nfirst`, user: { type: "Bot" } },
    ];
    await comment(target);
    assert.equal(github.written.at(-1)?.url, "/repos/someone/lgtm/issues/comments/7");
    assert.equal(github.written.at(-1)?.method, "PATCH");
  });

  it("from a fork says so, and calls, loads and links nothing", async () => {
    const text = `${marker}\n# Hi @admin, see [this](https://evil.example) ![x](https://evil.example/x.png)\n<img src=x><details><summary><code>a</code></summary>\n\n#1\n\n</details>`;
    const target = await artifact({ "preview.md": text, "pull-request": "12" });
    github.pull.head.repo.full_name = "stranger/lgtm";
    await comment(target, "stranger/lgtm");
    const { body } = JSON.parse(github.written[0]?.body ?? "{}") as { body: string };
    assert.match(body, new RegExp(`^${marker}\n\n> \\*\\*From a fork\\.\\*\\*`));
    assert.match(body, /<details><summary><code>a<\/code><\/summary>/);
    assert.doesNotMatch(body, /@admin|\]\(|https:\/\/|<img|#1/);
  });

  const refused: Readonly<Record<string, readonly [Readonly<Record<string, string>>, RegExp]>> = {
    "no number": [{ "preview.md": "x" }, /holds no pull-request/],
    "a number that is none": [
      { "preview.md": "x", "pull-request": "12; rm -rf /" },
      /names no pull request/,
    ],
    "a path as number": [
      { "preview.md": "x", "pull-request": "../../issues/1" },
      /names no pull request/,
    ],
    "a long text": [
      { "preview.md": "x".repeat(300_000), "pull-request": "12" },
      /preview\.md is larger/,
    ],
    "a text that unpacks to much": [
      { "preview.md": "0".repeat(40_000_000), "pull-request": "12" },
      /preview\.md is larger/,
    ],
    "no text": [{ "pull-request": "12" }, /holds no preview\.md/],
  };
  for (const [what, [content, says]] of Object.entries(refused)) {
    it(`refuses an artifact with ${what}`, async () => {
      const target = await artifact(content);
      await assert.rejects(comment(target), says);
      assert.deepEqual(github.calls, []);
    });
  }

  it("refuses the number of another pull request, and a closed one", async () => {
    const target = await artifact({ "preview.md": "x", "pull-request": "12" });
    const another = /is not the one that was compared/;
    await assert.rejects(comment(target, own, "b".repeat(40)), another);
    await assert.rejects(comment(target, "stranger/lgtm"), another);
    github.pull.state = "closed";
    await assert.rejects(comment(target), /is closed/);
    assert.deepEqual(github.written, []);
  });
});
