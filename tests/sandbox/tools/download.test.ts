/** Tests of what is downloaded where it is published, and of what happens where it is not. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import * as path from "node:path";
import type { BuiltToolName } from "../../../sandbox/tools/tool";
import { builtPath } from "../../../sandbox/tools/tool-build";
import { toolProgress } from "../../../sandbox/tools/tool-progress";
import {
  committedChecksums,
  downloadedPath,
  releaseFile,
  releaseUrls,
} from "../../../sandbox/tools/tool-releases";
import { TOOLS, fits } from "../../../sandbox/tools/tool-table";
import {
  downloadRandomPlugin,
  ensureTools,
  kwokStageFiles,
  ToolError,
} from "../../../sandbox/tools/tools";
import type { ToolEvent } from "../../../sandbox/tools/tools";
import { FakePath, makeEtcd } from "./fake-path";
import { ReleaseServer, anyFile, behaviours, programText } from "./release-server";

/** Long, so that a machine that is busy does not make a server look slow... */
const patient = { answerMs: 15_000, leastBytes: 100, intervalMs: 15_000, attempts: 2 };
/** ...and short, so that giving up is seen in no time. */
const impatient = { answerMs: 300, leastBytes: 100, intervalMs: 250, attempts: 2 };

describe("published tools", function () {
  // They start processes, and other tests of the sandbox may keep every core busy.
  this.timeout(20_000);
  const fake = new FakePath().forEachTest();
  let server: ReleaseServer;
  let events: ToolEvent[];
  let limits: typeof patient;

  beforeEach(async () => {
    server = new ReleaseServer();
    await server.start();
    events = [];
    limits = patient;
    process.env["LGTM_DOWNLOADS"] = server.address;
  });
  afterEach(() => {
    server.stop();
  });

  async function get<Name extends BuiltToolName>(...names: Name[]): Promise<Record<Name, string>> {
    return ensureTools(names, {
      ...fake.options,
      downloads: { checksums: server.checksums, limits },
      onProgress: (event) => events.push(event),
    });
  }

  /** Where a file is that was downloaded. */
  const placeOf = (name: BuiltToolName): string => {
    const file = releaseFile(name, server.checksums);
    assert.ok(file);
    return downloadedPath(file, fake.cacheDir);
  };

  /** Why tools were not downloaded, each reason once. */
  const reasons = (): string[] => [
    ...new Set(events.flatMap((event) => (event.phase === "declined" ? [event.reason] : []))),
  ];

  /** Asks for etcd, which has to be compiled, and for the one reason why. */
  async function compiled(): Promise<string> {
    const calls = fake.go("echo fmt", makeEtcd);
    const { etcd } = await get("etcd");
    assert.equal(etcd, builtPath("etcd", fake.cacheDir));
    assert.deepEqual(calls(), ["list", "build"]);
    assert.deepEqual(readdirSync(path.join(fake.cacheDir, "build")), [], "something is left");
    const kept = readdirSync(fake.cacheDir).filter((name) => name.startsWith("etcd-"));
    assert.deepEqual(kept, [path.basename(path.dirname(etcd))], "the download is left");
    const [reason, ...others] = reasons();
    assert.deepEqual(others, []);
    return reason ?? "";
  }

  describe("from a server that behaves well", () => {
    it("are taken out of archives or as they are, without Go, and only once", async () => {
      await server.publish(fake.temp, ["etcd", "kube-scheduler", "pulumi"]);
      const tools = await get("etcd", "kube-scheduler", "pulumi");
      for (const name of ["etcd", "kube-scheduler", "pulumi"] as const) {
        assert.equal(tools[name], placeOf(name));
        assert.equal(readFileSync(tools[name], "utf8"), programText(name));
        assert.equal(statSync(tools[name]).mode & 0o777, 0o755);
      }
      const beside = readdirSync(path.dirname(tools.pulumi));
      assert.deepEqual(beside.sort(), ["pulumi", "pulumi-language-nodejs"]);
      assert.deepEqual(reasons(), []);
      assert.equal(server.probes, 1, "one server was asked more than once whether it is there");

      server.stop();
      assert.deepEqual(await get("etcd", "kube-scheduler", "pulumi"), tools);
      assert.equal(server.requests.length, 3);
    });

    it("are told of: how much has come, and that they are there", async () => {
      await server.publish(fake.temp, ["kube-scheduler"]);
      const { "kube-scheduler": file } = await get("kube-scheduler");
      const { size } = statSync(file);
      const arrived = { phase: "fetching", receivedBytes: size, totalBytes: size };
      assert.deepEqual(events.at(0), { tool: "kube-scheduler", phase: "queued" });
      assert.deepEqual(events.at(-2), { tool: "kube-scheduler", ...arrived });
      const last = events.at(-1);
      assert.ok(last?.phase === "done" && last.from === "download");
    });

    it("come together with kwok's stages and the Random plugin, where checksums are known", async () => {
      await server.publish(fake.temp, ["kwok-stages", "pulumi-resource-random"]);
      const options = {
        ...fake.options,
        downloads: { checksums: server.checksums, limits },
      };
      const [stages, ...others] = await kwokStageFiles(options);
      assert.deepEqual(others, []);
      assert.equal(readFileSync(stages ?? "", "utf8"), programText("kwok-stages"));
      const plugin = await downloadRandomPlugin(options);
      assert.equal(path.basename(plugin ?? ""), "pulumi-resource-random");
      assert.equal(await downloadRandomPlugin(options), plugin);
      const unknown = { ...options, downloads: { checksums: {}, limits } };
      assert.equal(await downloadRandomPlugin(unknown), undefined);
    });

    it("are downloaded once when two ask at the same time", async () => {
      await server.publish(fake.temp, ["etcd"]);
      const [one, two] = await Promise.all([get("etcd"), get("etcd")]);
      assert.deepEqual(one, two);
      assert.equal(server.requests.length, 1);
    });

    it("may be somewhere else by then: what arrives is checked all the same", async () => {
      await server.publish(fake.temp, ["etcd", "helm"]);
      const elsewhere = new ReleaseServer();
      await elsewhere.start();
      try {
        await elsewhere.publish(fake.temp, ["etcd", "helm"]);
        server.answer = (_body, request, response) => {
          response.writeHead(302, { location: elsewhere.address + (request.url ?? "") }).end();
        };
        const { helm } = await get("helm");
        assert.equal(readFileSync(helm, "utf8"), programText("helm"));
        elsewhere.answer = (_body, _request, response) => response.end("a page of a portal");
        assert.match(await compiled(), /NOT what was published/);
      } finally {
        elsewhere.stop();
      }
    });
  });

  describe("from a server that does not", () => {
    beforeEach(async () => {
      await server.publish(fake.temp, ["etcd"]);
    });

    it("are compiled where there is no such file", async () => {
      server.answer = behaviours.absent;
      const { host, pathname } = new URL(anyFile("etcd").url);
      const address = `${server.address}/${host}${pathname}`;
      assert.equal(await compiled(), `${address}: the server answered 404 Not Found`);
      assert.equal(server.requests.length, 1, "asked again after a final answer");
    });

    it("are deleted, told of and compiled where the checksum is wrong", async () => {
      server.answer = behaviours.otherContent;
      const reason = await compiled();
      assert.match(
        reason,
        /NOT what was published: its SHA-256 is [0-9a-f]{64} instead of [0-9a-f]{64}/,
      );
      assert.match(reason, /It was deleted\. .* broken or hostile$/);
      assert.equal(server.requests.length, 1, "asked again after a final answer");
      assert.ok(!existsSync(placeOf("etcd")));
    });

    it("are begun a second time where the connection breaks, and then compiled", async () => {
      server.answer = behaviours.cutOff;
      assert.match(await compiled(), /etcd-v[\d.]+-\S+\.tar\.gz: \S/);
      assert.equal(server.requests.length, 2);
    });

    it("arrive where only the first connection breaks", async () => {
      server.answer = (...call) => {
        server.answer = behaviours.well;
        behaviours.cutOff(...call);
      };
      const { etcd } = await get("etcd");
      assert.equal(readFileSync(etcd, "utf8"), programText("etcd"));
    });

    it("are given up where they only drip", async () => {
      server.answer = behaviours.drip;
      limits = { ...impatient, answerMs: patient.answerMs };
      assert.match(await compiled(), /too slow, 0 KiB in 0\.25 s$/);
    });

    it("are compiled where the archive holds something else", async () => {
      await server.publish(fake.temp, ["etcd"], "/etcd");
      assert.match(await compiled(), /there is no etcd-v\S+\/etcd in the archive$/);
    });

    it("leave Go's absence to be told", async () => {
      server.answer = behaviours.absent;
      await assert.rejects(get("etcd"), (error) => {
        assert.ok(error instanceof ToolError);
        assert.match(error.message, /neither installed nor downloaded and needs Go/);
        return true;
      });
    });
  });

  describe("from no server at all", () => {
    it("are compiled at once where the connection is refused", async () => {
      await server.publish(fake.temp, ["etcd", "helm"]);
      const { host } = new URL(server.address);
      server.stop();
      fake.go("echo fmt", `${makeEtcd}; cp "$dir/etcd" "$dir/helm"`);
      const start = performance.now();
      await get("etcd", "helm");
      assert.ok(performance.now() - start < 3_000);
      assert.deepEqual(reasons(), [`no answer from ${host}`]);
    });

    it("cost one short wait in a run where nothing is said", async () => {
      await server.publish(fake.temp, ["etcd", "helm"]);
      server.answer = behaviours.silent;
      limits = impatient;
      fake.go("echo fmt", `${makeEtcd}; cp "$dir/etcd" "$dir/helm"`);
      const start = performance.now();
      await get("etcd");
      const once = performance.now() - start;
      assert.ok(once >= limits.answerMs - 50, `${String(once)} ms`);
      await get("helm");
      assert.equal(server.probes, 1, "asked again");
      assert.deepEqual(reasons(), [`no answer from ${new URL(server.address).host}`]);
    });

    it("cost nothing where nobody wants them", async () => {
      await server.publish(fake.temp, ["etcd"]);
      process.env["LGTM_DOWNLOADS"] = "off";
      assert.equal(await compiled(), "");
      assert.equal(server.probes + server.requests.length, 0);
    });

    it("are compiled where the mirror is no address, which is told", async () => {
      await server.publish(fake.temp, ["etcd"]);
      process.env["LGTM_DOWNLOADS"] = "mirror.example";
      const said = "LGTM_DOWNLOADS is neither off nor an http address: mirror.example";
      assert.equal(await compiled(), said);
    });

    for (const address of ["https://me:hunter2@mirror.example", "ftp://me:hunter2@mirror.example"])
      it(`are compiled where the mirror is ${address}, and its login is not shown`, async () => {
        await server.publish(fake.temp, ["etcd"]);
        process.env["LGTM_DOWNLOADS"] = address;
        const said = await compiled();
        assert.match(said, /^LGTM_DOWNLOADS /);
        assert.doesNotMatch(said, /hunter2/);
      });
  });

  describe("on the screen", () => {
    it("are one line, and why not is one that stays", () => {
      const [shown, kept]: [string[], string[]] = [[], []];
      const report = toolProgress(
        (line) => shown.push(line),
        (line) => kept.push(line),
      );
      for (const tool of ["etcd", "kwok"] as const) {
        report({ tool, phase: "declined", reason: "no answer from github.com" });
        report({ tool, phase: "fetching", receivedBytes: 1, totalBytes: 2 });
        report({ tool, phase: "fetching", receivedBytes: 2, totalBytes: 2 });
        report({ tool, phase: "done", path: "/x", from: "download", seconds: 0 });
      }
      assert.deepEqual(kept, ["not downloaded, no answer from github.com"]);
      const lines = [
        "etcd: downloading",
        "etcd: downloaded",
        "kwok: downloading",
        "kwok: downloaded",
      ];
      assert.deepEqual(shown, lines);
    });
  });

  describe("the table", () => {
    const linux = ["x64", "arm64"] as const;
    const screen = [
      ...([
        "etcd",
        "kube-apiserver",
        "kube-controller-manager",
        "kube-scheduler",
        "kubectl",
      ] as const),
      ...(["kwok", "kwok-stages", "pulumi", "pulumi-resource-kubernetes", "helm"] as const),
    ];

    it("has checksums of files that it names, and of nothing else", () => {
      const urls = new Set(releaseUrls());
      for (const [url, sha256] of Object.entries(committedChecksums())) {
        assert.ok(urls.has(url), `nothing downloads ${url}`);
        assert.match(sha256, /^[0-9a-f]{64}$/, url);
      }
    });

    it("has all that the first screen needs for Linux", () => {
      for (const arch of linux) {
        for (const name of screen) {
          assert.ok(releaseFile(name, undefined, { os: "linux", arch }), `${name}, ${arch}`);
        }
      }
    });

    it("has no servers of Kubernetes for macOS, where none are published, and the clients", () => {
      for (const arch of linux) {
        const has = (name: (typeof screen)[number]): boolean =>
          releaseFile(name, undefined, { os: "darwin", arch }) !== undefined;
        assert.ok(!has("kube-apiserver") && !has("etcd"));
        assert.ok(has("kubectl") && has("pulumi") && has("pulumi-resource-kubernetes"));
      }
    });

    it("has nothing for other machines", () => {
      assert.equal(releaseFile("kubectl", undefined, { os: "win32", arch: "x64" }), undefined);
      assert.equal(releaseFile("kubectl", undefined, { os: "linux", arch: "s390x" }), undefined);
    });

    it("has versions that would do if they were installed", () => {
      for (const { name } of TOOLS) {
        const file = releaseFile(name, undefined, { os: "linux", arch: "x64" });
        if (file !== undefined) assert.ok(fits(name, file.version), `${name} ${file.version}`);
      }
    });
  });
});
