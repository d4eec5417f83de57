/** Asks before something is changed. */
import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { CliError } from "./errors";
import { exitCodes } from "./exit-codes";
import type { Context } from "./run";

/**
 * Asks for a word before something is done that cannot be undone. With --yes nothing is asked.
 *
 * @throws CliError when another word comes, or nobody is there to ask
 */
export async function confirm(context: Context, question: string, word: string): Promise<void> {
  const { flags, progress, signal } = context;
  if (flags.yes) return;
  progress.end();
  if (!process.stdin.isTTY) {
    throw new CliError("Nobody is there to be asked: standard input is no terminal.", {
      fix: "say yes beforehand with --yes",
      exitCode: exitCodes.cancelled,
    });
  }
  // Beside the result, which may be JSON.
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  // readline takes Ctrl-C for itself; it is meant for the whole command.
  lines.on("SIGINT", () => process.emit("SIGINT"));
  try {
    // After Ctrl-D there is no answer: readline fails then, or waits for one for ever.
    const answer = await Promise.race([
      lines.question(`${question} `, { signal }).catch((error: unknown) => {
        if (signal.aborted) throw error;
        return "";
      }),
      once(lines, "close").then(() => ""),
    ]);
    if (answer.trim() !== word)
      throw new CliError("Not confirmed; nothing was changed.", { exitCode: exitCodes.cancelled });
  } finally {
    lines.close();
  }
}
