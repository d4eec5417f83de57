/** Alertmanager, as one process. */
import { stringify } from "yaml";
import { freePort } from "../../lib/process/free-port";
import { Program } from "../processes/program";
import { at, type Disk } from "./context";

/** Alertmanager, which takes the alerts of rules to a webhook. */
export interface Alerting {
  readonly program: Program;
  /** `127.0.0.1:port` */
  readonly address: string;
}

/** Alertmanager, which sends every alert to a webhook at once; not started. */
export async function alertmanagerOf(
  binary: string,
  disk: Disk,
  webhook: string,
): Promise<Alerting> {
  const address = at(await freePort());
  const config = stringify({
    route: {
      receiver: "webhook",
      group_by: ["alertname"],
      // Tests do not wait for more alerts to come.
      group_wait: "0s",
      group_interval: "1s",
      repeat_interval: "1m",
    },
    receivers: [{ name: "webhook", webhook_configs: [{ url: webhook, send_resolved: true }] }],
  });
  const program = new Program({
    name: "Alertmanager",
    binary,
    args: [
      `--config.file=${disk.file("alertmanager.yml", config)}`,
      `--storage.path=${disk.data}`,
      `--web.listen-address=${address}`,
      // Empty: no other Alertmanager to talk to, and no port for it.
      "--cluster.listen-address=",
    ],
    data: disk.data,
    ready: `http://${address}/-/ready`,
  });
  return { program, address };
}
