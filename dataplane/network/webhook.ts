/** Receives alerts. */
import * as http from "node:http";
import { text } from "node:stream/consumers";
import { Inbox } from "../sinks/inbox";
import { listenOnLoopback } from "./listen";

/** One alert as Alertmanager, and Grafana alike, put it into a webhook. */
export interface WebhookAlert {
  readonly status: "firing" | "resolved";
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** RFC 3339. */
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL: string;
  readonly fingerprint: string;
}

export interface Webhook {
  /** To be configured as the contact point's URL. */
  readonly url: string;
  readonly alerts: Inbox<WebhookAlert>;
  /** Authorization headers that came with them. */
  readonly authorizations: readonly (string | undefined)[];
  readonly close: () => Promise<void>;
}

/** Takes the place of whatever the user's contact point is. */
export async function startWebhook(): Promise<Webhook> {
  const alerts = new Inbox<WebhookAlert>();
  const authorizations: (string | undefined)[] = [];
  const server = http.createServer((request, response) => {
    text(request).then(
      (body) => {
        const { alerts: received } = JSON.parse(body) as { alerts: WebhookAlert[] };
        authorizations.push(request.headers.authorization);
        alerts.add(...received);
        response.writeHead(200).end();
      },
      () => request.destroy(),
    );
  });
  const address = await listenOnLoopback(server);
  return {
    url: `http://${address}/alerts`,
    alerts,
    authorizations,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
