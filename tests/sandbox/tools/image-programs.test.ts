/** Tests of programs that come out of container images, with stand-ins for the commands of Docker and Podman. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { charts } from "../../../config/charts";
import { ImagePrograms } from "../../../sandbox/tools/image-programs";
import type { FoundToolName } from "../../../sandbox/tools/tool";
import { FOUND_TOOLS } from "../../../sandbox/tools/tool-stores";
import { fits } from "../../../sandbox/tools/tool-table";
import { ensureTools, NotInstalledError, type ToolEvent } from "../../../sandbox/tools/tools";
import { FakePath, executable } from "./fake-path";

const digestOne = "1".repeat(64);
const digestTwo = "2".repeat(64);

/** Long enough for a machine that has much to do. */
const patience = { answerMs: 15_000, contactMs: 15_000, pullMs: 15_000, copyMs: 15_000 };

/** What a stand-in does, as shell code; `$image` is the image at hand, a file. */
interface EngineScript {
  /** Whether the engine answers at all. */
  readonly ps?: string;
  readonly pull?: string;
  /** What the program in the image prints. */
  readonly prints?: string;
}

describe("programs out of container images", function () {
  // They start processes, and other tests may keep every core busy.
  this.timeout(20_000);
  const fake = new FakePath().forEachTest();
  const { LGTM_CONTAINER_ENGINE } = process.env;

  beforeEach(() => {
    delete process.env["LGTM_CONTAINER_ENGINE"];
  });
  after(() => {
    if (LGTM_CONTAINER_ENGINE !== undefined)
      process.env["LGTM_CONTAINER_ENGINE"] = LGTM_CONTAINER_ENGINE;
  });

  /** A file that holds the digest of the image that an engine has. */
  const held = (engine: string): string => path.join(fake.temp, `${engine}-image`);

  /** A stand-in for an engine's command; returns what it was called with. */
  function engine(name: "docker" | "podman", script: EngineScript = {}): () => string[] {
    const { ps = "exit 0", pull = `echo Pulling from x; ${has(name)}`, prints = "2.9.6" } = script;
    const calls = path.join(fake.temp, `${name}-calls`);
    writeFileSync(calls, "");
    executable(
      path.join(fake.bin, name),
      `#!/bin/sh
PATH=/usr/bin:/bin
echo "$*" >> ${calls}
image=${held(name)}
case "$1" in
  ps) ${ps};;
  pull) ${pull};;
  image) [ -f $image ] || { echo no such image >&2; exit 1; }
    echo "sha256:$(cat $image)" '["/usr/bin/loki","-x"]';;
  create) echo warning >&2; echo the-container;;
  cp) [ "$2" = the-container:/usr/bin/loki ] || exit 1
    printf '#!/bin/sh\\necho ${prints}\\n' > "$3";;
  rm) echo "$3";;
  *) echo "unknown command $1" >&2; exit 1;;
esac
`,
    );
    return () =>
      readFileSync(calls, "utf8")
        .split("\n")
        .filter((call) => call !== "");
  }

  /** Shell code after which a stand-in has the image. */
  function has(name: string, digest = digestOne): string {
    return `echo ${digest} > ${held(name)}`;
  }

  const verbs = (calls: () => string[]): string[] =>
    calls().map((call) => call.split(" ")[0] ?? "");

  const taking = ["image", "create", "cp", "rm"];

  function images(
    platform: NodeJS.Platform = "linux",
    impatience: Partial<typeof patience> = {},
  ): ImagePrograms {
    return new ImagePrograms({ ...patience, ...impatience }, platform);
  }

  async function complaint(from: ImagePrograms, ...names: FoundToolName[]): Promise<string> {
    const error: unknown = await ensureTools(names, { ...fake.options, images: from }).catch(
      (failure: unknown) => failure,
    );
    assert.ok(error instanceof NotInstalledError, String(error));
    return error.message;
  }

  it("are pulled, copied into the cache by the image's digest, and found there the next time", async () => {
    const docker = engine("docker");
    const events: ToolEvent[] = [];
    const from = images();
    const options = { ...fake.options, images: from };
    const { loki } = await ensureTools(["loki"], {
      ...options,
      onProgress: (event) => events.push(event),
    });
    assert.ok(loki.startsWith(path.join(fake.cacheDir, "images")), loki);
    assert.equal(path.basename(path.dirname(loki)), digestOne.slice(0, 12));
    assert.match(readFileSync(loki, "utf8"), /2\.9\.6/);
    assert.deepEqual(verbs(docker), ["ps", "image", "pull", ...taking]);
    assert.ok(docker().includes("pull docker.io/grafana/loki:2.9.13"), docker().join("\n"));
    assert.ok(docker().includes(`create --network none ${digestOne}`));
    assert.ok(docker().includes("rm --force the-container"));
    const said = events.flatMap((event) => (event.phase === "pulling" ? [event.line] : []));
    assert.deepEqual(said, ["", "Pulling from x"]);
    assert.deepEqual(events.at(-1), {
      ...{ tool: "loki", phase: "done", path: loki, from: "image", seconds: 0 },
    });

    assert.deepEqual(await ensureTools(["loki"], options), { loki });
    assert.deepEqual(verbs(docker).slice(7), ["image"], "asked once, and copied once");
    await ensureTools(["loki"], { ...fake.options, images: images() });
    assert.deepEqual(verbs(docker).slice(8), ["ps", "image"]);
  });

  it("are not pulled where the image is at hand, and copied anew when it is another one", async () => {
    const docker = engine("docker", { pull: "exit 1" });
    const options = { ...fake.options, images: images() };
    writeFileSync(held("docker"), digestOne);
    const { loki } = await ensureTools(["loki"], options);
    assert.deepEqual(verbs(docker), ["ps", ...taking]);
    writeFileSync(held("docker"), digestTwo);
    const other = await ensureTools(["loki"], options);
    assert.notEqual(other.loki, loki);
    assert.deepEqual(verbs(docker).slice(5), taking);
  });

  it("are asked for only where none is installed", async () => {
    const docker = engine("docker");
    const loki = path.join(fake.bin, "loki");
    executable(loki, "#!/bin/sh\necho loki, version 2.9.1\n");
    assert.deepEqual(await ensureTools(["loki"], { ...fake.options, images: images() }), { loki });
    assert.deepEqual(docker(), []);
  });

  it("come from Podman where Docker does not answer, which is waited for once", async () => {
    const docker = engine("docker", { ps: "exec sleep 60" });
    const podman = engine("podman");
    const options = { ...fake.options, images: images("linux", { answerMs: 1_000 }) };
    const { loki } = await ensureTools(["loki"], options);
    await ensureTools(["loki"], options);
    assert.match(readFileSync(loki, "utf8"), /2\.9\.6/);
    assert.deepEqual(verbs(docker), ["ps"]);
    assert.deepEqual(verbs(podman).slice(0, 3), ["ps", "image", "pull"]);
  });

  it("are not there where nobody answers, which is said of each engine in the one line of a tool", async () => {
    const daemon = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.";
    engine("docker", { ps: `echo ${daemon} >&2; exit 1` });
    const message = await complaint(images(), "loki");
    assert.doesNotMatch(message, /\n/);
    const end =
      "; or run Docker or Podman, for its image docker.io/grafana/loki:2.9.13 " +
      `(now: docker: ${daemon}; podman: not on PATH).`;
    assert.equal(message.slice(-end.length), end);
  });

  it("are those of before where no engine answers any more", async () => {
    engine("docker");
    const { loki } = await ensureTools(["loki"], { ...fake.options, images: images() });
    engine("docker", { ps: "exit 1" });
    assert.deepEqual(await ensureTools(["loki"], { ...fake.options, images: images() }), { loki });
  });

  it("are asked for once where the registry refuses, whatever the number of tools and tests", async () => {
    const docker = engine("docker", {
      pull: "printf 'toomanyrequests: \\033[2Jcome back later\\n' >&2; exit 1",
    });
    const from = images();
    const message = await complaint(from, "loki", "tempo", "mimir-3.0");
    const refused =
      /docker could not pull docker\.io\/grafana\/\w+:\S+: toomanyrequests: \\u001b\[2Jcome back later\)\.$/;
    for (const line of message.split("\n")) assert.match(line, refused);
    assert.equal(message.split("\n").length, 3);
    await complaint(from, "tempo");
    assert.equal(verbs(docker).filter((verb) => verb === "pull").length, 1);
  });

  for (const [title, pull, impatience, why] of [
    [
      "says nothing",
      "exec sleep 60",
      { contactMs: 500 },
      "the registry did not answer within 0.5 s",
    ],
    [
      "is only said to be tried",
      "echo Trying to pull docker.io/x...; exec sleep 60",
      { contactMs: 500 },
      "the registry did not answer within 0.5 s",
    ],
    ["never ends", "echo Pulling x; exec sleep 60", { pullMs: 1_000 }, "not done within 1 s"],
  ] as const)
    it(`are given up when a pull ${title}`, async () => {
      engine("docker", { pull });
      const message = await complaint(images("linux", impatience), "loki");
      const image = "docker.io/grafana/loki:2.9.13";
      assert.ok(message.endsWith(`(now: docker could not pull ${image}: ${why}).`), message);
    });

  for (const [title, prints, why] of [
    ["is another version", "loki, version 3.0.0", /\/usr\/bin\/loki out of \S+ is 3\.0\.0\)\.$/],
    ["does not run", "; exit 1", /\/usr\/bin\/loki out of \S+ does not run on this machine\)\.$/],
  ] as const)
    it(`are not used, nor kept, when what is in the image ${title}`, async () => {
      const docker = engine("docker", { prints });
      assert.match(await complaint(images(), "loki"), why);
      assert.ok(docker().includes("rm --force the-container"));
      assert.ok(!existsSync(path.join(fake.cacheDir, "images")), "something is in the cache");
    });

  it("do not run where this is not Linux, which is said with the command that helps", async () => {
    const docker = engine("docker");
    const message = await complaint(images("darwin"), "loki");
    assert.match(
      message,
      /its program is for Linux, and this is darwin; `npm run test:container` runs/,
    );
    assert.deepEqual(docker(), []);
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    assert.match(scripts["test:container"] ?? "", /^docker run .*npm test/);
  });

  it("are of the engine that the variable names, or of none", async () => {
    const docker = engine("docker");
    const podman = engine("podman");
    process.env["LGTM_CONTAINER_ENGINE"] = "podman";
    await ensureTools(["loki"], { ...fake.options, images: images() });
    assert.ok(podman().length > 0);
    process.env["LGTM_CONTAINER_ENGINE"] = "none";
    assert.match(await complaint(images(), "loki"), /\(now: LGTM_CONTAINER_ENGINE is none\)\.$/);
    assert.deepEqual(docker(), []);
  });

  it("are those of the charts, in versions that the tests take", () => {
    const tags = {
      ...{ loki: "2.9.13", tempo: "2.9.0", "mimir-2.17": "2.17.0" },
      "loki-3.7": Object.values(charts.loki.versions)[0]?.imageTag,
      "tempo-2.10": Object.values(charts.tempo.versions)[0]?.imageTag,
      "mimir-3.0": Object.values(charts.mimir.versions)[0]?.imageTag,
    };
    for (const { name, image } of FOUND_TOOLS) {
      const [store = ""] = name.split("-");
      const tag = tags[name] ?? "";
      assert.equal(image, `docker.io/grafana/${store}:${tag}`);
      assert.ok(fits(name, tag), `${name} ${tag}`);
    }
  });
});
