/** Which room imports from which: the linter's rule, and no circles. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { ESLint } from "eslint";
import ts from "typescript";
import tseslint from "typescript-eslint";
import { projectRoot } from "../../lib/project-root";

/** The project's own rules but those that need types, which take most of the time. */
function linter(): ESLint {
  return new ESLint({
    cwd: projectRoot,
    overrideConfig: tseslint.configs.disableTypeChecked as ESLint.Options["overrideConfig"],
  });
}

/** What the rule about rooms says of a text in the place of a file. */
async function complaints(file: string, text: string): Promise<string[]> {
  const [result] = await linter().lintText(text, { filePath: path.join(projectRoot, file) });
  return (result?.messages ?? [])
    .filter(({ ruleId }) => ruleId === "boundaries/dependencies")
    .map(({ message }) => message);
}

/** Every file of ours, with the files that it imports, types included. */
function importsOfAll(): Map<string, string[]> {
  const { config } = ts.readConfigFile(path.join(projectRoot, "tsconfig.json"), (file) =>
    fs.readFileSync(file, "utf8"),
  ) as { config: unknown };
  const { fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, projectRoot);
  const known = new Set(fileNames);
  return new Map(
    fileNames.map((file) => {
      const { importedFiles } = ts.preProcessFile(fs.readFileSync(file, "utf8"), true, true);
      const imported = importedFiles
        .filter(({ fileName }) => fileName.startsWith("."))
        .map(({ fileName }) => path.resolve(path.dirname(file), fileName))
        .flatMap((base) =>
          [`${base}.ts`, path.join(base, "index.ts")].filter((one) => known.has(one)),
        );
      return [file, imported];
    }),
  );
}

/** One circle of imports, if there is one. */
function circleIn(imports: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const follow = (file: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of imports.get(file) ?? []) {
      const circle = follow(next, [...way, file]);
      if (circle !== undefined) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const circle = follow(file, []);
    if (circle !== undefined) return circle.map((one) => path.relative(projectRoot, one));
  }
  return undefined;
}

describe("imports", () => {
  it("from a room above are refused by the linter, in every form", async function () {
    this.timeout(60_000);
    const above = [
      ["lib/helm/release.ts", 'import type { Stack } from "../../ops/stack";'],
      ["lib/helm/release.ts", 'export { openStack } from "../../ops/stack";'],
      ["lib/helm/release.ts", 'export const stack = (): unknown => require("../../ops/stack");'],
      ["lib/helm/release.ts", 'export type Stack = import("../../ops/stack").Stack;'],
      ["config/sizes.ts", 'import "../components/url";'],
      ["grafana/links.ts", 'import "../components/url";'],
      ["components/url.ts", 'import "../policy/judge";'],
      ["sandbox/state.ts", 'import "../ops/stack";'],
      ["policy/judge.ts", 'import "../ops/stack";'],
      ["ops/stack.ts", 'import "../dataplane/system";'],
      ["dataplane/system.ts", 'import "../tests/support/tools";'],
      ["index.ts", 'import "./ops/stack";'],
    ] as const;
    for (const [file, text] of above)
      assert.match(
        (await complaints(file, text)).join(),
        /may not import from/,
        `${file}: ${text}`,
      );
  });

  it("from rooms below are not", async function () {
    this.timeout(60_000);
    const below = [
      ["lib/helm/release.ts", 'import "../kubernetes/cluster";\nimport "node:fs";\nimport "yaml";'],
      ["dataplane/config/render.ts", 'import "./override";\nimport "../../config/charts";'],
      ["ops/stack.ts", 'import "../policy/judge";\nimport "../sandbox/state";'],
      ["tests/program/summary.ts", 'import "../../dataplane/system";\nimport "../../ops/stack";'],
    ] as const;
    for (const [file, text] of below) assert.deepEqual(await complaints(file, text), [], file);
  });

  it("make no circle", () => {
    assert.deepEqual(
      circleIn(
        new Map([
          ["a", ["b"]],
          ["b", ["a"]],
        ]),
      )?.length,
      3,
    );
    const imports = importsOfAll();
    assert.ok(imports.size > 400, `only ${String(imports.size)} files were read`);
    assert.deepEqual(circleIn(imports), undefined);
  });
});
