/** Sinks in the place of Loki and Tempo that take no more than these would. */
import { seqAttribute } from "../../../../dataplane/loss/numbered-items";
import type { Signal } from "../../../../dataplane/sinks/otlp-client";
import type { PartialSystem } from "../../../../dataplane/system";
import type { Limits } from "./scaled-limits";

type Sinks = PartialSystem["sinks"];

/** Bytes of a span beside its attributes, about. */
const SPAN_BYTES = 80;

/** So much is let in per second, and at once that of two seconds, as the generated limits have it. */
class Bucket {
  #left: number;
  #since = performance.now();

  constructor(private readonly bytesPerSecond: number) {
    this.#left = 2 * bytesPerSecond;
  }

  /** Never what is more than it can ever hold. */
  judge(bytes: number): "taken" | "never" | "later" {
    if (bytes > 2 * this.bytesPerSecond) return "never";
    const now = performance.now();
    const refilled = this.#left + ((now - this.#since) / 1000) * this.bytesPerSecond;
    this.#left = Math.min(2 * this.bytesPerSecond, refilled);
    this.#since = now;
    if (bytes > this.#left) return "later";
    this.#left -= bytes;
    return "taken";
  }
}

/**
 * Gives the sinks limits: of lines what one stream may have, of spans what all may have together.
 *
 * @returns how many requests each has refused since
 */
export function limitSinks(
  { loki, tempo }: Sinks,
  { streamBytes, spanBytes }: Limits,
): Readonly<Record<"logs" | "traces", () => number>> {
  const refused = { logs: 0, traces: 0 };
  const streams = new Map<string, Bucket>();
  const all = new Bucket(spanBytes);
  loki?.judge((lines) => {
    const stream = JSON.stringify(lines[0]?.labels);
    const bucket = streams.get(stream) ?? new Bucket(streamBytes);
    streams.set(stream, bucket);
    const bytes = lines.reduce((sum, { line }) => sum + line.length, 0);
    const verdict = bucket.judge(bytes);
    if (verdict !== "taken") refused.logs += 1;
    return verdict;
  });
  tempo?.judge((spans) => {
    const bytes = spans.reduce(
      (sum, { attributes }) => sum + SPAN_BYTES + JSON.stringify(attributes).length,
      0,
    );
    const verdict = all.judge(bytes);
    if (verdict !== "taken") refused.traces += 1;
    return verdict;
  });
  return { logs: () => refused.logs, traces: () => refused.traces };
}

/** Numbers of what a service has sent that a sink has; undefined where a store runs in its place. */
export function numbersInSinks(
  { loki, tempo }: Sinks,
  service: string,
  signal: Signal,
): ReadonlySet<number> | undefined {
  if (signal === "metrics") return undefined;
  const numbers =
    signal === "logs"
      ? loki?.inbox.items
          .filter(({ labels }) => labels["job"] === service)
          .map(
            ({ line }) => (JSON.parse(line) as { attributes: Record<string, number> }).attributes,
          )
          .map((attributes) => attributes[seqAttribute])
      : tempo?.inbox.items
          .filter(({ resource }) => resource["service.name"] === service)
          .map(({ attributes }) => attributes[seqAttribute]);
  return numbers && new Set(numbers.map(Number));
}
