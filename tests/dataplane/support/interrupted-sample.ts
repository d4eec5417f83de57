// Started by harness.test.ts, which ends it with a signal, as Ctrl-C ends mocha: it says which
// program and which folder it has, and waits.
import { scratchFolder } from "../../../dataplane/scratch-folder";
import { Program } from "../../../dataplane/processes/program";
import { freePort } from "../../../lib/process/free-port";

async function main(): Promise<void> {
  const { folder } = scratchFolder();
  const port = String(await freePort());
  const program = new Program({
    name: "the sample",
    binary: process.execPath,
    // Deaf to a polite request, as a store that flushes.
    args: [
      "-e",
      `process.on("SIGTERM", () => {}); process.on("SIGINT", () => {});
       require("node:http").createServer((_, response) => response.end()).listen(${port}, "127.0.0.1");`,
    ],
    data: folder,
    ready: `http://127.0.0.1:${port}/`,
  });
  await program.start();
  console.log(JSON.stringify({ pid: program.pid, folder }));
}

void main();
