import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { chartSource } from "../../sandbox/chart-source";
import { copyProject, knownStacks } from "../../sandbox/project-copy";
import { createFolders, projectRoot, sandboxPaths, type SandboxPaths } from "../../sandbox/state";

describe("the sandbox's copy of the project", () => {
  let paths: SandboxPaths;
  const settings = {
    kubeconfig: "/somewhere/kubeconfig",
    context: "lgtm-sandbox",
    lgtmCharts: "/charts/a",
    otelCollectorCharts: "/charts/b",
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

    copyProject(paths, "tutorial", { ...settings, lgtmCharts: "/charts/c" });
    assert.deepEqual(read(), {
      config: { ...config, "lgtm:lgtmChartRepository": "/charts/c" },
      encryptionsalt: "v1:salt",
    });
  });

  it("exists for every stack file", () => {
    assert.deepEqual(knownStacks().sort(), ["dev", "prod", "tutorial"]);
  });
});

describe("where the sandbox's charts come from", () => {
  const yes = (): Promise<boolean> => Promise.resolve(true);
  const no = (): Promise<boolean> => Promise.resolve(false);

  it("is what the stack says, if that can be reached", async () => {
    const { kind, lgtm, otelCollector } = await chartSource("dev", undefined, yes);
    assert.equal(kind, "stack");
    assert.match(lgtm, /^https:\/\/grafana\.github\.io\//);
    assert.match(otelCollector, /^https:\/\/open-telemetry\.github\.io\//);
  });

  it("is the stand-ins, said aloud, if not", async () => {
    const source = await chartSource("dev", undefined, no);
    assert.equal(source.kind, "stand-in");
    assert.equal(source.lgtm, path.join(projectRoot, "tests", "fixtures", "charts"));
    assert.match(source.reason, /grafana\.github\.io.*cannot be reached/);
  });

  it("is what was given, reachable or not", async () => {
    assert.equal((await chartSource("dev", "stack", no)).kind, "stack");
    assert.equal((await chartSource("dev", "oci://mirror/charts", no)).lgtm, "oci://mirror/charts");
    const folder = await chartSource("dev", os.tmpdir(), no);
    assert.equal(folder.otelCollector, path.resolve(os.tmpdir()));
    await assert.rejects(
      chartSource("dev", "./no-such-folder", yes),
      /neither a URL .* nor a folder/,
    );
  });
});
