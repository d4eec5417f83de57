/** Receives alerts. */
import { text } from "node:stream/consumers";
import { Inbox } from "../sinks/inbox";
import { serveHttp } from "./listen";

/** One alert as Alertmanager, and Grafana alike, put it into a webhook. */
export interface WebhookAlert {
  readonly status: "firing" | "resolved";
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
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
  const { address, close } = await serveHttp((request, response) => {
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
  return { url: `http://${address}/alerts`, alerts, authorizations, close };
}
