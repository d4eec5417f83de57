/** Tells on the console what is being started, and how long it took. */
export interface Progress {
  /** Runs a step, and prints one line when it is done. Failures print themselves. */
  readonly step: <T>(what: string, run: () => Promise<T>) => Promise<T>;
}

/** @param say default: the console, indented like mocha's own lines */
export function progress(
  say: (line: string) => void = (line) => {
    console.log(`    ${line}`);
  },
): Progress {
  return {
    step: async (what, run) => {
      const begin = performance.now();
      const result = await run();
      say(`${what}: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
      return result;
    },
  };
}
