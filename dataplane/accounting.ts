/** Compares what was sent with what a store has. */
import type { Account } from "./sinks/flask-sender";

export interface Balance {
  readonly acknowledged: number;
  /** Acknowledged ones that the store has at least once. */
  readonly stored: number;
  /** Sequence numbers that were acknowledged and are not in the store. */
  readonly lost: readonly number[];
  /** How many more copies than items the store has. */
  readonly duplicates: number;
  /** In the store without having been acknowledged: the answer got lost, or they were refused late. */
  readonly unacknowledged: number;
}

/** Copies in a store, by sequence number. */
export type Copies = ReadonlyMap<number, number>;

/** The store's copies against what the collector acknowledged. */
export function balance({ acknowledged }: Account, copies: Copies): Balance {
  const lost = [...acknowledged].filter((seq) => !copies.has(seq));
  const all = [...copies.values()].reduce((total, count) => total + count, 0);
  return {
    acknowledged: acknowledged.size,
    stored: acknowledged.size - lost.length,
    lost,
    duplicates: all - copies.size,
    unacknowledged: [...copies.keys()].filter((seq) => !acknowledged.has(seq)).length,
  };
}
