/** Loopback addresses for pods. */
import { randomInt } from "node:crypto";

/**
 * An address to stand for a pod's own. On Linux the whole of 127.0.0.0/8 is this machine, so the
 * collector can listen on the very ports that the chart gives it, whatever else runs here; elsewhere
 * it is 127.0.0.1, where those ports have to be free.
 */
export function podAddress(): string {
  if (process.platform !== "linux") return "127.0.0.1";
  return ["127", ...[1, 0, 1].map((least) => String(randomInt(least, 255)))].join(".");
}
