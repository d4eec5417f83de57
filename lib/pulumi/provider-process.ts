/** Starts the Kubernetes provider by itself, to ask it what it would do. */
import { type ChildProcess, spawn } from "node:child_process";
import * as readline from "node:readline";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { ConfigureRequest, type ConfigureResponse } from "@pulumi/pulumi/proto/provider_pb";
import { CliError } from "../terminal/errors";

/** How long the provider may take to start, in milliseconds. */
const startLimitMs = 30_000;

const unlimited = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

/** A Kubernetes provider that runs for us alone, and reaches no cluster. */
export interface ProviderProcess {
  readonly client: ResourceProviderClient;
  readonly close: () => void;
}

async function portOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      reject(new CliError(`The Kubernetes provider ${why}.`));
    };
    const timer = setTimeout(() => {
      fail("did not start in time");
    }, startLimitMs);
    child.once("error", (error) => {
      fail(`cannot be run: ${error.message}`);
    });
    child.once("exit", (code) => {
      fail(`ended at once, with exit code ${String(code)}`);
    });
    if (child.stdout === null) return;
    readline.createInterface({ input: child.stdout }).once("line", (line) => {
      clearTimeout(timer);
      resolve(line.trim());
    });
  });
}

/**
 * One call of the provider's, as a promise.
 *
 * @throws CliError in the provider's own words
 */
export async function call<T>(
  make: (done: (error: grpc.ServiceError | null, answer: T) => void) => unknown,
): Promise<T> {
  return new Promise((resolve, reject) => {
    make((error, answer) => {
      if (error === null) resolve(answer);
      else reject(new CliError(error.details));
    });
  });
}

/**
 * Starts the provider, with a kubeconfig that names no cluster. It ends with this process, with the
 * signal, or with `close`.
 *
 * @param executable path of pulumi-resource-kubernetes
 * @param environment all that it gets to see of ours
 * @throws CliError when it does not start
 */
export async function startProviderProcess(
  executable: string,
  environment: Readonly<Record<string, string | undefined>>,
  signal?: AbortSignal,
): Promise<ProviderProcess> {
  const child = spawn(executable, ["127.0.0.1:0"], {
    stdio: ["ignore", "pipe", "ignore"],
    // Nobody's cluster: not even by mistake.
    env: { ...environment, KUBECONFIG: "/dev/null" },
    ...(signal && { signal }),
  });
  const end = (): void => {
    child.kill();
  };
  process.once("exit", end);
  try {
    const address = `127.0.0.1:${await portOf(child)}`;
    const client = new ResourceProviderClient(
      address,
      grpc.credentials.createInsecure(),
      unlimited,
    );
    const configure = new ConfigureRequest();
    configure.setAcceptsecrets(true);
    configure.setAcceptresources(true);
    await call<ConfigureResponse>((done) => client.configure(configure, done));
    return {
      client,
      close: () => {
        process.off("exit", end);
        client.close();
        end();
      },
    };
  } catch (error) {
    process.off("exit", end);
    end();
    throw error;
  }
}
