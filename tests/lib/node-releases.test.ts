/** Tests: which Node is at its end. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { endedNode, nodeEnds, testedNodes } from "../../lib/node-releases";
import { projectRoot } from "../../lib/project-root";

describe("a Node that has come to its end", () => {
  const at = (day: string): Date => new Date(`${day}T12:00:00Z`);

  it("is said to be one, with the day and what to take", () => {
    assert.equal(
      endedNode("v20.20.2", at("2026-11-29")),
      "Node 20.20.2 works here, but has got no security fixes since 2026-04-30; take Node 22 or 24.",
    );
    assert.match(endedNode("v22.1.0", at("2027-06-01")) ?? "", /2027-04-30; take Node 24\.$/);
    assert.match(endedNode("v24.1.0", at("2029-01-01")) ?? "", /since 2028-04-30\.$/);
  });

  it("is not one on its last day, and not when nothing is known of it", () => {
    assert.equal(endedNode("v20.20.2", at("2026-04-30")), undefined);
    assert.equal(endedNode("v24.9.0", at("2026-11-29")), undefined);
    assert.equal(endedNode("v99.0.0", at("2026-11-29")), undefined);
  });

  it("is known for every line that is tested, and the oldest of these is what package.json demands", () => {
    for (const line of testedNodes) assert.match(nodeEnds[line] ?? "", /^\d{4}-\d\d-\d\d$/);
    const { engines } = JSON.parse(
      fs.readFileSync(path.join(projectRoot, "package.json"), "utf8"),
    ) as { engines: { node: string } };
    assert.equal(engines.node, `>=${String(testedNodes[0])}.19`);
  });
});

describe("a command", () => {
  /** The same command under a Node that says it is another, on a day long after. */
  const run = async (flags: readonly string[]) => {
    const disguise = `
      Object.defineProperty(process, "version", { value: "v20.20.2" });
      const { runCommand } = require("./lib/terminal/run.ts");
      const flags = { json: ${String(flags.includes("--json"))}, yes: false, timeout: 9, sandbox: false };
      void runCommand(flags, async () => ({ exitCode: 0, text: "done", json: {} }));`;
    const register = ["-r", "ts-node/register/transpile-only"];
    return execa(process.execPath, [...register, "-e", disguise], { cwd: projectRoot });
  };

  it("says so beside what it writes, once, and not where a program reads it", async () => {
    const { stdout, stderr } = await run([]);
    assert.equal(stdout, "done");
    assert.match(stderr, /^Node 20\.20\.2 works here, but [^\n]+\.$/);
    const json = await run(["--json"]);
    assert.deepEqual([json.stdout, json.stderr], ["{}", ""]);
  });
});
