/** Goes to programs straight, without a cluster. */
import {
  PlainHttpEndpoint,
  type Transport,
  Unreachable,
  type HttpEndpoint,
} from "../../../../ops/commands/verify/transport/http-endpoint";

/**
 * Goes straight to other addresses, as a map from origin to origin says: for programs that run on
 * this machine, or behind an ingress of the user's own.
 *
 * @param origins such as `{ "http://my-lgtm-loki-gateway": "http://127.0.0.1:3100" }`
 */
export class DirectTransport implements Transport {
  constructor(
    private readonly origins: Readonly<Record<string, string>>,
    private readonly signal: AbortSignal,
  ) {}

  to(url: string): Promise<HttpEndpoint> {
    const { origin, pathname } = new URL(url);
    const instead = this.origins[origin];
    if (instead === undefined) {
      return Promise.reject(new Unreachable("no-service", `${origin} has no address here`));
    }
    const base = instead + (pathname === "/" ? "" : pathname);
    return Promise.resolve(new PlainHttpEndpoint(base, base, this.signal));
  }
}
