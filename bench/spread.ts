/** What repeated measurements of the same thing came to. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

/**
 * Median, minimum and maximum.
 *
 * @throws RangeError without a value
 */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((one, other) => one - other);
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.ceil((sorted.length - 1) / 2)];
  const min = sorted[0];
  const max = sorted.at(-1);
  if (low === undefined || high === undefined || min === undefined || max === undefined) {
    throw new RangeError("There is no median of nothing.");
  }
  return { median: (low + high) / 2, min, max, count: sorted.length };
}

/** Collects measurements by name, in the order in which the names were first seen. */
export class Samples {
  private readonly values = new Map<string, number[]>();

  add(name: string, seconds: number): void {
    const known = this.values.get(name);
    if (known === undefined) this.values.set(name, [seconds]);
    else known.push(seconds);
  }

  /** @throws RangeError when nothing was measured under this name */
  of(name: string): Spread {
    return spread(this.values.get(name) ?? []);
  }
}
