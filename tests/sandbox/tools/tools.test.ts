import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { GO_VERSION, ToolError, goProblem } from "../../../sandbox/tools/go-command";
import type { ToolName } from "../../../sandbox/tools/tool";
import { MODULES_DIR, buildFlags, builtPath, cacheKey } from "../../../sandbox/tools/tool-build";
import { TOOLS, fits, tool } from "../../../sandbox/tools/tool-table";
import { defaultCacheDir, ensureTools, type ToolEvent } from "../../../sandbox/tools/tools";

/** Writes a file that can be executed; the folders above it are made. */
function executable(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, 0o755);
}

describe("sandbox tools", function () {
  // They start processes, and other tests of the sandbox may keep every core busy.
  this.timeout(20_000);
  const realPath = process.env["PATH"];
  let temp: string;
  let cacheDir: string;
  let bin: string;

  beforeEach(() => {
    temp = mkdtempSync(path.join(tmpdir(), "lgtm-tools-"));
    cacheDir = path.join(temp, "cache");
    bin = path.join(temp, "bin");
    process.env["PATH"] = bin;
  });

  afterEach(() => {
    process.env["PATH"] = realPath;
    rmSync(temp, { recursive: true, force: true });
  });

  /** A stand-in for Go: `list` and `build` are shell code, every call is a line in calls.txt. */
  function fakeGo(list: string, build: string, version = GO_VERSION): () => string[] {
    const calls = path.join(temp, "calls.txt");
    writeFileSync(calls, "");
    const script = `#!/bin/sh
PATH=/usr/bin:/bin
[ "$1" = version ] && { echo "go version go${version} linux/amd64"; exit; }
echo "$1" >> ${calls}
out() { while [ "$1" != -o ]; do shift; done; echo "$2"; }
[ "$1" = list ] && { ${list}; exit; }
dir=$(out "$@"); mkdir -p "$dir"; ${build}
`;
    executable(path.join(bin, "go"), script);
    return () => readFileSync(calls, "utf8").trim().split("\n");
  }

  const makeEtcd = 'echo "#!/bin/sh" > "$dir/etcd"; chmod +x "$dir/etcd"';

  describe("which installed copy will do", () => {
    const cases: readonly (readonly [ToolName, string, boolean])[] = [
      ["pulumi", "v3.248.0", true],
      ["pulumi", "v3.300.1", true],
      ["pulumi", "v3.247.9", false],
      ["pulumi", "v4.0.0", false],
      ["pulumi-resource-kubernetes", "4.25.0", true],
      ["pulumi-resource-kubernetes", "4.25.1", false],
      ["kubectl", "Client Version: v1.35.0\nKustomize Version: v5.7.1", true],
      ["kubectl", "Client Version: v1.37.9", true],
      ["kubectl", "Client Version: v1.34.9", false],
      ["kubectl", "Client Version: v1.38.0", false],
      ["kube-apiserver", "Kubernetes v1.36.0", true],
      ["kube-apiserver", "Kubernetes v1.35.9", false],
      ["kube-scheduler", "Kubernetes v1.37.0", false],
      ["etcd", "etcd Version: 3.6.16\nGit SHA: Not provided", true],
      ["etcd", "etcd Version: 3.5.0", true],
      ["etcd", "etcd Version: 3.4.30", false],
      ["kwok", "kwok version v0.8.2 go1.26.8 (linux/amd64)", true],
      ["kwok", "kwok version v0.7.0 go1.26.8 (linux/amd64)", false],
      ["helm", "v3.14.0+g3fc9f4b", true],
      ["helm", "v3.13.3+gc8b9489", false],
      ["helm", "v4.0.0", false],
      ["otelcol-contrib", "otelcol-contrib version 0.130.1", true],
      ["otelcol-contrib", "otelcol-contrib version 0.131.0", false],
      ["loki", "loki, version 2.9.13 (branch: HEAD, revision: unknown)", true],
      ["loki", "loki, version 3.0.0 (branch: HEAD, revision: unknown)", false],
      ["tempo", "tempo, version 2.9.1 (branch: , revision: unknown)", true],
      ["tempo", "tempo, version 2.10.0 (branch: , revision: unknown)", false],
      ["cortex", "Cortex, version 1.21.0 (branch: , revision: unknown)", true],
      ["cortex", "Cortex, version 1.20.1 (branch: , revision: unknown)", false],
      ["gofakes3", "gofakes3 version 1.2.1", false],
      ["alertmanager", "alertmanager, version 0.27.0 (branch: HEAD)", true],
      ["alertmanager", "alertmanager, version 0.26.0 (branch: HEAD)", false],
      ["etcd", "command not found", false],
    ];
    for (const [name, output, expected] of cases) {
      it(`${name} ${JSON.stringify(output)}: ${expected ? "yes" : "no"}`, () => {
        assert.equal(fits(name, output), expected);
      });
    }

    it("accepts for every tool the version that it builds", () => {
      for (const row of TOOLS) {
        assert.ok(fits(row.name, row.version), row.name);
      }
    });

    it("takes it from PATH, and builds when its version does not fit", async () => {
      executable(path.join(bin, "etcd"), "#!/bin/sh\necho etcd Version: 3.5.12\n");
      const { etcd } = await ensureTools(["etcd"], { cacheDir });
      assert.equal(etcd, path.join(bin, "etcd"));

      executable(path.join(bin, "etcd"), "#!/bin/sh\necho etcd Version: 3.4.12\n");
      fakeGo("echo fmt", makeEtcd);
      const built = await ensureTools(["etcd"], { cacheDir });
      assert.equal(built.etcd, builtPath("etcd", cacheDir));
    });
  });

  describe("cache", () => {
    it("names a build after the committed files of its module", () => {
      const modules = path.join(temp, "tools");
      cpSync(MODULES_DIR, modules, { recursive: true });
      const key = cacheKey(tool("etcd"), modules);
      assert.match(key, /^etcd-3\.6\.16-[0-9a-f]{12}$/);
      assert.equal(key, cacheKey(tool("etcd")));

      writeFileSync(path.join(modules, "etcd", "notes.txt"), "not part of the build");
      assert.equal(cacheKey(tool("etcd"), modules), key);
      writeFileSync(path.join(modules, "etcd", "go.sum"), "\n", { flag: "a" });
      assert.notEqual(cacheKey(tool("etcd"), modules), key);
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
        const wanted = row.moduleVersion ?? `v${row.version}`;
        assert.ok(goMod.includes(` ${wanted}\n`), `${row.module}/go.mod: ${wanted}`);
      }
    });

    it("uses a finished build without Go", async () => {
      executable(builtPath("etcd", cacheDir), "");
      const { etcd } = await ensureTools(["etcd"], { cacheDir });
      assert.equal(etcd, builtPath("etcd", cacheDir));
    });

    it("does not use what a killed build left behind", async () => {
      executable(path.join(cacheDir, "build", "etcd-abc", "out", "etcd"), "half an executable");
      mkdirSync(path.dirname(builtPath("etcd", cacheDir)), { recursive: true });
      await assert.rejects(ensureTools(["etcd"], { cacheDir }), ToolError);
    });

    it("builds once when two ask at the same time, and nothing the next time", async () => {
      const calls = fakeGo("echo fmt", `sleep 0.2; ${makeEtcd}`);
      const [one, two] = await Promise.all([
        ensureTools(["etcd"], { cacheDir }),
        ensureTools(["etcd"], { cacheDir }),
      ]);
      assert.deepEqual(one, two);
      await ensureTools(["etcd"], { cacheDir });
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
      fakeGo(
        "echo 'go: downloading x v1' >&2; printf 'fmt\\nos'",
        `echo fmt >&2; echo os >&2; ${makeEtcd}`,
      );
      const events: ToolEvent[] = [];
      await ensureTools(["etcd"], { cacheDir, onProgress: (event) => events.push(event) });
      const phases = events.map((event) =>
        event.phase === "compiling"
          ? `${String(event.compiled)}/${String(event.packages)}`
          : event.phase,
      );
      const downloads = ["downloading", "downloading"];
      assert.deepEqual(phases, ["queued", ...downloads, "0/2", "1/2", "2/2", "done"]);
    });

    it("says that Go is missing, which version is needed and what else would do", async () => {
      await assert.rejects(ensureTools(["etcd"], { cacheDir }), (error: Error) => {
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
      fakeGo("echo 'dial tcp: no route to host' >&2; exit 1", makeEtcd);
      const events: ToolEvent[] = [];
      const failure = /Could not download the source of etcd; `go list` said:\ndial tcp: no route/;
      await assert.rejects(
        ensureTools(["etcd"], { cacheDir, onProgress: (event) => events.push(event) }),
        failure,
      );
      const last = events.at(-1);
      assert.ok(last?.phase === "failed");
      assert.match(last.reason, failure);
      await assert.rejects(ensureTools(["etcd"], { cacheDir }), failure);
    });

    it("keeps the first failure when others are stopped because of it", async () => {
      fakeGo("echo fmt", "echo 'main.go:3: undefined: x' >&2; exit 1");
      await assert.rejects(
        ensureTools(["etcd", "helm", "pulumi"], { cacheDir }),
        /Could not compile etcd; `go build` said:\nmain\.go:3: undefined: x/,
      );
    });
  });
});
