/** The flags that all commands share, and their help. */
import { Command, InvalidArgumentError } from "commander";
import { exitCodes, meanings } from "./exit-codes";

/** What differs between commands. */
export interface CommandText {
  readonly name: string;
  readonly description: string;
  /** Default of --timeout, in seconds. */
  readonly timeout: number;
  /** Whether it asks before it changes something; --yes answers. */
  readonly asks: boolean;
  /** Command lines that people type, each with what it does. */
  readonly examples: readonly (readonly [command: string, what: string])[];
}

const longest = 24 * 3600;

/** A whole number of seconds that makes sense as a limit. */
export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!/^\d+$/.test(text) || seconds < 1 || seconds > longest) {
    throw new InvalidArgumentError(
      `must be a whole number of seconds from 1 to ${String(longest)}.`,
    );
  }
  return seconds;
}

/** A command with the flags that all of them have, in the same words. */
export function describeCommand({
  name,
  description,
  timeout,
  asks,
  examples,
}: CommandText): Command {
  const command = new Command(name)
    .usage("-- [options]")
    .description(description)
    .option(
      "-s, --stack <name>",
      "the stack (default: the running sandbox's, else the selected one)",
    )
    .option("--json", "print the result as JSON, and nothing else, to standard output", false)
    .option("--timeout <seconds>", "give up after this many seconds", parseSeconds, timeout)
    .option("--no-sandbox", "use your own Pulumi, even when a sandbox runs");
  // Taken everywhere, so that a script can give it always; shown where there is a question.
  if (asks) command.option("-y, --yes", "do not ask", false);
  else
    command.addOption(
      command.createOption("-y, --yes", "nothing is asked").hideHelp().default(false),
    );
  return command.addHelpText("after", helpText(examples));
}

function helpText(examples: CommandText["examples"]): string {
  const width = Math.max(...examples.map(([line]) => line.length)) + 2;
  const lines = examples.map(([line, what]) => `  ${line.padEnd(width)}${what}`);
  const codes = Object.values(exitCodes).map(
    (code) => `  ${String(code).padStart(3)}  ${meanings[code]}`,
  );
  return ["", "Examples:", ...lines, "", "Exit codes:", ...codes].join("\n");
}
