/** Tests: Mimir's ingester at a first start, when no pod has a DNS name yet, as the charts render it. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { createInterface } from "node:readline";
import type { V1StatefulSet } from "@kubernetes/client-node";
import { execa } from "execa";
import { stringify } from "yaml";
import { scratchFolder } from "../../dataplane/scratch-folder";
import { freePort } from "../../lib/process/free-port";
import { sizes } from "../../config/sizes";
import { configFile, named, render } from "../charts/render";
import { locationsOf, storeCases } from "../charts/store-cases";
import { requireTools } from "../support/tools";

const release = "my-lgtm-mimir";
const programs = { "5.8.0": "mimir-2.17", "6.0.6": "mimir-3.0" } as const;

/** What is otherwise on this machine than in a pod; Go's flags: the last one counts. */
async function elsewhere(folder: string): Promise<string[]> {
  const flags = {
    "config.file": path.join(folder, "mimir.yaml"),
    "runtime-config.file": "",
    "activity-tracker.filepath": "",
    "server.http-listen-port": await freePort(),
    "server.grpc-listen-port": await freePort(),
    "memberlist.bind-addr": "127.0.0.1",
    "memberlist.bind-port": await freePort(),
    "ingester.ring.instance-addr": "127.0.0.1",
    "ingester.ring.tokens-file-path": path.join(folder, "tokens"),
    "blocks-storage.backend": "filesystem",
    "blocks-storage.filesystem.dir": path.join(folder, "blocks"),
    "blocks-storage.tsdb.dir": path.join(folder, "tsdb"),
  };
  return Object.entries(flags).map(([name, value]) => `-${name}=${String(value)}`);
}

/** Starts a program, and ends it at the first of these words. */
async function wordsUntil(binary: string, args: readonly string[], words: RegExp) {
  const program = execa(binary, args, { all: true, reject: false, timeout: 30_000 });
  const said: string[] = [];
  for await (const line of createInterface({ input: program.all })) {
    said.push(line);
    if (words.test(line)) program.kill("SIGKILL");
  }
  await program;
  return said.join("\n");
}

describe("Mimir's ingester, when nobody has a name yet", () => {
  for (const one of storeCases.filter(({ part }) => part === "mimir")) {
    for (const [title, location] of locationsOf(one)) {
      const name = programs[one.version as keyof typeof programs];
      it(`starts alone with ${name}, as ${title} has it, and ends without our argument`, async function () {
        this.timeout(90_000);
        const tools = await requireTools(this, ["helm", name]);
        const objects = await render(tools.helm, location, one.values(sizes.maintained.laptop), {
          release,
        });
        const { folder, remove } = scratchFolder();
        try {
          fs.writeFileSync(
            path.join(folder, "mimir.yaml"),
            stringify(configFile(objects, `${release}-config`, "mimir.yaml")),
          );
          const args = argumentsOf(named(objects, "StatefulSet", `${release}-ingester`));
          const rest = await elsewhere(folder);
          const end = /Application started|error running application/;
          const said = await wordsUntil(tools[name], [...args, ...rest], end);
          assert.match(said, /failed to fast-join the memberlist cluster at startup/);
          assert.match(said, /Application started/);
          const without = args.filter((arg) => !/abort-if-fast-join-fails=false/.test(arg));
          assert.ok(without.length < args.length);
          assert.match(
            await wordsUntil(tools[name], [...without, ...rest], end),
            /error running application.*failed services/,
          );
        } finally {
          remove();
        }
      });
    }
  }
});

function argumentsOf({ spec }: V1StatefulSet): string[] {
  return spec?.template.spec?.containers[0]?.args ?? [];
}
