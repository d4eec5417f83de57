/** Listens on a loopback port. */
import type { AddressInfo, Server } from "node:net";

/** The address on which everything of the ring listens: nobody else can reach it. */
export const loopback = "127.0.0.1";

/**
 * Listens on a free port of the loopback interface.
 *
 * @returns `127.0.0.1:port`
 */
export async function listenOnLoopback(server: Server): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, loopback, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return `${loopback}:${String((server.address() as AddressInfo).port)}`;
}
