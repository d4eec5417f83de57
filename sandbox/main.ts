/** The sandbox's command line: up, down, status, pulumi. */
import { Command, Option } from "commander";
import pc from "picocolors";
import { endedNode } from "../lib/node-releases";
import { shortNameOf } from "../lib/pulumi/stack-name";
import type { UpOptions } from "./up";

// Each command loads only what it needs: the Automation API and the Kubernetes client take a second each.
/* eslint-disable @typescript-eslint/no-require-imports */

function commands(): Command {
  const program = new Command("sandbox")
    .description(
      "A throw-away Kubernetes API on this machine, with the LGTM stack deployed by Pulumi.",
    )
    .enablePositionalOptions()
    .addHelpText(
      "after",
      "\nState is kept in .sandbox/, or in the folder that LGTM_SANDBOX_DIR names.",
    );

  program
    .command("up")
    .description("start the sandbox and deploy a stack (npm run sandbox -- [options])")
    .option("--charts <source>", 'chart repository or folder; "stack" for what the stack file says')
    .option("--show-secrets", "show secret outputs in clear", false)
    .option("--kind", "use a real cluster: kind in Docker", false)
    .addOption(
      new Option("--stack <name>", "dev, tutorial or prod").default("dev").argParser(shortNameOf),
    )
    .option("--no-load-balancer", "never give a Service of type LoadBalancer an address")
    .action(async (options: UpOptions) => {
      const ended = endedNode(process.version, new Date());
      if (ended !== undefined) console.error(ended);
      const { up } = require("./up") as typeof import("./up");
      await up(options);
    });

  program
    .command("down")
    .description("destroy the stack and stop everything that was started (npm run sandbox:down)")
    .action(async () => {
      const { down } = require("./down") as typeof import("./down");
      const live = process.stdout.isTTY;
      const report = await down((line) => {
        if (live) process.stdout.write(`\r\u001b[K${line}`);
      });
      if (live) process.stdout.write("\r\u001b[K");
      console.log(report.join("\n"));
    });

  program
    .command("status")
    .description("show what runs (npm run sandbox:status)")
    .action(() => {
      const { status } = require("./status") as typeof import("./status");
      console.log(status());
    });

  program
    .command("pulumi")
    .description("run the Pulumi CLI on the sandbox's stack (npm run pulumi -- <arguments>)")
    .argument("[arguments...]", "passed on as they are")
    .allowUnknownOption()
    .passThroughOptions()
    .helpOption(false)
    .action(async (args: string[]) => {
      const { pulumi } = require("./pulumi") as typeof import("./pulumi");
      process.exitCode = await pulumi(args);
    });
  return program;
}

commands()
  .parseAsync()
  .catch((error: unknown) => {
    const shown = error instanceof Error && error.name === "ShownError";
    if (!shown) console.error(pc.red(error instanceof Error ? error.message : String(error)));
    // An interruption has set its own already.
    process.exitCode ||= 1;
  });
