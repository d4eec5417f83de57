/** The demo application's metrics, as its SDK aggregates them. */
import type { Story } from "./flask-story";
import type { Exemplar, Metric } from "./wire";

const cumulative = 2;

// The SDK's default boundaries, in whatever unit the histogram has.
const bounds = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000];

/** What the SDK keeps for one value of attribute `endpoint`. */
interface Aggregate {
  count: number;
  /** Newest measurement since the last export. */
  exemplar: Exemplar | undefined;
  /** Requests per bucket of the histogram. */
  readonly buckets: number[];
  /** Sum, smallest and largest duration, in milliseconds. */
  sum: number;
  min: number;
  max: number;
  /** Per bucket, the newest measurement since the last export. */
  exemplars: Map<number, Exemplar>;
}

function exemplarOf({ traceId, spanId }: Story, value: number): Exemplar {
  return {
    timeUnixNano: `${String(Date.now())}000000`,
    asDouble: value,
    spanId: Buffer.from(spanId, "hex"),
    traceId: Buffer.from(traceId, "hex"),
  };
}

export class FlaskMetrics {
  readonly #start = `${String(Date.now())}000000`;
  readonly #byEndpoint = new Map<string, Aggregate>();

  /** Requests counted so far, by value of attribute `endpoint`. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      Array.from(this.#byEndpoint, ([endpoint, { count }]) => [endpoint, count]),
    );
  }

  record(story: Story): void {
    const known = this.#byEndpoint.get(story.endpoint);
    const aggregate = known ?? {
      count: 0,
      exemplar: undefined,
      buckets: [...bounds, Infinity].map(() => 0),
      sum: 0,
      min: Infinity,
      max: -Infinity,
      exemplars: new Map<number, Exemplar>(),
    };
    if (known === undefined) this.#byEndpoint.set(story.endpoint, aggregate);
    aggregate.count += 1;
    aggregate.exemplar = exemplarOf(story, 1);
    if (story.recordedMs !== undefined) recordDuration(aggregate, story, story.recordedMs);
  }

  /** The state now, as both metrics; the exemplars since the last call go out with it. */
  export(): Metric[] {
    const now = `${String(Date.now())}000000`;
    const all = Array.from(this.#byEndpoint, ([endpoint, aggregate]) => ({
      aggregate,
      point: {
        startTimeUnixNano: this.#start,
        timeUnixNano: now,
        attributes: [{ key: "endpoint", value: { stringValue: endpoint } }],
      },
    }));
    const metrics: Metric[] = [
      {
        name: "http_request_count",
        description: "Number of HTTP requests",
        unit: "1",
        sum: {
          aggregationTemporality: cumulative,
          isMonotonic: true,
          dataPoints: all.map(({ aggregate, point }) => ({
            ...point,
            asInt: String(aggregate.count),
            exemplars: aggregate.exemplar === undefined ? [] : [aggregate.exemplar],
          })),
        },
      },
      {
        name: "http_request_duration",
        description: "Duration of HTTP requests",
        unit: "milliseconds",
        histogram: {
          aggregationTemporality: cumulative,
          dataPoints: all
            .filter(({ aggregate }) => aggregate.max >= 0)
            .map(({ aggregate, point }) => ({ ...point, ...histogramOf(aggregate) })),
        },
      },
    ];
    for (const { aggregate } of all) {
      aggregate.exemplar = undefined;
      aggregate.exemplars.clear();
    }
    return metrics;
  }
}

function recordDuration(aggregate: Aggregate, story: Story, milliseconds: number): void {
  const found = bounds.findIndex((bound) => milliseconds <= bound);
  const bucket = found === -1 ? bounds.length : found;
  aggregate.buckets[bucket] = (aggregate.buckets[bucket] ?? 0) + 1;
  aggregate.sum += milliseconds;
  aggregate.min = Math.min(aggregate.min, milliseconds);
  aggregate.max = Math.max(aggregate.max, milliseconds);
  aggregate.exemplars.set(bucket, exemplarOf(story, milliseconds));
}

function histogramOf({ buckets, sum, min, max, exemplars }: Aggregate) {
  return {
    count: String(buckets.reduce((total, count) => total + count, 0)),
    sum,
    min,
    max,
    bucketCounts: buckets.map(String),
    explicitBounds: bounds,
    // By bucket, as the SDK has them: stores put them into their series in this order.
    exemplars: [...exemplars].sort(([one], [other]) => one - other).map(([, exemplar]) => exemplar),
  };
}
