/** A program on the data's way, as errors name it. */
import type { LogTail } from "./log-tail";

/** A place that data passes on its way: a program, as error messages name it. */
export interface Hop {
  /** Such as `Loki`. */
  readonly name: string;
  readonly log: LogTail;
  /** How it ended without being told to; undefined while it runs. */
  readonly ended?: string | undefined;
}

/** A failure that says at which program it happened, with the last lines of that program's log. */
export class HopError extends Error {
  constructor(
    readonly hop: Hop,
    message: string,
    options?: ErrorOptions,
  ) {
    const ended = hop.ended === undefined ? "" : ` ${hop.name} has ended: ${hop.ended}.`;
    super(`${message}${ended}\nLast lines of ${hop.name}'s log:\n${hop.log.last()}`, options);
    this.name = "HopError";
  }
}

/** The first line of an error, for use inside another error's message. */
export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  // fetch says only "fetch failed"; what failed is in the cause.
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : "";
  const line = text.split("\n", 1)[0] ?? "";
  return cause === "" || line.includes(cause) ? line : `${line}: ${cause.split("\n", 1)[0] ?? ""}`;
}
