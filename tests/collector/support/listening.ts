/** Which ports of a loopback address are taken. */
import * as dgram from "node:dgram";
import * as net from "node:net";

export interface Port {
  readonly protocol: "TCP" | "UDP";
  readonly port: number;
}

async function acceptsTcp(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    socket.once("connect", () => {
      resolve(true);
      socket.destroy();
    });
    socket.once("error", () => {
      resolve(false);
    });
  });
}

/** UDP has no connections: whether a port is taken shows when one tries to take it. */
async function holdsUdp(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = dgram.createSocket("udp4");
    socket.once("error", () => {
      resolve(true);
      socket.close();
    });
    socket.bind(port, host, () => {
      resolve(false);
      socket.close();
    });
  });
}

/** Those of the ports on which something listens, as `TCP 4317`. */
export async function listening(host: string, ports: readonly Port[]): Promise<string[]> {
  const taken = await Promise.all(
    ports.map(async ({ protocol, port }) =>
      protocol === "TCP" ? acceptsTcp(host, port) : holdsUdp(host, port),
    ),
  );
  return ports
    .filter((_, index) => taken[index] === true)
    .map(({ protocol, port }) => `${protocol} ${String(port)}`);
}
