/** The end of a program's log. */

const isError = /\blevel=(error|fatal)\b|\t(error|fatal)\t|^panic:|^failed /;

/** What Loki and Cortex say of every query, and every second: it would push out what matters. */
const isRoutine = /msg="(executing query|syncing rules)"|caller=metrics\.go|msg="not ready: /;

export class LogTail {
  #lines: string[] = [];
  readonly #limit: number;

  /** @param limit lines to keep; default 5000 */
  constructor(limit = 5000) {
    this.#limit = limit;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  add(line: string): void {
    this.#lines.push(line);
    // Half at once: taking one from the front each time would move all others each time.
    if (this.#lines.length > 2 * this.#limit) this.#lines = this.#lines.slice(-this.#limit);
  }

  /**
   * The last lines, for an error message. Of the lines before them, the first errors come along: when
   * a program ends, what it says last is how all its parts end, and not why.
   */
  last(count = 12): string {
    const lines = this.#lines.filter((line) => !isRoutine.test(line));
    if (lines.length === 0) return "  (it wrote nothing)";
    const tail = lines.slice(-count);
    const errors = lines
      .slice(-500, -count)
      .filter((line) => isError.test(line))
      .slice(0, 3);
    const shown = errors.length > 0 ? [...errors, "...", ...tail] : tail;
    return shown.map((line) => `  ${line.slice(0, 400)}`).join("\n");
  }
}
