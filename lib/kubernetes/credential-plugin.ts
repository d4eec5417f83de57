/** Logs in with the program that a kubeconfig names for it. */
import type { KubeConfig } from "@kubernetes/client-node";
import { execa } from "execa";
import { mask } from "../secrets/mask";
import { CliError } from "../terminal/errors";
import { exitCodes } from "../terminal/exit-codes";
import type { Progress } from "../terminal/progress";
import type { Context } from "../terminal/run";

interface Plugin {
  readonly apiVersion?: string;
  readonly command: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  /** Whether it wants to know the cluster, as GKE's does. */
  readonly provideClusterInfo?: boolean;
  /** For the user whose machine has no such program. */
  readonly installHint?: string;
}

interface Credential {
  readonly status?: {
    readonly token?: string;
    /** PEM. */
    readonly clientCertificateData?: string;
    readonly clientKeyData?: string;
  };
}

/**
 * Runs the program with which the current context logs in, if it has one, and puts what it gives into
 * the config. The client library would run it too, but without a limit, and would not end it.
 *
 * @param check a command by which the user sees whether it works
 * @throws CliError when it is not installed, or gives no credentials
 */
export async function logIn(
  config: KubeConfig,
  check: string,
  {
    progress,
    signal,
  }: Pick<Context, "signal"> & { readonly progress: Pick<Progress, "begin" | "step"> },
): Promise<void> {
  const user = config.getCurrentUser();
  const plugin = user?.exec as Plugin | undefined;
  if (!user || plugin === undefined) return;
  const step = progress.step ?? "reading the cluster";
  progress.begin(`logging in with ${plugin.command}`);
  const status = await run(plugin, config, check, signal);
  progress.begin(step);
  const { token, clientCertificateData, clientKeyData } = status;
  const encoded = (pem: string): string => Buffer.from(pem).toString("base64");
  const ready = {
    name: user.name,
    ...(user.impersonateUser != null && { impersonateUser: user.impersonateUser }),
    ...(token !== undefined && { token }),
    ...(clientCertificateData !== undefined && { certData: encoded(clientCertificateData) }),
    ...(clientKeyData !== undefined && { keyData: encoded(clientKeyData) }),
  };
  config.users = config.users.map((one) => (one === user ? ready : one));
}

async function run(
  plugin: Plugin,
  config: KubeConfig,
  check: string,
  signal: AbortSignal,
): Promise<NonNullable<Credential["status"]>> {
  const { command, args, env, apiVersion = "client.authentication.k8s.io/v1" } = plugin;
  const cluster = plugin.provideClusterInfo === true ? clusterOf(config) : undefined;
  const spec = { interactive: false, ...(cluster && { cluster }) };
  const info = { apiVersion, kind: "ExecCredential", spec };
  const result = await execa(command, args ?? [], {
    env: {
      KUBERNETES_EXEC_INFO: JSON.stringify(info),
      ...Object.fromEntries((env ?? []).map(({ name, value }) => [name, value])),
    },
    stdin: "ignore",
    // What it tells the user, an address to log in at for one, comes at once.
    stderr: ["pipe", "inherit"],
    reject: false,
    cancelSignal: signal,
  });
  if (signal.aborted) throw signal.reason;
  const context = config.getCurrentContext();
  if (result.failed) {
    throw result.code === "ENOENT"
      ? missing(plugin, context)
      : broken(plugin, context, check, result.stderr.trim().split("\n").at(-1) ?? "");
  }
  try {
    const { status } = JSON.parse(result.stdout) as Credential;
    if (status?.token !== undefined || status?.clientCertificateData !== undefined) return status;
  } catch {
    // Said below: what it printed may be a credential.
  }
  throw broken(plugin, context, check, "it printed no credentials");
}

/** The current cluster in the protocol's names. */
function clusterOf(config: KubeConfig): object {
  const { server, caData, skipTLSVerify, tlsServerName } = config.getCurrentCluster() ?? {};
  return {
    server,
    "certificate-authority-data": caData,
    "insecure-skip-tls-verify": skipTLSVerify,
    "tls-server-name": tlsServerName,
  };
}

function missing({ command, installHint = "" }: Plugin, context: string): CliError {
  const hint = installHint.trim().replace(/\s+/g, " ");
  return new CliError(
    `Context ${context} logs in with the program ${command}, which is not installed.`,
    {
      fix: hint === "" ? `install ${command}, so that this shell finds it` : mask(hint),
      exitCode: exitCodes.unreachable,
    },
  );
}

function broken({ command }: Plugin, context: string, check: string, words: string): CliError {
  const said = words === "" ? "and says nothing" : mask(words);
  return new CliError(
    `The program ${command}, with which context ${context} logs in, failed: ${said}.`,
    {
      fix: `log in again the way the cluster wants it, then check with: ${check}`,
      exitCode: exitCodes.unreachable,
    },
  );
}
