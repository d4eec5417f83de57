/** What runs after an install of a part of the packages; in ring 4, because it takes half a minute. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { projectRoot } from "../../lib/project-root";
import { exitCodes } from "../../lib/terminal/exit-codes";
import { requireTools } from "../support/tools";

const packages = JSON.parse(fs.readFileSync(path.join(projectRoot, "package.json"), "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>;
};

describe("a copy of the project", function () {
  this.timeout(300_000);
  this.slow(120_000);
  let copy: string;

  before(() => {
    copy = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-install-"));
    const folders = ["components", "config", "grafana", "lib", "ops", "policy", "sandbox"];
    const files = fs
      .readdirSync(projectRoot)
      .filter((file) =>
        /^(index\.ts|\.npmrc|(Pulumi|package|tsconfig)\b.*\.(yaml|json))$/.test(file),
      );
    for (const entry of [...folders, ...files])
      fs.cpSync(path.join(projectRoot, entry), path.join(copy, entry), { recursive: true });
  });
  after(() => {
    fs.rmSync(copy, { recursive: true, force: true });
  });

  /** From the lock file, and from npm's own cache as far as that has the packages. */
  async function install(...flags: string[]): Promise<void> {
    await execa("npm", ["ci", "--prefer-offline", ...flags], { cwd: copy });
  }

  const run = async (args: readonly string[], env = {}) =>
    execa(process.execPath, ["-r", "ts-node/register/transpile-only", ...args], {
      cwd: copy,
      env,
      reject: false,
    });

  async function evaluate(code: string): Promise<string> {
    const { failed, stdout, stderr } = await run(["-e", code]);
    assert.ok(!failed, stderr);
    return stdout;
  }

  const isInstalled = (name: string): boolean =>
    fs.existsSync(path.join(copy, "node_modules", name));

  describe("with the program's own packages", () => {
    before(async () => {
      await install("--omit=dev", "--workspaces=false");
    });

    it("has none of the others", () => {
      const others = ["commander", "listr2", "@pulumi/policy", "mocha", "eslint", "lgtm-ops"];
      assert.deepEqual(others.filter(isInstalled), []);
    });

    it("loads the program with every file of its rooms, and previews a stack", async () => {
      const resources = await evaluate(`
        const fs = require("node:fs");
        for (const room of ["components", "config", "grafana"])
          for (const file of fs.readdirSync(room, { recursive: true }))
            if (file.endsWith(".ts")) require(\`./\${room}/\${file}\`);
        require("./lib/pulumi/mocks/program").runProgram("dev", { preview: true })
          .then(({ resources }) => console.log(resources.length));`);
      assert.ok(Number(resources) > 10, resources);
    });
  });

  describe("without those for development", () => {
    before(async () => {
      await install("--omit=dev");
    });

    it("has none of them", () => {
      assert.deepEqual(["mocha", "eslint", "prettier"].filter(isInstalled), []);
    });

    it("loads every command of day two, of the sandbox, and the policy pack", async () => {
      const loaded = await evaluate(`
        const { commands } = require("./ops/main");
        console.log(commands.map(({ load }) => typeof load()).join());
        for (const name of ["up", "down", "status", "pulumi"]) require(\`./sandbox/\${name}\`);
        require("./policy/rules");
        require("@pulumi/policy");`);
      assert.match(loaded, /^function(,function){5,}$/);
    });

    it("has every command's help", async () => {
      const scripts = Object.entries(packages.scripts).flatMap(([name, script]) => {
        const [, file, ...args] = /(ops\/\S+\.ts)(?: (\S+))?$/.exec(script) ?? [];
        return file === undefined ? [] : [{ name, args: [file, ...args.filter(Boolean)] }];
      });
      assert.ok(scripts.length >= 7);
      for (const { name, args } of scripts) {
        const { exitCode, stdout, stderr } = await run([...args, "--help"]);
        assert.equal(exitCode, 0, `${name}: ${stderr}`);
        assert.match(stdout, /^Usage: /, name);
      }
    });

    it("lets doctor ask Pulumi", async function () {
      const { pulumi } = await requireTools(this, ["pulumi"]);
      const backend = path.join(copy, "backend");
      fs.mkdirSync(backend);
      const { exitCode, stderr } = await run(
        ["ops/main.ts", "doctor", "--stack", "absent", "--no-sandbox"],
        {
          PATH: [path.dirname(pulumi), process.env["PATH"]].join(path.delimiter),
          PULUMI_HOME: path.join(copy, "pulumi"),
          PULUMI_BACKEND_URL: `file://${backend}`,
        },
      );
      assert.equal(exitCode, exitCodes.noStack, stderr);
      assert.match(stderr, /There is no stack absent/);
    });
  });
});
