/** Sends numbered items, and repeats what was not taken. */
import { randomBytes } from "node:crypto";
import type { Account } from "../sinks/flask-sender";
import { OtlpClient } from "../sinks/otlp-client";
import { type Signal, signals } from "../sinks/otlp-client";
import { numberedLogs, numberedPoints, numberedSpans } from "./numbered-items";

export interface SenderOptions {
  /** How long one request is tried, in milliseconds; default a minute. */
  readonly giveUpAfterMs?: number;
  /** Characters that each item has beside what it needs; default 0. */
  readonly padding?: number;
  /** Items of one request; default 25. */
  readonly items?: number;
}

/** How far back the first metric point lies, in milliseconds: none of them may be in the future. */
const PAST_MS = 5 * 60_000;

interface Ledger extends Account {
  made: number;
  readonly acknowledged: Set<number>;
  readonly refused: { seq: number; reason: string }[];
}

function ledger(): Ledger {
  return { made: 0, acknowledged: new Set(), refused: [] };
}

/** A service whose every log record, span and metric point has a number, and who notes the answers. */
export class NumberedSender {
  /** Hexadecimal ids of the traces that its spans belong to. */
  readonly traceIds: string[] = [];
  readonly #accounts = { logs: ledger(), metrics: ledger(), traces: ledger() };
  readonly #client: OtlpClient;
  readonly #begin = Date.now() - PAST_MS;
  readonly #padding: number;
  readonly #items: number;

  constructor(
    address: string,
    readonly service: string,
    { giveUpAfterMs = 60_000, padding = 0, items = 25 }: SenderOptions = {},
  ) {
    this.#client = new OtlpClient(address, giveUpAfterMs);
    this.#padding = padding;
    this.#items = items;
  }

  get accounts(): Readonly<Record<Signal, Account>> {
    return this.#accounts;
  }

  /**
   * Sends so many requests of each signal, one after the other as an SDK does, the signals beside each
   * other; returns when each is acknowledged or given up.
   */
  async send(requests: number): Promise<void> {
    await Promise.all(
      signals.map(async (signal) => {
        for (let sent = 0; sent < requests; sent += 1) await this.#sendOne(signal);
      }),
    );
  }

  close(): void {
    this.#client.close();
  }

  #message(signal: Signal, seqs: readonly number[]): object {
    const request = { service: this.service, seqs, padding: this.#padding };
    if (signal === "logs") return numberedLogs(request);
    if (signal === "metrics") return numberedPoints(request, this.#begin);
    const traceId = randomBytes(16);
    this.traceIds.push(traceId.toString("hex"));
    return numberedSpans(request, traceId);
  }

  async #sendOne(signal: Signal): Promise<void> {
    const account = this.#accounts[signal];
    const seqs = Array.from({ length: this.#items }, () => ++account.made);
    const message = this.#message(signal, seqs);
    const outcome = await this.#client.export(signal, message, new AbortController().signal);
    for (const seq of seqs) {
      // Which ones were rejected is not said: then none counts as acknowledged.
      if (outcome.acknowledged && outcome.rejected === 0) account.acknowledged.add(seq);
      else account.refused.push({ seq, reason: outcome.reason ?? "rejected in part" });
    }
  }
}
