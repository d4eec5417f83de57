import { type ChildProcess, spawn } from "node:child_process";
import * as readline from "node:readline";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import {
  ConfigureRequest,
  type ConfigureResponse,
  DiffRequest,
  DiffResponse,
} from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Json } from "../../policy/subject";

/** What the provider would do about a change of inputs. */
export type Verdict = "none" | "update" | "replace" | "delete, then create";

/** The real Kubernetes provider, without a cluster: it is asked what a change means, and makes none. */
export interface Provider {
  verdict(
    resource: { readonly type: string; readonly name: string },
    before: Json,
    after: Json,
  ): Promise<Verdict>;
  close(): void;
}

const unlimited = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

/** How long it may take to start, in milliseconds. */
const startTimeoutMs = 30_000;

const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

function structOf(value: Json): Struct {
  // Undefined cannot be written; what is left is plain data.
  return Struct.fromJavaScript(
    JSON.parse(JSON.stringify(value)) as Parameters<typeof Struct.fromJavaScript>[0],
  );
}

/** A state as the provider would have stored it: the object itself, and beside it what was asked for. */
function stateOf(inputs: Json): Struct {
  return structOf({ ...inputs, __inputs: { [signature]: secretSignature, value: inputs } });
}

async function portOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      reject(new Error(`pulumi-resource-kubernetes ${why}`));
    };
    const timer = setTimeout(() => {
      fail("did not start in time");
    }, startTimeoutMs);
    child.once("error", (error) => {
      fail(`cannot be run: ${error.message}`);
    });
    child.once("exit", (code) => {
      fail(`ended at once with exit code ${String(code)}`);
    });
    if (child.stdout === null) return;
    readline.createInterface({ input: child.stdout }).once("line", (line) => {
      clearTimeout(timer);
      resolve(line.trim());
    });
  });
}

async function call<T>(
  make: (done: (error: grpc.ServiceError | null, answer: T) => void) => unknown,
): Promise<T> {
  return new Promise((resolve, reject) => {
    make((error, answer) => {
      if (error === null) resolve(answer);
      else reject(new Error(error.details));
    });
  });
}

/**
 * Starts the provider with a kubeconfig that names no cluster.
 *
 * @param executable path of pulumi-resource-kubernetes
 */
export async function startProvider(executable: string): Promise<Provider> {
  const child = spawn(executable, ["127.0.0.1:0"], {
    stdio: ["ignore", "pipe", "ignore"],
    // Nobody's cluster: not even by mistake.
    env: { PATH: process.env["PATH"], HOME: "/nonexistent", KUBECONFIG: "/dev/null" },
  });
  const end = (): void => {
    child.kill();
  };
  process.once("exit", end);
  const client = new ResourceProviderClient(
    `127.0.0.1:${await portOf(child)}`,
    grpc.credentials.createInsecure(),
    unlimited,
  );
  const configure = new ConfigureRequest();
  configure.setAcceptsecrets(true);
  configure.setAcceptresources(true);
  await call<ConfigureResponse>((done) => client.configure(configure, done));

  return {
    verdict: async ({ type, name }, before, after) => {
      const request = new DiffRequest();
      request.setId(name);
      request.setUrn(`urn:pulumi:preview::lgtm::${type}::${name}`);
      request.setType(type);
      request.setName(name);
      request.setOlds(stateOf(before));
      request.setOldInputs(structOf(before));
      request.setNews(structOf(after));
      const answer = await call<DiffResponse>((done) => client.diff(request, done));
      if (answer.getChanges() === DiffResponse.DiffChanges.DIFF_NONE) return "none";
      if (answer.getReplacesList().length === 0) return "update";
      return answer.getDeletebeforereplace() ? "delete, then create" : "replace";
    },
    close: () => {
      process.off("exit", end);
      client.close();
      end();
    },
  };
}
