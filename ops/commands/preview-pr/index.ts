/** `npm run preview:pr`: what a pull request would change, as Markdown, without cluster and secrets. */
import * as fs from "node:fs";
import * as path from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { repositoryKind } from "../../../config/charts";
import { projectRoot } from "../../../lib/project-root";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import { parseSeconds } from "../../../lib/terminal/flags";
import { type Context, type Outcome, runCommand } from "../../../lib/terminal/run";
import { documentOf } from "./document";
import { longest } from "./markdown";
import { preview } from "./preview";
import { isBlocked } from "./side";

interface Options {
  readonly stack?: string;
  readonly base?: string;
  readonly charts?: string;
  readonly output?: string;
  readonly full: boolean;
  readonly timeout: number;
}

/** npm changes to the project's folder; a relative path was meant from where the user typed it. */
function fromHere(file: string): string {
  return path.resolve(process.env["INIT_CWD"] ?? process.cwd(), file);
}

function parseCharts(text: string): string {
  if (text === "") throw new InvalidArgumentError("must be a folder or a repository.");
  return repositoryKind(text) === "folder" ? fromHere(text) : text;
}

async function run(options: Options, context: Context): Promise<Outcome> {
  const { stack, base, charts, output, full } = options;
  const { preview: found, scrub } = await preview(
    {
      project: projectRoot,
      ...(stack !== undefined && { stack }),
      ...(base !== undefined && { base }),
      ...(charts !== undefined && { charts }),
    },
    context,
  );
  const text = documentOf(found, scrub, full ? Number.POSITIVE_INFINITY : longest);
  const blocked = found.stacks.filter(({ after }) => isBlocked(after));
  if (output !== undefined) {
    fs.mkdirSync(path.dirname(fromHere(output)), { recursive: true });
    fs.writeFileSync(fromHere(output), `${text}\n`);
  }
  return {
    exitCode: blocked.length > 0 ? exitCodes.problem : exitCodes.ok,
    text: output === undefined ? text : `Written to ${output}.`,
    json: {},
  };
}

const command = new Command("npm run preview:pr --")
  .description(
    "Says in Markdown what a change would do to every stack: resources, objects inside the Helm releases, pods and requests, what is reachable from outside, policy. Needs neither cluster nor secrets, and changes nothing.",
  )
  .option("-s, --stack <name>", "one stack (default: every stack with a Pulumi.<stack>.yaml)")
  .option(
    "--base <ref>",
    "git ref to compare with (default: where the branch left origin/main or main)",
  )
  .option(
    "--charts <source>",
    "chart repository or folder (default: what each stack says)",
    parseCharts,
  )
  .option("--output <file>", "write the Markdown to a file")
  .option("--full", `show everything, even beyond ${String(longest)} characters`, false)
  .option("--timeout <seconds>", "give up after this many seconds", parseSeconds, 1800)
  .addHelpText(
    "after",
    "\nExit codes: 0 when every stack could be deployed, 4 when the program refuses one, a mandatory rule is broken or a chart cannot be rendered (the report is printed all the same), 1 when the command itself failed.",
  )
  .action(async (options: Options) => {
    const flags = { json: false, yes: false, sandbox: false, timeout: options.timeout };
    process.exitCode = await runCommand(flags, (context) => run(options, context));
  });

if (require.main === module) void command.parseAsync();
