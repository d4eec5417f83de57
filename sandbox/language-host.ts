/**
 * Serves the Pulumi CLI in place of pulumi-language-nodejs, where that is not installed: runs the
 * real index.ts with the language server that the SDK has for Automation API programs.
 *
 * Started by the CLI; prints the port that it listens on and goes on until the CLI ends.
 */
import { spawn } from "node:child_process";
import * as path from "node:path";
import * as grpc from "@grpc/grpc-js";
import * as pulumi from "@pulumi/pulumi";
import * as automationServer from "@pulumi/pulumi/automation/server";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/language_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { endWithParent } from "../lib/process/end-with-parent";
import { forgetModules } from "../lib/process/forget-modules";
import { projectRoot } from "../lib/project-root";

type Call<T> = grpc.ServerUnaryCall<T, unknown>;
type Callback<T> = grpc.sendUnaryData<T>;

/** The server behind inline programs; exported at run time, left out of the SDK's type declarations. */
interface ProgramServer {
  run(call: Call<messages.RunRequest>, answer: Callback<messages.RunResponse>): Promise<void>;
  getPluginInfo(call: unknown, answer: Callback<unknown>): void;
  getRequiredPlugins(call: unknown, answer: Callback<unknown>): void;
}
const { LanguageServer } = automationServer as unknown as {
  LanguageServer: new (program: () => Promise<Record<string, unknown>>) => ProgramServer;
};

const entry = path.join(projectRoot, "index.ts");
const ownModules = [
  entry,
  ...["config", "components", "grafana"].map((room) => path.join(projectRoot, room)),
];

async function program(): Promise<Record<string, unknown>> {
  // The CLI runs it once for the preview and once for the update.
  forgetModules(ownModules);
  process.chdir(projectRoot);
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- inside the run, so that its resources belong to it
  const exported: unknown = require(entry);
  const made: unknown =
    typeof exported === "function" ? await (exported as () => unknown)() : exported;
  return made as Record<string, unknown>;
}

const server = new LanguageServer(program);

function run(
  engineAddress: string,
  call: Call<messages.RunRequest>,
  answer: Callback<messages.RunResponse>,
): void {
  // The SDK's server expects the engine's address as the program's argument, as inline programs get it.
  call.request.setArgsList([engineAddress]);
  let answered = false;
  const once: Callback<messages.RunResponse> = (error, response) => {
    // After an error the SDK's server answers a second time.
    if (answered) return;
    answered = true;
    if (!error) {
      answer(null, response);
      return;
    }
    const failed = new messages.RunResponse();
    // What went wrong is on the screen already; the engine must not add a text of its own.
    if (pulumi.log.hasErrors()) failed.setBail(true);
    else failed.setError(error instanceof Error ? error.message : "the program failed");
    answer(null, failed);
  };
  void server.run(call, once);
}

function about(_call: Call<Empty>, answer: Callback<messages.AboutResponse>): void {
  const response = new messages.AboutResponse();
  response.setExecutable(process.execPath);
  response.setVersion(process.version);
  answer(null, response);
}

/** Runs a plugin that is written for Node, such as the policy pack, with the SDK's own runner. */
function runPlugin(
  call: grpc.ServerWritableStream<messages.RunPluginRequest, messages.RunPluginResponse>,
): void {
  const { request } = call;
  const folder = request.getInfo()?.getProgramDirectory() ?? request.getProgram();
  const runner = request.getKind() === "analyzer" ? "run-policy-pack" : "run-plugin";
  const args = [require.resolve(`@pulumi/pulumi/cmd/${runner}`), ...request.getArgsList(), folder];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const send = (fill: (response: messages.RunPluginResponse) => void): void => {
    const response = new messages.RunPluginResponse();
    fill(response);
    call.write(response);
  };
  child.stdout.on("data", (part: Buffer) => {
    send((response) => {
      response.setStdout(part);
    });
  });
  child.stderr.on("data", (part: Buffer) => {
    send((response) => {
      response.setStderr(part);
    });
  });
  child.on("close", (code) => {
    send((response) => {
      response.setExitcode(code ?? 1);
    });
    call.end();
  });
  call.on("cancelled", () => {
    child.kill();
  });
}

function empty<T>(make: () => T) {
  return (_call: Call<unknown>, answer: Callback<T>): void => {
    answer(null, make());
  };
}

function main(): void {
  const engineAddress = process.argv.slice(2).find((argument) => !argument.startsWith("-")) ?? "";
  const unlimited = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };
  const host = new grpc.Server(unlimited);
  host.addService(LanguageRuntimeService, {
    handshake: empty(() => new messages.LanguageHandshakeResponse()),
    getPluginInfo: server.getPluginInfo.bind(server),
    getRequiredPlugins: server.getRequiredPlugins.bind(server),
    getRequiredPackages: empty(() => new messages.GetRequiredPackagesResponse()),
    getProgramDependencies: empty(() => new messages.GetProgramDependenciesResponse()),
    runtimeOptionsPrompts: empty(() => new messages.RuntimeOptionsResponse()),
    installDependencies: (call: grpc.ServerWritableStream<unknown, unknown>) => {
      call.end();
    },
    about,
    runPlugin,
    cancel: empty(() => new Empty()),
    run: (call: Call<messages.RunRequest>, answer: Callback<messages.RunResponse>) => {
      run(engineAddress, call, answer);
    },
  });
  host.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    process.stdout.write(`${String(port)}\n`);
    // While the engine is still reading its state: these take most of the program's start.
    setImmediate(() => {
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- only to have them in memory
      for (const name of ["@pulumi/kubernetes", "@pulumi/random", "zod"]) require(name);
    });
  });
  endWithParent();
}

main();
