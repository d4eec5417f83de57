/** Tests of `npm run images`: the registries and repositories are stand-ins. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { charts } from "../../../../config/charts";
import type { Progress } from "../../../../lib/terminal/progress";
import type { Context, Outcome } from "../../../../lib/terminal/run";
import { images } from "../../../../ops/commands/images";
import { askRepositories } from "../../../../ops/commands/images/published-charts";
import { type FakeRegistry, fakeRegistry } from "../../../support/fake-registry";

const signal = new AbortController().signal;

const progress = { begin: () => undefined } as object as Progress;

function contextOf(stack?: string): Context {
  const flags = {
    json: false,
    yes: false,
    timeout: 60,
    sandbox: true,
    ...(stack !== undefined && { stack }),
  };
  return { flags, progress, signal, onEnd: () => undefined, say: () => undefined };
}

interface Lines {
  readonly lines: readonly { level: string; what: string; reason: string; neededBy: string[] }[];
}

describe("npm run images", () => {
  const own = globalThis.fetch;
  const asked: string[] = [];
  /** In place of the registries and repositories of this world. */
  const answer = (by: (url: URL) => Response | Error): void => {
    globalThis.fetch = async (input) => {
      const url = new URL(input instanceof Request ? input.url : input);
      asked.push(`${url.host}${url.pathname}`);
      const response = by(url);
      if (response instanceof Error) throw response;
      return Promise.resolve(response);
    };
  };
  const linesOf = ({ json }: Outcome) => (json as Lines).lines;

  afterEach(() => {
    globalThis.fetch = own;
    asked.length = 0;
  });

  const isManifest = (url: URL): boolean => url.pathname.startsWith("/v2/");

  it("asks for every image of every stack, set, size and version", async () => {
    answer((url) => (isManifest(url) ? new Response(null) : new Error("no repository")));
    const outcome = await images(contextOf());
    assert.equal(outcome.exitCode, 0);
    const what = linesOf(outcome).map((line) => line.what);
    for (const [name, tag] of [
      ["docker.io/grafana/loki", charts.loki.versions["18.11.0"].imageTag],
      ["grafana/mimir", charts.mimir.versions["5.8.0"].imageTag],
      ["grafana/mimir", charts.lgtm.versions["2.1.0"].mimir],
      ["docker.io/memcached", "1.6.43-alpine"],
      ["quay.io/minio/mc", "RELEASE.2023-09-29T16-41-22Z"],
      ["gasbugs21c/my-flask-app", "lgtm"],
    ])
      assert.ok(what.includes(`image ${name ?? ""}:${tag ?? ""}`), `${name ?? ""}:${tag ?? ""}`);
    assert.ok(what.some((one) => one.startsWith("image ghcr.io/versity/versitygw")));
    assert.ok(asked.some((one) => one.startsWith("registry-1.docker.io/v2/library/memcached/")));
    assert.match(outcome.text, /unknown chart loki 18\.11\.0: the repository cannot be reached/);
  });

  it("fails aloud for an image that is gone, and not for one that is known to be", async () => {
    const gone = (name: string) => (url: URL) =>
      isManifest(url)
        ? new Response(null, { status: url.pathname.includes(name) ? 404 : 200 })
        : new Error("x");
    answer(gone("grafana/tempo"));
    const outcome = await images(contextOf());
    assert.equal(outcome.exitCode, 4);
    assert.match(
      outcome.text,
      /^problem image docker\.io\/grafana\/tempo:\S+: it does not exist \(404\)\n +needed by Tempo, stack dev/,
    );
    answer(gone("minio/"));
    const known = await images(contextOf());
    assert.equal(known.exitCode, 0);
    assert.match(
      known.text,
      /^known +image quay\.io\/minio\/minio:\S+: it does not exist \(404\), as docs\/charts\.md says/,
    );
  });

  it("does not pass for well when nobody has answered", async () => {
    answer(() => new Error("offline"));
    const outcome = await images(contextOf());
    assert.equal(outcome.exitCode, 4);
    assert.match(outcome.text, /No registry and no repository has answered\.$/);
  });

  it("asks for one stack alone", async () => {
    answer((url) => (isManifest(url) ? new Response(null) : new Error("x")));
    const outcome = await images(contextOf("prod"));
    const what = linesOf(outcome).map((line) => line.what);
    assert.ok(!what.some((one) => one.includes("flask")));
    assert.ok(what.some((one) => one.includes("grafana/loki")));
    await assert.rejects(images(contextOf("nobody")), /there is no Pulumi\.nobody\.yaml/);
  });

  describe("of charts", () => {
    let server: FakeRegistry | undefined;
    afterEach(async () => {
      await server?.stop();
    });

    const body = JSON.stringify({ chart: "bytes" });
    const digest = createHash("sha256").update(body).digest("hex");
    const other = "0".repeat(64);
    const index = (folder: string): string =>
      [digest, other]
        .map(
          (one, entry) =>
            `  - digest: ${one}\n    name: x\n    urls:\n    - ${folder}${String(entry)}.tgz\n    version: ${String(entry)}`,
        )
        .join("\n");

    it("compares the archive with the one that was published", async () => {
      server = await fakeRegistry(({ path }) =>
        path === "/charts/index.yaml"
          ? { status: 200, text: index("") }
          : path === "/charts/0.tgz" || path === "/charts/1.tgz"
            ? { status: 200, body: { chart: "bytes" } }
            : { status: 404 },
      );
      const versions = { "1": { digest }, "2": { digest: other }, "3": { digest: "f".repeat(64) } };
      const wanted = [{ name: "x", setting: "lgtmChartRepository", versions } as const];
      const found = await askRepositories(
        wanted,
        () => `http://${server?.host ?? ""}/charts`,
        signal,
      );
      assert.deepEqual(
        found.map(({ chart, kind, reason }) => [chart, kind, reason]),
        [
          ["x 1", "there", ""],
          ["x 2", "missing", "its archive is another one than was published"],
          ["x 3", "missing", "its index has no archive of this digest"],
        ],
      );
      assert.equal(server.asked.filter(({ path }) => path.endsWith("index.yaml")).length, 1);
    });

    it("tells an archive that is gone from a repository that does not answer", async () => {
      server = await fakeRegistry(({ path }) =>
        path === "/index.yaml" ? { status: 200, text: index("archives/") } : { status: 404 },
      );
      const wanted = [
        { name: "x", setting: "lgtmChartRepository", versions: { "1": { digest } } } as const,
      ];
      const of = async (repository: string) =>
        (await askRepositories(wanted, () => repository, signal)).map(({ kind, reason }) => [
          kind,
          reason,
        ]);
      assert.deepEqual(await of(`http://${server.host}`), [["missing", "its archive answers 404"]]);
      assert.deepEqual(await of(`http://${server.host}/elsewhere`), [
        ["unknown", "the repository answers 404"],
      ]);
      assert.deepEqual(await of("oci://mirror.example/charts"), [
        ["unknown", "only a Helm repository's index is read here"],
      ]);
    });
  });
});
