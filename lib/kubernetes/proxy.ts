/** Which proxy the surroundings name, by the rules of Go, which kubectl and Pulumi are written in. */
import ipaddr from "ipaddr.js";

const defaultPorts: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

/** @returns undefined where a server is asked without one */
export function proxyFor(server: URL, env: NodeJS.ProcessEnv): string | undefined {
  // Upper case wins, and an empty one says nothing.
  const said = (name: string): string => [env[name], env[name.toLowerCase()]].find(Boolean) ?? "";
  const proxy = said(server.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY");
  if (proxy === "") return undefined;
  const host = server.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const port = server.port === "" ? (defaultPorts[server.protocol] ?? "") : server.port;
  if (isLoopback(host)) return undefined;
  const exceptions = said("NO_PROXY").split(",");
  if (exceptions.some((one) => excepts(one.trim().toLowerCase(), host, port))) return undefined;
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}

function isLoopback(host: string): boolean {
  return (
    host === "localhost" || (ipaddr.isValid(host) && ipaddr.parse(host).range() === "loopback")
  );
}

/** A network, an address or a name, each with a port or without; a name stands for all below it. */
function excepts(exception: string, host: string, port: string): boolean {
  if (exception === "") return false;
  if (exception === "*") return true;
  if (ipaddr.isValidCIDR(exception)) {
    if (!ipaddr.isValid(host)) return false;
    const [network, bits] = ipaddr.parseCIDR(exception);
    const address = ipaddr.parse(host);
    return address.kind() === network.kind() && address.match([network, bits]);
  }
  const [, bare = exception, only] = /^\[?([^[\]]*?)\]?:(\d+)$/.exec(exception) ?? [];
  const isAddress = ipaddr.isValid(exception);
  const name = (isAddress ? exception : bare).replace(/^\*(?=\.)/, "");
  if (!isAddress && only !== undefined && only !== port) return false;
  if (ipaddr.isValid(name)) return ipaddr.isValid(host) && sameAddress(name, host);
  return name.startsWith(".") ? host.endsWith(name) : host === name || host.endsWith(`.${name}`);
}

function sameAddress(one: string, other: string): boolean {
  return ipaddr.parse(one).toNormalizedString() === ipaddr.parse(other).toNormalizedString();
}
