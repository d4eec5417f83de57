/** The setting `grafanaDatabase`: a PostgreSQL database of the owner's, for what people make in Grafana. */
import { z } from "zod";

/** Whether the connection is encrypted, and whether the server has to prove its name; Grafana knows no other. */
const tlsModes = ["disable", "require", "verify-full"] as const;

/** Where the database is; the password is a secret setting. */
export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  readonly user: string;
  readonly tls: (typeof tlsModes)[number];
}

const form = "postgres://<user>@<host>[:<port>]/<name>[?sslmode=<mode>]";

/** What Grafana hands to its driver as it is, without quotes around it. */
const plain = /^[\w.@-]{1,63}$/;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

/** The address in a URL, or why there is none. */
function read(text: string): DatabaseAddress | string {
  // The URLs of other schemes are taken apart by other rules, and most of what is no URL throws.
  const [, scheme = "", rest = ""] = /^([a-z0-9]+):\/\/(.*)$/s.exec(text) ?? [];
  if (scheme === "mysql")
    return "must be a PostgreSQL database: Grafana does not check the name of a MySQL server for all of its connections, and nothing was tried with one";
  if (scheme !== "postgres" && scheme !== "postgresql") return `must be ${form}`;
  const asHttp = text.replace(scheme, "http");
  const url = URL.canParse(asHttp) ? new URL(asHttp) : undefined;
  if (url === undefined) return `must be ${form}`;
  if (url.password !== "")
    return "carries the password in clear, which would be stored in the stack's state";
  const [user, name] = [decoded(url.username), decoded(url.pathname.slice(1))];
  const host = url.hostname;
  if (host === "" || url.hash !== "" || !plain.test(user) || !plain.test(name))
    return `must be ${form}`;
  const others = [...url.searchParams.keys()].filter((key) => key !== "sslmode");
  if (others.length > 0) return "must have no parameter but sslmode";
  const mode = url.searchParams.get("sslmode") ?? "verify-full";
  const tls = tlsModes.find((one) => one === mode);
  if (tls === undefined)
    return "must have an sslmode that Grafana knows: disable, require or verify-full, which is taken when there is none";
  // A port that is the default of http is not in the URL any more.
  const [, port = "5432"] = /^[^/?]*:(\d+)(?=[/?]|$)/.exec(rest) ?? [];
  return { host, port: Number(port), name, user, tls };
}

/** Empty is none: what people make is on Grafana's volume. */
export const grafanaDatabase = z.string().transform((text, context) => {
  if (text === "") return undefined;
  const found = read(text);
  if (typeof found !== "string") return found;
  context.addIssue(found);
  return z.NEVER;
});

/** In words, without who logs in. */
export function inWords({ host, port, name }: DatabaseAddress): string {
  return `the database ${name} at ${host}:${String(port)}`;
}
