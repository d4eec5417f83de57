/** What has been started and is to be ended, newest first. */
export class Closers {
  readonly #all: (() => Promise<void> | void)[] = [];

  add(close: () => Promise<void> | void): void {
    this.#all.push(close);
  }

  /**
   * Ends everything, also what comes after something that would not.
   *
   * @throws the first error, when all others have been ended
   */
  async closeAll(): Promise<void> {
    const errors: unknown[] = [];
    for (let close = this.#all.pop(); close !== undefined; close = this.#all.pop()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
