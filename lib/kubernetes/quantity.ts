/** Kubernetes' quantities, read and written. */

const binary = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
/** Divisors, because 1005 / 1000 is the number that 1.005 is, and 1005 * 0.001 is not. */
const parts: Readonly<Record<string, number>> = { n: 1e9, u: 1e6, m: 1e3 };
const decimal: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
};

/** A Kubernetes quantity such as `500m`, `1.5Gi` or `2e3` as a number; undefined when it is none. */
export function parseQuantity(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return undefined;
  const [, number, unit = ""] =
    /^([+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|[+-]?\.\d+)([KMGTPE]i|[numkMGTPE])?$/.exec(value) ?? [];
  if (number === undefined) return undefined;
  const part = parts[unit];
  if (part !== undefined) return Number(number) / part;
  const power = binary.indexOf(unit);
  const factor = power >= 0 ? 1024 ** (power + 1) : decimal[unit];
  return factor === undefined ? undefined : Number(number) * factor;
}

/** Cores as people write them: "250m", "1.5". */
export function showCpu(cores: number): string {
  if (cores === 0) return "0";
  return cores < 1 ? `${String(Math.round(cores * 1000))}m` : String(Math.round(cores * 100) / 100);
}

/** Bytes as people write them: "96 MiB", "2.5 GiB". */
export function showBytes(bytes: number): string {
  if (bytes < 2 ** 30) return `${String(Math.round(bytes / 2 ** 20))} MiB`;
  return `${String(Math.round((bytes / 2 ** 30) * 10) / 10)} GiB`;
}
