/** Tests: the source of the program. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { settingsSchema } from "../../config/schema";
import { lgtmServices } from "../../config/services";
import { projectRoot } from "../../lib/project-root";
import { projectFile, stackFile, stacks } from "../../lib/pulumi/stack-files";

function sources(...folders: string[]): { file: string; text: string; code: string }[] {
  return folders
    .flatMap((folder) =>
      fs
        .readdirSync(path.join(projectRoot, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .map((file) => path.posix.join(folder, file)),
    )
    .concat("index.ts")
    .map((file) => {
      const text = fs.readFileSync(path.join(projectRoot, file), "utf8");
      return { file, text, code: text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "") };
    });
}

const program = sources("config", "components", "grafana");

/** The rooms besides the program. */
const others = [
  "ops",
  "lib",
  "sandbox",
  "policy",
  "dataplane",
  "bench",
  "scripts",
  "tests",
  "examples",
];

function filesWith(pattern: RegExp): string[] {
  return program.filter(({ code }) => pattern.test(code)).map(({ file }) => file);
}

describe("the source of the program", () => {
  it("tells its story in at most 80 lines of index.ts", () => {
    const index = program.find(({ file }) => file === "index.ts");
    assert.ok((index?.text.split("\n").length ?? Infinity) <= 81);
  });

  it("says in the first line of each file what it is", () => {
    const silent = program.filter(({ text }) => !/^(\/\*\*? |\/\/ )\S.*\S/.test(text));
    assert.deepEqual(
      silent.map(({ file }) => file),
      [],
    );
  });

  it("has names of Services in config/services.ts only", () => {
    const quoted = Object.values(lgtmServices)
      .filter((suffix) => suffix.includes("-"))
      .flatMap((suffix) => filesWith(new RegExp(`["'\`-]${suffix}["'\`]`)));
    assert.deepEqual([...new Set(quoted)], ["config/services.ts"]);
  });

  it("reads configuration in config/settings.ts only", () => {
    assert.deepEqual(filesWith(/pulumi\.Config\b|allConfig|getConfig/), ["config/settings.ts"]);
  });

  it("reads no environment, clock or random number", () => {
    // But for adopt's question, which a preview alone answers and an `up` does not heed.
    assert.deepEqual(filesWith(/process\.env|Date\.now|new Date|Math\.random|randomUUID/), [
      "components/ownership/claim.ts",
    ]);
  });

  it("has chart versions in config/charts.ts only, and in Pulumi*.yaml", () => {
    const quoted = filesWith(/["'`](?:[^"'`\n]*[\s:@])?v?\d+\.\d+\.\d+["'`]/);
    assert.deepEqual(
      // Messages of these two name versions as an example and as a fix.
      quoted.filter(
        (file) => !["config/rules/compatibility.ts", "config/schema.ts"].includes(file),
      ),
      ["config/charts.ts"],
    );
  });

  it("computes Helm values without Pulumi", () => {
    const values = program.filter(({ file }) => file.startsWith("components/values/"));
    assert.ok(values.length >= 3);
    for (const { file, code } of values) assert.doesNotMatch(code, /@pulumi|require\(/, file);
  });

  it("builds URLs in components/url.ts only", () => {
    const builders = filesWith(/`[^`]*http:\/\/\$\{/);
    assert.deepEqual(builders, ["components/url.ts"]);
  });

  it("makes no resource inside apply", () => {
    assert.deepEqual(filesWith(/\.apply\([^;]*\bnew k8s\./), []);
  });

  it("hands providers down from index.ts, never inside a component", () => {
    assert.deepEqual(filesWith(/\bprovider[:,}]|\{ provider \}/), ["index.ts"]);
  });
});

describe("the source of everything else", () => {
  it("begins each file with a line that says what it is", () => {
    const all = sources(...others);
    assert.ok(all.length > 500);
    const silent = all.filter(({ text }) => !/^(\/\*\*\n \*|\/\*\*|\/\/) [A-Z`]/.test(text));
    assert.deepEqual(
      silent.map(({ file }) => file),
      [],
    );
  });
});

describe("the commands of day two", () => {
  it("have names of Services from config/services.ts", () => {
    const written = /-(grafana|minio|loki-gateway|mimir-nginx|tempo-distributor)["'`]|my-flask-app/;
    const repeating = sources("ops").filter(({ code }) => written.test(code));
    assert.deepEqual(
      repeating.map(({ file }) => file),
      [],
    );
  });
});

describe("settings", () => {
  const project = projectFile();
  const declared = Object.keys(project.config).sort();

  it("that are declared are those that are read", () => {
    assert.deepEqual(declared, Object.keys(settingsSchema.shape).sort());
  });

  for (const stack of stacks) {
    it(`in Pulumi.${stack}.yaml are declared, and no default provider can be used`, () => {
      const { "pulumi:disable-default-providers": disabled, ...own } = stackFile(stack);
      assert.deepEqual(disabled, ["kubernetes"]);
      const names = Object.keys(own).map((key) => key.replace(/^lgtm:/, ""));
      assert.deepEqual(
        names.filter((name) => !declared.includes(name)),
        [],
      );
    });

    it(`in Pulumi.${stack}.yaml differ from the default`, () => {
      for (const [key, value] of Object.entries(stackFile(stack))) {
        const name = key.replace(/^lgtm:/, "");
        if (name in project.config) assert.notDeepEqual(value, project.config[name]?.default, key);
      }
    });

    it(`in Pulumi.${stack}.yaml hold no secret in clear`, () => {
      const text = fs.readFileSync(path.join(projectRoot, `Pulumi.${stack}.yaml`), "utf8");
      assert.doesNotMatch(text, /password|token|secret|kubeconfig:/i);
    });
  }

  it("have a default, a description in one sentence, and no type that Pulumi would check first", () => {
    for (const [key, { type, default: value, description = "", secret }] of Object.entries(
      project.config,
    )) {
      assert.equal(type, undefined, key);
      assert.ok(value !== undefined && value !== null, `${key} has no default`);
      assert.match(description, /^[A-Z][^\n]{20,}\.$/, key);
      assert.equal(secret, undefined, `${key}: a declared secret cannot be optional`);
    }
  });

  it("leave the choice of a backend to the user", () => {
    assert.equal(project.backend, undefined);
  });
});
