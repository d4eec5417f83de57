/** Tests of components/values/traffic.ts. */
import * as assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { trafficPaths, trafficScript } from "../../../components/values/traffic";
import { tutorialPaths } from "../../support/tutorial";

describe("the traffic generator", () => {
  it("requests the tutorial's eight paths", () => {
    assert.deepEqual(trafficPaths, tutorialPaths);
  });

  for (const [perMinute, seconds] of [
    [60, "1"],
    [1, "60"],
    [7, "8.571"],
    [6000, "0.01"],
  ] as const) {
    it(`waits ${seconds} s for ${String(perMinute)} requests per minute`, () => {
      assert.match(trafficScript(perMinute), new RegExp(`^ {2}sleep ${seconds} & wait`, "m"));
    });
  }

  it("runs in sh: requests paths of the target at random and stops when told to", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-traffic-"));
    const log = path.join(folder, "log");
    // A stand-in for curl that writes down what it was asked for: the last argument.
    const curl = `#!/bin/sh\nfor last; do :; done\necho "$last" >> "${log}"\n`;
    fs.writeFileSync(path.join(folder, "curl"), curl, { mode: 0o755 });

    const shell = spawn("sh", ["-c", trafficScript(6000)], {
      env: { PATH: `${folder}:${process.env["PATH"] ?? ""}`, TARGET: "http://app" },
      stdio: "ignore",
    });
    const ended = once(shell, "exit");
    const requests = (): string[] =>
      fs.existsSync(log) ? fs.readFileSync(log, "utf8").trim().split("\n") : [];
    const deadline = Date.now() + 15_000;
    while (requests().length < 10 && Date.now() < deadline) await sleep(50);
    shell.kill("SIGTERM");
    assert.deepEqual(await ended, [0, null]);

    const seen = requests();
    assert.ok(seen.length >= 10, `only ${String(seen.length)} requests`);
    for (const url of seen) {
      assert.ok(
        trafficPaths.some((one) => url === `http://app${one}`),
        url,
      );
    }
    assert.ok(new Set(seen).size > 1, "always the same path");
    fs.rmSync(folder, { recursive: true });
  });
});
