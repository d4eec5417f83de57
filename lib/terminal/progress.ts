/** Shows what a command is at. */
import { printable } from "./printable";
import { errorColor } from "./screen";

/** How long a command may be silent. */
const silenceMs = 2000;

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/**
 * Says on standard error what a command is at, once it has taken longer than two seconds: one line
 * that moves on a terminal, one line per step elsewhere. Standard output stays for the result.
 */
export class Progress {
  private readonly started = Date.now();
  private current: string | undefined;
  private lasting = "";
  private timer: NodeJS.Timeout | undefined;
  private frame = 0;
  private drawn = false;
  private said: string | undefined;

  constructor(private readonly stream: NodeJS.WriteStream = process.stderr) {}

  /** What the command is at now, if anything; for the message when time runs out. */
  get step(): string | undefined {
    return this.current;
  }

  /**
   * Says what is being done from now on.
   *
   * @param done what has just been done, for many small steps: where the line cannot move, it is
   *   this that is worth a line, and `step` is not shown; empty for nothing
   */
  begin(step: string, done?: string): void {
    // One line, whatever is in a name.
    const line = (text: string): string => printable(text).replaceAll("\n", " ");
    this.current = line(step);
    this.lasting = line(done ?? `${step} ...`);
    if (this.timer === undefined) {
      this.timer = setInterval(() => {
        this.show();
      }, 120);
      // Progress alone keeps no command from ending.
      this.timer.unref();
    }
    this.show();
  }

  /** Takes the line away, before something else is written. */
  clear(): void {
    if (this.drawn) this.stream.write("\r\u001b[K");
    this.drawn = false;
  }

  end(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.current = undefined;
    this.clear();
  }

  private show(): void {
    const elapsed = Date.now() - this.started;
    if (this.current === undefined || elapsed < silenceMs) return;
    if (!this.stream.isTTY) {
      if (this.said !== this.lasting && this.lasting !== "") this.stream.write(`${this.lasting}\n`);
      this.said = this.lasting;
      return;
    }
    this.frame = (this.frame + 1) % frames.length;
    const seconds = errorColor.dim(`${String(Math.round(elapsed / 1000))} s`);
    const width = Math.max(20, (this.stream.columns || 80) - 10);
    const text = this.current.length > width ? `${this.current.slice(0, width)}…` : this.current;
    this.stream.write(`\r\u001b[K${frames[this.frame] ?? ""} ${text} ${seconds}`);
    this.drawn = true;
  }
}
