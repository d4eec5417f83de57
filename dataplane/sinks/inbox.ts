/** What a sink has received, in order of arrival, and a way to wait for more. */
export class Inbox<T> {
  readonly #items: T[] = [];
  readonly #waiting = new Set<() => void>();

  get items(): readonly T[] {
    return this.#items;
  }

  add(...items: readonly T[]): void {
    this.#items.push(...items);
    for (const wake of this.#waiting) wake();
  }

  /**
   * The first item that matches, arrived already or later.
   *
   * @param timeoutMs how long to wait, in milliseconds; default 5000
   * @throws Error when none came in time; the message holds the last five that did come
   */
  async waitFor(matches: (item: T) => boolean, timeoutMs = 5000): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = (): boolean => {
        const found = this.#items.find(matches);
        if (found === undefined) return false;
        finish();
        resolve(found);
        return true;
      };
      const timer = setTimeout(() => {
        finish();
        reject(new Error(`not received within ${String(timeoutMs)} ms; ${this.#summary()}`));
      }, timeoutMs);
      const finish = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
      };
      if (!look()) this.#waiting.add(look);
    });
  }

  #summary(): string {
    const last = this.#items.slice(-5).map((item) => `  ${JSON.stringify(item)}`);
    const count = `received ${String(this.#items.length)} in all`;
    return last.length === 0 ? count : [`${count}, the last of them:`, ...last].join("\n");
  }
}
