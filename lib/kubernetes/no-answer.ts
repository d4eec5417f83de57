/** Why a cluster does not answer, in words, and what to do. */
import { mask } from "../secrets/mask";
import { CliError } from "../terminal/errors";
import { exitCodes } from "../terminal/exit-codes";

interface Asked {
  readonly context: string;
  readonly server: string;
  kubectl(command: string): string;
}

const reasons: readonly (readonly [words: RegExp, reason: string, fix: string])[] = [
  [
    /alert (number|certificate|bad certificate|unknown ca)|ALERT_(CERTIFICATE|BAD|UNKNOWN)/i,
    "refuses the client certificate",
    "it has expired, or is of another cluster: fetch the kubeconfig again from where it came",
  ],
  [
    /CERT_|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|ALTNAME/,
    "has a certificate that the kubeconfig does not trust",
    "the cluster was made anew, or something stands in between: fetch the kubeconfig again from where it came",
  ],
  [
    /WRONG_VERSION_NUMBER|packet length too long|EPROTO/,
    "does not speak TLS as expected",
    "check the address in the kubeconfig: http or https, and the port",
  ],
  [
    /ENOTFOUND|EAI_AGAIN/,
    "has a name that nobody knows here",
    "check DNS, and the VPN if the cluster is behind one; or the cluster is gone",
  ],
  [
    /ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|no answer within/,
    "does not answer",
    "check the network on the way to it: VPN, firewall, or an allow-list of addresses",
  ],
  [
    /./,
    "does not answer",
    "start it, or name another one: pulumi config set kubernetes:context <name>",
  ],
];

export function unreachable({ context, server }: Asked, error: Error): CliError {
  const { code = "no answer" } = error as NodeJS.ErrnoException;
  const said = error.message === "" ? code : error.message;
  const found = reasons.find(([pattern]) => pattern.test(`${code} ${said}`));
  const [, reason = "", fix = ""] = found ?? [];
  // OpenSSL names its own source files around its words.
  const words = /:SSL routines:\w*:([^:]+):/.exec(said)?.[1] ?? said;
  return new CliError(`The cluster of context ${context} at ${server} ${reason}: ${words}.`, {
    fix,
    exitCode: exitCodes.unreachable,
    cause: error,
  });
}

/** HTTP status 401. */
export function refusedCredentials(cluster: Asked): CliError {
  return new CliError(`The cluster of context ${cluster.context} refuses the credentials.`, {
    fix: `log in again the way the cluster wants it, then check with: ${cluster.kubectl("get nodes")}`,
    exitCode: exitCodes.unreachable,
  });
}

/** Something answered, and not in Kubernetes' language. */
export function noApiServer({ context, server }: Asked, text: string, cause: unknown): CliError {
  const said = mask(firstLine(text, 80));
  return new CliError(
    `What answers at ${server} is no Kubernetes API server, or a proxy stands before it: ${said}`,
    {
      fix: `check the address of context ${context} in the kubeconfig, and HTTPS_PROXY`,
      exitCode: exitCodes.unreachable,
      cause,
    },
  );
}

/** The server's own words in a Status object, else the first line of whatever it said. */
export function statusMessage(body: string): string {
  try {
    const { message } = JSON.parse(body) as { message?: string };
    if (message !== undefined) return message;
  } catch {
    // Not from the API server: a proxy in between.
  }
  return mask(firstLine(body, 300));
}

function firstLine(text: string, longest: number): string {
  return text.trim().split("\n")[0]?.slice(0, longest) ?? "";
}
