/** Answers scrapes for pods that do not run here. */
import * as http from "node:http";
import { listenOnLoopback } from "./listen";

/** A running stand-in for pods whose programs do not run here, Grafana and MinIO. */
export interface Bystanders {
  /** `127.0.0.1:port` */
  readonly address: string;
  readonly close: () => Promise<void>;
}

/** Has something to scrape for whoever is not here, so that its target counts as up. */
export async function startBystanders(): Promise<Bystanders> {
  const started = Date.now() / 1000;
  const server = http.createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4" });
    response.end(`process_start_time_seconds ${String(started)}\n`);
  });
  return {
    address: await listenOnLoopback(server),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
