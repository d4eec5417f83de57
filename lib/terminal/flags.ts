/** The flags that all commands share, and their help. */
import { Command, InvalidArgumentError } from "commander";
import { type ExitCode, exitCodes, meanings } from "./exit-codes";

/** What differs between commands. */
export interface CommandText {
  readonly name: string;
  readonly description: string;
  /** Default of --timeout, in seconds. */
  readonly timeout: number;
  /** Whether it asks before it changes something; --yes answers. */
  readonly asks: boolean;
  /** Which stack is meant without --stack. Default: the running sandbox's, else the selected one. */
  readonly withoutStack?: string;
  /** Whether it runs Pulumi, which a sandbox has one of its own of. Default: true. */
  readonly runsPulumi?: boolean;
  /** The exit codes that it can have beside those of every command. */
  readonly codes: readonly ExitCode[];
  /** Flags of its own, each with what it does; one with a `<value>` takes a text. */
  readonly options?: readonly (readonly [flag: string, what: string])[];
  /** Command lines that people type, each with what it does. */
  readonly examples: readonly (readonly [command: string, what: string])[];
}

const commonCodes: readonly ExitCode[] = [
  ...[exitCodes.ok, exitCodes.failed, exitCodes.usage, exitCodes.noStack],
  ...[exitCodes.timeout, exitCodes.interrupted],
];

const longestSeconds = 24 * 3600;

/** A whole number of seconds that makes sense as a limit. */
export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!/^\d+$/.test(text) || seconds < 1 || seconds > longestSeconds) {
    throw new InvalidArgumentError(
      `must be a whole number of seconds from 1 to ${String(longestSeconds)}.`,
    );
  }
  return seconds;
}

export function describeCommand({
  name,
  description,
  timeout,
  asks,
  withoutStack = "the running sandbox's, else the selected one",
  runsPulumi = true,
  codes,
  options = [],
  examples,
}: CommandText): Command {
  const command = new Command(name)
    .usage("-- [options]")
    .description(description)
    .option("-s, --stack <name>", `the stack (default: ${withoutStack})`)
    .option("--json", "print the result as JSON, and nothing else, to standard output", false)
    .option("--timeout <seconds>", "give up after this many seconds", parseSeconds, timeout);
  // Taken everywhere, so that a script can give them always; shown where they change something.
  const shared = (flag: string, what: string, isShown: boolean): void => {
    command.addOption(command.createOption(flag, what).hideHelp(!isShown));
  };
  shared("--no-sandbox", "use your own Pulumi, even when a sandbox runs", runsPulumi);
  for (const [flag, what] of options) {
    if (flag.includes("<")) command.option(flag, what);
    else command.option(flag, what, false);
  }
  shared("-y, --yes", "do not ask", asks);
  command.setOptionValue("yes", false);
  return command.addHelpText("after", helpText(examples, codes));
}

function helpText(examples: CommandText["examples"], own: readonly ExitCode[]): string {
  const width = Math.max(...examples.map(([line]) => line.length)) + 2;
  const lines = examples.map(([line, what]) => `  ${line.padEnd(width)}${what}`);
  const shown = [...commonCodes, ...own].sort((one, other) => one - other);
  const codes = shown.map((code) => `  ${String(code).padStart(3)}  ${meanings[code]}`);
  return ["", "Examples:", ...lines, "", "Exit codes:", ...codes].join("\n");
}
