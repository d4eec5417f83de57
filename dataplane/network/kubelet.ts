/** A node's kubelet, as far as volumes are measured by it. */
import { type Listener, serveHttp } from "./listen";

export interface VolumeFill {
  readonly namespace: string;
  readonly claim: string;
  readonly capacityBytes: number;
  readonly availableBytes: number;
}

export interface Kubelet extends Listener {
  /** What its bearer token must be. */
  readonly token: string;
  /** Sets what it says from now on: by default nothing but what follows from the fill. */
  readonly setVolumes: (volumes: readonly VolumeFill[]) => void;
}

function exposition(volumes: readonly VolumeFill[]): string {
  const gauge = (name: string, of: (volume: VolumeFill) => number): string[] => [
    `# TYPE ${name} gauge`,
    ...volumes.map((volume) => {
      const labels = `namespace="${volume.namespace}",persistentvolumeclaim="${volume.claim}"`;
      return `${name}{${labels}} ${String(of(volume))}`;
    }),
  ];
  return [
    ...gauge("kubelet_volume_stats_available_bytes", (volume) => volume.availableBytes),
    ...gauge("kubelet_volume_stats_capacity_bytes", (volume) => volume.capacityBytes),
    // One that the configuration is to leave out, like most that a kubelet has.
    ...gauge("kubelet_volume_stats_inodes", () => 1000),
    "",
  ].join("\n");
}

/** Serves volume metrics as a kubelet does, to who has the token. */
export async function startKubelet(volumes: readonly VolumeFill[]): Promise<Kubelet> {
  const token = "token-of-the-collector-in-the-tests";
  let current = volumes;
  const listener = await serveHttp((request, response) => {
    if (request.headers.authorization !== `Bearer ${token}`) response.writeHead(401).end();
    else if (request.url !== "/metrics") response.writeHead(404).end();
    else {
      response.writeHead(200, { "content-type": "text/plain; version=0.0.4" });
      response.end(exposition(current));
    }
  });
  return {
    ...listener,
    token,
    setVolumes: (changed) => {
      current = changed;
    },
  };
}
