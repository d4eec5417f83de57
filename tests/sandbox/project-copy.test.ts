/** Tests of sandbox/project-copy.ts. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { projectRoot } from "../../lib/project-root";
import { stacksIn } from "../../lib/pulumi/stack-files";
import { chartSource } from "../../sandbox/chart-source";
import { SandboxError, UserFileError } from "../../sandbox/errors";
import { copyProject } from "../../sandbox/project-copy";
import { readUserFile } from "../../sandbox/settings-files";
import { createFolders, sandboxPaths, type SandboxPaths } from "../../sandbox/state";

describe("the sandbox's copy of the project", () => {
  let paths: SandboxPaths;
  const settings = {
    kubeconfig: "/somewhere/kubeconfig",
    context: "lgtm-sandbox",
    chartRepositories: {
      lgtmChartRepository: "/charts/a",
      communityChartRepository: "/charts/b",
      otelCollectorChartRepository: "/charts/b",
    },
  };
  const file = (): string => path.join(paths.project, "Pulumi.tutorial.yaml");
  const read = () => parse(fs.readFileSync(file(), "utf8")) as { config: Record<string, unknown> };

  beforeEach(() => {
    paths = sandboxPaths(fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-copy-")));
    createFolders(paths);
  });
  afterEach(() => {
    fs.rmSync(paths.root, { recursive: true });
  });

  it("has the user's settings, the sandbox's on top, and runs the program where it is", () => {
    const own = fs.readFileSync(path.join(projectRoot, "Pulumi.tutorial.yaml"), "utf8");
    copyProject(paths, "tutorial", settings);
    assert.deepEqual(read().config, {
      ...(parse(own) as { config: object }).config,
      "kubernetes:kubeconfig": "/somewhere/kubeconfig",
      "kubernetes:context": "lgtm-sandbox",
      "lgtm:lgtmChartRepository": "/charts/a",
      "lgtm:bundledStoreInProduction": "true",
      "lgtm:communityChartRepository": "/charts/b",
      "lgtm:otelCollectorChartRepository": "/charts/b",
    });
    const project = fs.readFileSync(path.join(paths.project, "Pulumi.yaml"), "utf8");
    assert.equal((parse(project) as { main: string }).main, path.join(projectRoot, "index.ts"));
    assert.equal(fs.readFileSync(path.join(projectRoot, "Pulumi.tutorial.yaml"), "utf8"), own);
    assert.equal(fs.statSync(file()).mode & 0o077, 0);
  });

  it("keeps what Pulumi and the user wrote into it, and takes what is new", () => {
    copyProject(paths, "tutorial", settings);
    const { config } = read();
    config["lgtm:demoEnabled"] = "false";
    delete config["lgtm:lgtmChartVersion"];
    fs.writeFileSync(file(), stringify({ config, encryptionsalt: "v1:salt" }));

    copyProject(paths, "tutorial", {
      ...settings,
      chartRepositories: { ...settings.chartRepositories, lgtmChartRepository: "/charts/c" },
    });
    assert.deepEqual(read(), {
      config: { ...config, "lgtm:lgtmChartRepository": "/charts/c" },
      encryptionsalt: "v1:salt",
    });
  });

  it("is made anew when it was deleted", () => {
    copyProject(paths, "tutorial", settings);
    const whole = read();
    fs.rmSync(file());
    copyProject(paths, "tutorial", settings);
    assert.deepEqual(read(), whole);
  });

  it("is never written when it is not whole, and says so", () => {
    copyProject(paths, "tutorial", settings);
    const torn: [text: string, why: RegExp][] = [
      ["", /is empty/],
      ["encryptionsalt: v1:salt\nconf", /is no valid YAML at line 2, column 1: /],
      ["encryptionsalt: v1:salt\n", /has no settings/],
      ["encryptionsalt: v1:salt\nconfig:\n  lgtm:a: b", /ends in the middle of a line/],
    ];
    for (const [text, why] of torn) {
      fs.writeFileSync(file(), text);
      assert.throws(
        () => copyProject(paths, "tutorial", settings),
        (error) => {
          assert.ok(error instanceof SandboxError && !(error instanceof UserFileError));
          assert.ok(error.problem.includes(file()));
          assert.match(error.problem, why);
          assert.match(error.fix, /^wait until Pulumi has ended.*delete that file/);
          return true;
        },
      );
      assert.equal(fs.readFileSync(file(), "utf8"), text);
    }
  }).slow(10_000);

  it("is read again while Pulumi writes it", async () => {
    copyProject(paths, "tutorial", settings);
    const config = { ...read().config, "lgtm:demoEnabled": "false" };
    const whole = stringify({ encryptionsalt: "v1:salt", config });
    // Half of it parses too; as Pulumi leaves it between two pages of the file.
    const half = whole.slice(0, whole.indexOf("kubernetes:kubeconfig") + 30);
    // Another process, because this one waits without turning to anything else.
    const [draft, begun] = [path.join(paths.root, "whole"), path.join(paths.root, "begun")];
    fs.writeFileSync(draft, whole);
    const write = `sleep 0.15; printf %s "$3" > "$2"; sleep 0.04; cat "$1" > "$2"`;
    fs.writeFileSync(file(), "");
    const pulumi = spawn("sh", ["-c", write, begun, draft, file(), half], { stdio: "ignore" });
    const ended = once(pulumi, "exit");
    copyProject(paths, "tutorial", settings);
    await ended;
    assert.deepEqual(read(), { encryptionsalt: "v1:salt", config });
  });

  it("names the user's file that cannot be read, the line, and what to do", () => {
    assert.throws(() => copyProject(paths, "nobody", settings), {
      name: "UserFileError",
      message: /Pulumi\.nobody\.yaml does not exist\. Write Pulumi\.nobody\.yaml, or /,
    });
    const own = path.join(paths.root, "Pulumi.mine.yaml");
    const wrong: [text: string, why: RegExp][] = [
      ["config:\n  lgtm:a: 1\n lgtm:b: s3cret\n", /is no valid YAML at line 3, column 1: All map/],
      ["hello\n", /is no YAML mapping/],
      ["config: hello\n", /is wrong at "config"/],
    ];
    for (const [text, why] of wrong) {
      fs.writeFileSync(own, text);
      assert.throws(
        () => readUserFile(own),
        (error) => {
          assert.ok(error instanceof UserFileError);
          assert.ok(error.problem.startsWith(`${own} is `));
          assert.match(error.problem, why);
          assert.doesNotMatch(error.message, /s3cret/);
          assert.match(error.fix, /^correct Pulumi\.mine\.yaml/);
          return true;
        },
      );
    }
    fs.writeFileSync(own, "");
    assert.deepEqual(readUserFile(own), {});
  });

  it("exists for every stack file", () => {
    assert.deepEqual(stacksIn(), ["dev", "prod", "tutorial"]);
  });
});

describe("where the sandbox's charts come from", () => {
  const yes = (): Promise<boolean> => Promise.resolve(true);
  const no = (): Promise<boolean> => Promise.resolve(false);

  it("is what the stack says, if that can be reached", async () => {
    const { kind, repositories } = await chartSource("dev", undefined, yes);
    assert.equal(kind, "stack");
    const { lgtmChartRepository, communityChartRepository } = repositories;
    assert.match(lgtmChartRepository, /^https:\/\/grafana\.github\.io\//);
    assert.match(communityChartRepository, /^https:\/\/grafana-community\.github\.io\//);
    assert.match(
      repositories.otelCollectorChartRepository,
      /^https:\/\/open-telemetry\.github\.io\//,
    );
  });

  it("is the stand-ins, said aloud, if not", async () => {
    const source = await chartSource("dev", undefined, no);
    assert.equal(source.kind, "stand-in");
    const folder = path.join(projectRoot, "sandbox", "charts");
    assert.deepEqual([...new Set(Object.values(source.repositories))], [folder]);
    assert.match(source.reason, /grafana\.github\.io.*cannot be reached/);
  });

  it("is what was given, reachable or not", async () => {
    assert.equal((await chartSource("dev", "stack", no)).kind, "stack");
    const mirror = await chartSource("dev", "oci://mirror/charts", no);
    assert.equal(mirror.repositories.lgtmChartRepository, "oci://mirror/charts");
    const folder = await chartSource("dev", os.tmpdir(), no);
    assert.equal(folder.repositories.otelCollectorChartRepository, path.resolve(os.tmpdir()));
    await assert.rejects(
      chartSource("dev", "./no-such-folder", yes),
      /neither a URL .* nor a folder/,
    );
  });
});
