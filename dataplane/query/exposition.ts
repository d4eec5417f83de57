/** Reads Prometheus' text format. */
import { askText, type HttpHop } from "./ask";

export interface OwnMetric {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads Prometheus' text format: metrics only, without comments and timestamps. */
export function parseExposition(text: string): OwnMetric[] {
  return text.split("\n").flatMap((line) => {
    const [, name, labels = "", value] =
      /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/.exec(line) ?? [];
    if (name === undefined) return [];
    const pairs = labels.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g);
    return {
      name,
      labels: Object.fromEntries(Array.from(pairs, ([, key = "", text = ""]) => [key, text])),
      value: Number(value?.replace("Inf", "Infinity")),
    };
  });
}

export class OwnMetrics {
  constructor(
    readonly hop: HttpHop,
    private readonly path = "/metrics",
  ) {}

  async all(): Promise<OwnMetric[]> {
    return parseExposition(await askText(this.hop, this.path));
  }

  /** Sum of a metric over all series with these labels; 0 when there is none. */
  async sum(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    const wanted = Object.entries(labels);
    return (await this.all())
      .filter((metric) => metric.name === name)
      .filter((metric) => wanted.every(([key, value]) => metric.labels[key] === value))
      .reduce((total, { value }) => total + value, 0);
  }
}
