/** Answers scrapes for pods that do not run here. */
import { type Listener, serveHttp } from "./listen";

/**
 * Has something to scrape for whoever is not here, Grafana and MinIO, so that its target counts as up.
 */
export async function startBystanders(): Promise<Listener> {
  const started = Date.now() / 1000;
  return serveHttp((_request, response) => {
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4" });
    response.end(`process_start_time_seconds ${String(started)}\n`);
  });
}
