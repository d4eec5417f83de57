/** Tests of sandbox/tools/tools.ts. */
import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { goProblem } from "../../../sandbox/tools/go-command";
import { MODULES_DIR, buildFlags, builtPath, cacheKey } from "../../../sandbox/tools/tool-build";
import { toolProgress } from "../../../sandbox/tools/tool-progress";
import { TOOLS, tool } from "../../../sandbox/tools/tool-table";
import {
  defaultCacheDir,
  ensureTools,
  ToolError,
  type ToolEvent,
} from "../../../sandbox/tools/tools";
import { FakePath, executable, makeEtcd } from "./fake-path";

describe("sandbox tools", function () {
  // They start processes, and other tests of the sandbox may keep every core busy.
  this.timeout(20_000);
  const fake = new FakePath().forEachTest();

  describe("cache", () => {
    it("names a build after the committed files of its module", () => {
      const modules = path.join(fake.temp, "tools");
      cpSync(MODULES_DIR, modules, { recursive: true });
      const key = cacheKey(tool("etcd"), modules);
      assert.match(key, /^etcd-3\.6\.16-[0-9a-f]{12}$/);
      assert.equal(key, cacheKey(tool("etcd")));

      const { module } = tool("etcd");
      writeFileSync(path.join(modules, module, "etcd", "notes.txt"), "not part of the build");
      assert.equal(cacheKey(tool("etcd"), modules), key);
      for (const file of ["go.sum", path.join("etcd", "main.go")]) {
        const before = cacheKey(tool("etcd"), modules);
        writeFileSync(path.join(modules, module, file), "\n", { flag: "a" });
        assert.notEqual(cacheKey(tool("etcd"), modules), before);
      }
    });

    it("names a build after its tags, and none when there are none", () => {
      const row = tool("cortex");
      assert.ok(buildFlags([row]).includes("-tags=slicelabels,netgo"));
      assert.ok(!buildFlags([tool("etcd")]).some((flag) => flag.startsWith("-tags")));
      assert.notEqual(cacheKey({ ...row, tags: ["netgo"] }), cacheKey(row));
    });

    it("builds in the versions that the modules require", () => {
      for (const row of TOOLS) {
        const goMod = readFileSync(path.join(MODULES_DIR, row.module, "go.mod"), "utf8");
        assert.ok(goMod.includes(` v${row.version}\n`), `${row.module}/go.mod: v${row.version}`);
      }
    });

    it("uses a finished build without Go", async () => {
      executable(builtPath("etcd", fake.cacheDir), "");
      const { etcd } = await ensureTools(["etcd"], fake.options);
      assert.equal(etcd, builtPath("etcd", fake.cacheDir));
    });

    it("does not use what a killed build left behind", async () => {
      executable(
        path.join(fake.cacheDir, "build", "etcd-abc", "out", "etcd"),
        "half an executable",
      );
      mkdirSync(path.dirname(builtPath("etcd", fake.cacheDir)), { recursive: true });
      await assert.rejects(ensureTools(["etcd"], fake.options), ToolError);
    });

    it("builds once when two ask at the same time, and nothing the next time", async () => {
      const calls = fake.go("echo fmt", `sleep 0.2; ${makeEtcd}`);
      const [one, two] = await Promise.all([
        ensureTools(["etcd"], fake.options),
        ensureTools(["etcd"], fake.options),
      ]);
      assert.deepEqual(one, two);
      await ensureTools(["etcd"], fake.options);
      assert.deepEqual(calls(), ["list", "build"]);
    });

    it("is where the environment says", () => {
      assert.equal(defaultCacheDir({ LGTM_CACHE_DIR: "/a", XDG_CACHE_HOME: "/b" }), "/a");
      assert.equal(defaultCacheDir({ XDG_CACHE_HOME: "/b" }), path.join("/b", "lgtm"));
      assert.match(defaultCacheDir({ XDG_CACHE_HOME: "relative" }), /\.cache.lgtm$/);
    });
  });

  describe("progress and errors", () => {
    it("tells every phase of a build", async () => {
      fake.go(
        "echo 'go: downloading x v1' >&2; printf 'fmt\\nos'",
        `echo fmt >&2; echo os >&2; ${makeEtcd}`,
      );
      const events: ToolEvent[] = [];
      await ensureTools(["etcd"], { ...fake.options, onProgress: (event) => events.push(event) });
      const phases = events.map((event) =>
        event.phase === "compiling"
          ? `${String(event.compiled)}/${String(event.packages)}`
          : event.phase,
      );
      const downloads = ["downloading", "downloading"];
      assert.deepEqual(phases, ["queued", ...downloads, "0/2", "1/2", "2/2", "done"]);
    });

    it("tells what is left, and how long it took the last time", async () => {
      const programs = ["etcd", "kwok"] as const;
      const make = programs.map((name) => makeEtcd.replaceAll("etcd", name)).join("; ");
      // Kwok's stages are there; this is about compiling.
      mkdirSync(path.join(fake.cacheDir, cacheKey(tool("kwok")).replace("kwok", "kwok-stages")), {
        recursive: true,
      });
      fake.go("echo fmt", `${make}; sleep 0.1`);
      const lines = async (): Promise<string[]> => {
        const said: string[] = [];
        const onProgress = toolProgress((line) => said.push(line));
        await ensureTools([...programs], { ...fake.options, onProgress });
        return said.filter((line) => line.includes("compiling"));
      };
      assert.deepEqual(await lines(), ["etcd: compiling; then kwok", "kwok: compiling"]);
      for (const name of programs) rmSync(builtPath(name, fake.cacheDir));
      const times = path.join(fake.cacheDir, "compile-seconds.json");
      writeFileSync(times, JSON.stringify({ etcd: 61.4, kwok: 300 }));
      assert.deepEqual(await lines(), [
        "etcd: compiling; took 61 s last time; then kwok",
        "kwok: compiling; took 5 min last time",
      ]);
      const noted = JSON.parse(readFileSync(times, "utf8")) as Record<string, number>;
      assert.ok(programs.every((name) => (noted[name] ?? 0) >= 0.1 && (noted[name] ?? 0) < 60));
    });

    it("says that Go is missing, which version is needed and what else would do", async () => {
      await assert.rejects(ensureTools(["etcd"], fake.options), (error: Error) => {
        assert.match(error.message, /needs Go 1\.26\.0 or newer, but no `go` is on PATH\. Install/);
        assert.match(error.message, /tool-table\.ts lists the versions that fit/);
        return true;
      });
    });

    it("says that Go is too old", () => {
      assert.match(
        goProblem("1.25.4 linux/amd64") ?? "",
        /`go version` is "1\.25\.4 linux\/amd64"/,
      );
      assert.equal(goProblem("1.26.0 linux/amd64"), undefined);
      assert.equal(goProblem("1.27rc1 darwin/arm64"), undefined);
    });

    it("shows what a failed download said, and leaves nothing in the cache", async () => {
      fake.go("echo 'dial tcp: no route to host' >&2; exit 1", makeEtcd);
      const events: ToolEvent[] = [];
      const failure = /Could not download the source of etcd; `go list` said:\ndial tcp: no route/;
      await assert.rejects(
        ensureTools(["etcd"], { ...fake.options, onProgress: (event) => events.push(event) }),
        failure,
      );
      const last = events.at(-1);
      assert.ok(last?.phase === "failed");
      assert.match(last.reason, failure);
      await assert.rejects(ensureTools(["etcd"], fake.options), failure);
    });

    it("keeps the first failure when others are stopped because of it", async () => {
      fake.go("echo fmt", "echo 'main.go:3: undefined: x' >&2; exit 1");
      await assert.rejects(
        ensureTools(["etcd", "helm", "pulumi"], fake.options),
        /Could not compile etcd; `go build` said:\nmain\.go:3: undefined: x/,
      );
    });
  });
});
