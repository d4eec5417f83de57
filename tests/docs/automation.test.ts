/** Tests: the workflows. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { testedNodes } from "../../lib/node-releases";
import { root } from "../../scripts/docs-tables";

interface Job {
  readonly permissions?: unknown;
  readonly "timeout-minutes"?: number;
  readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
}

interface Workflow {
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Renovate {
  readonly customManagers: readonly {
    readonly description: string;
    readonly managerFilePatterns: readonly string[];
    readonly matchStrings: readonly string[];
  }[];
  readonly packageRules: readonly { readonly description?: string }[];
}

function read(file: string): string {
  return fs.readFileSync(path.join(root, file), "utf8");
}

const folder = ".github/workflows";
const workflows = fs
  .readdirSync(path.join(root, folder))
  .map((name) => ({ name, text: read(path.join(folder, name)) }));

describe("the workflows", () => {
  for (const { name, text } of workflows) {
    describe(name, () => {
      const workflow = parse(text) as Workflow;

      it("takes every action at a commit and says which version that is", () => {
        const uses = text.split("\n").filter((line) => /^\s*(- )?uses:/.test(line));
        const loose = uses.filter((line) => !/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line));
        assert.ok(uses.length > 0);
        assert.deepEqual(loose, []);
      });

      it("declares its permissions and a time limit for every job", () => {
        assert.ok(workflow.permissions !== undefined);
        for (const [title, job] of Object.entries(workflow.jobs)) {
          assert.ok(job["timeout-minutes"] !== undefined, `${title} has no timeout-minutes`);
        }
      });

      it("runs npm scripts that exist", () => {
        const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
        const runs = Object.values(workflow.jobs).flatMap(({ steps }) =>
          steps.flatMap(({ run }) => run ?? []),
        );
        const named = runs.flatMap((run) => /^npm run ([\w:-]+)/.exec(run)?.[1] ?? []);
        assert.deepEqual(
          named.filter((script) => !(script in scripts)),
          [],
        );
      });
    });
  }

  it("run the fast rings with every Node that is tested", () => {
    const { jobs } = parse(read(path.join(folder, "check.yml"))) as {
      jobs: { node: { strategy: { matrix: { node: string[] } } } };
    };
    const lines = [read(".nvmrc").split(".")[0], ...jobs.node.strategy.matrix.node];
    assert.deepEqual(lines.map(Number), testedNodes);
  });

  it("run the same test command as everybody", () => {
    assert.match(read(path.join(folder, "check.yml")), /- run: npm ci\n\s+- run: npm test\n/);
  });
});

describe("renovate.json", () => {
  const renovate = JSON.parse(read("renovate.json")) as Renovate;

  it("finds every version that it is told to look for", () => {
    const blind = renovate.customManagers.flatMap((manager) => {
      const files = manager.managerFilePatterns.map(
        (pattern) => /^\/\^(.*)\$\/$/.exec(pattern)?.[1],
      );
      const texts = files.map((file) => read((file ?? "").replaceAll("\\", "")));
      return manager.matchStrings
        .filter((pattern) => !texts.some((text) => new RegExp(pattern).test(text)))
        .map((pattern) => `${manager.description} ${pattern}`);
    });
    assert.deepEqual(blind, []);
  });

  it("gives the reason of every rule", () => {
    assert.ok(renovate.packageRules.every(({ description }) => (description ?? "").length > 20));
  });
});
