/** Tests of which installed copies of tools are taken, and what is said where none will do. */
import assert from "node:assert/strict";
import * as path from "node:path";
import type { ToolName } from "../../../sandbox/tools/tool";
import { builtPath } from "../../../sandbox/tools/tool-build";
import { TOOLS, fits } from "../../../sandbox/tools/tool-table";
import { ensureTools, NotInstalledError } from "../../../sandbox/tools/tools";
import { FakePath, executable, makeEtcd } from "./fake-path";

describe("installed tools", function () {
  // They start processes, and other tests of the sandbox may keep every core busy.
  this.timeout(20_000);
  const fake = new FakePath().forEachTest();

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
      ["otelcol-current", "otelcol-contrib version 0.158.0", true],
      ["otelcol-current", "otelcol-contrib version 0.130.0", false],
      ["loki-3.7", "loki, version 3.7.8 (branch: HEAD, revision: unknown)", true],
      ["loki-3.7", "loki, version 2.9.13 (branch: HEAD, revision: unknown)", false],
      ["tempo-2.10", "tempo, version 2.10.8 (branch: , revision: unknown)", true],
      ["tempo-2.10", "tempo, version 2.9.1 (branch: , revision: unknown)", false],
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
      executable(path.join(fake.bin, "etcd"), "#!/bin/sh\necho etcd Version: 3.5.12\n");
      const { etcd } = await ensureTools(["etcd"], fake.options);
      assert.equal(etcd, path.join(fake.bin, "etcd"));

      executable(path.join(fake.bin, "etcd"), "#!/bin/sh\necho etcd Version: 3.4.12\n");
      fake.go("echo fmt", makeEtcd);
      const built = await ensureTools(["etcd"], fake.options);
      assert.equal(built.etcd, builtPath("etcd", fake.cacheDir));
    });

    it("takes it from the folder of LGTM_PROGRAMS first, where its version fits", async () => {
      executable(path.join(fake.bin, "etcd"), "#!/bin/sh\necho etcd Version: 3.5.12\n");
      executable(path.join(fake.programs, "etcd"), "#!/bin/sh\necho etcd Version: 3.6.1\n");
      const { etcd } = await ensureTools(["etcd"], fake.options);
      assert.equal(etcd, path.join(fake.programs, "etcd"));

      executable(path.join(fake.programs, "etcd"), "#!/bin/sh\necho etcd Version: 3.4.1\n");
      const onPath = await ensureTools(["etcd"], fake.options);
      assert.equal(onPath.etcd, path.join(fake.bin, "etcd"));
    });
  });

  describe("what is found only", () => {
    /** What is said of a tool that will not do; nothing may be built before it is said. */
    async function complaint(...names: ToolName[]): Promise<string> {
      const calls = fake.go("echo fmt", makeEtcd);
      const error: unknown = await ensureTools(names, fake.options).catch((e: unknown) => e);
      assert.ok(error instanceof NotInstalledError, String(error));
      assert.deepEqual(calls(), [], "Go was called");
      return error.message;
    }

    it("comes from PATH, or from the folder of LGTM_PROGRAMS", async () => {
      executable(path.join(fake.bin, "loki"), "#!/bin/sh\necho loki, version 2.9.6\n");
      executable(path.join(fake.programs, "tempo"), "#!/bin/sh\necho tempo, version 2.9.0\n");
      assert.deepEqual(await ensureTools(["loki", "tempo"], fake.options), {
        loki: path.join(fake.bin, "loki"),
        tempo: path.join(fake.programs, "tempo"),
      });
    });

    it("comes by its own name, or by one that another version may have too", async () => {
      const loki = (folder: string, name: string, version: string): string => {
        const file = path.join(folder, name);
        executable(file, `#!/bin/sh\necho loki, version ${version}\n`);
        return file;
      };
      const plain = loki(fake.bin, "loki", "3.7.8");
      assert.deepEqual(await ensureTools(["loki-3.7"], fake.options), { "loki-3.7": plain });
      const older = loki(fake.programs, "loki", "2.9.6");
      assert.deepEqual(await ensureTools(["loki", "loki-3.7"], fake.options), {
        loki: older,
        "loki-3.7": plain,
      });
      const own = loki(fake.bin, "loki-3.7", "3.7.8");
      assert.deepEqual(await ensureTools(["loki-3.7"], fake.options), { "loki-3.7": own });
      assert.match(
        await complaint("tempo-2.10"),
        /LGTM_PROGRAMS names, as tempo-2\.10 or tempo; or run /,
      );
    });

    it("is asked for, with what to install, where it is not there, before anything is built", async () => {
      const message = await complaint("etcd", "loki", "tempo");
      assert.match(
        message,
        /^loki ~2\.9\.0 is wanted, and none is in \S+programs \(LGTM_PROGRAMS\) or on PATH\./,
      );
      assert.match(
        message,
        /: install Loki 2\.9, from .*, on PATH or in the folder that LGTM_PROGRAMS/,
      );
      assert.match(message, /\ntempo ~2\.9\.0 is wanted, /);
    });

    it("is named with path and version, and the version that is wanted, where they differ", async () => {
      executable(path.join(fake.programs, "loki"), "#!/bin/sh\nexit 1\n");
      executable(path.join(fake.bin, "loki"), "#!/bin/sh\necho loki, version 3.0.0\n");
      const [own, onPath] = [path.join(fake.programs, "loki"), path.join(fake.bin, "loki")];
      const said = `loki ~2.9.0 is wanted, and ${own} does not tell its version, ${onPath} is 3.0.0.`;
      const message = await complaint("loki");
      assert.equal(message.slice(0, said.length), said);
    });
  });
});
