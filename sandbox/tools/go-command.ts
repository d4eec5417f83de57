/** Runs `go`, and says what to do when it is missing. */
import * as path from "node:path";
import { execa } from "execa";
import semver from "semver";
import { projectRoot } from "../../lib/project-root";
import { ToolError } from "../errors";

export { ToolError } from "../errors";

/** Oldest Go that compiles every module below `tools/`. */
export const GO_VERSION = "1.26.0";

/** How many lines of a failed command end up in the error. */
const TAIL_LINES = 15;

/** Any module of ours: it tells a Go with automatic toolchains which version is wanted. */
const ANY_MODULE = path.join(projectRoot, "tools", "sandbox");

/** Variables set for every `go` call, so that neither a user's GOFLAGS nor a go.work changes it. */
export const GO_ENVIRONMENT = { CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: "-mod=readonly" };

/** Where and how a `go` command runs. */
export interface GoCall {
  readonly cwd: string;
  /** Ends the command; default never. */
  readonly signal: AbortSignal | undefined;
  /** First sentence of the error when the command fails, for example "Could not compile etcd". */
  readonly failure: string;
  readonly onLine?: (line: string) => void;
}

/** Runs `go` and returns its standard output; throws ToolError with the end of its messages. */
export async function go(args: readonly string[], call: GoCall): Promise<string> {
  const child = execa("go", args, {
    cwd: call.cwd,
    env: GO_ENVIRONMENT,
    ...(call.signal && { cancelSignal: call.signal }),
    reject: false,
    stdin: "ignore",
  });
  for await (const line of child.iterable({ from: "stderr" })) {
    call.onLine?.(line);
  }
  const result = await child;
  if (result.isCanceled) {
    throw new ToolError(`${call.failure}: stopped because another tool failed`);
  }
  if (result.failed) {
    const output = [result.stderr, result.stdout].join("\n").trim().split("\n");
    const tail = output.slice(-TAIL_LINES).join("\n");
    throw new ToolError(`${call.failure}; \`go ${args[0] ?? ""}\` said:\n${tail}`);
  }
  return result.stdout;
}

/** Says what to do when Go is missing (`found` undefined) or too old. Pure, for the tests. */
export function goProblem(found: string | undefined): string | undefined {
  const version = semver.coerce(found);
  if (version !== null && semver.gte(version, GO_VERSION)) {
    return undefined;
  }
  const have = found === undefined ? "no `go` is on PATH" : `\`go version\` is "${found}"`;
  return (
    `The sandbox compiles the tools that are neither installed nor downloaded and needs Go ` +
    `${GO_VERSION} or newer, but ${have}. Install it (your package manager's \`go\`, or the installer from the Go ` +
    `project's site), or put the tools themselves on PATH: sandbox/tools/tool-table.ts lists the ` +
    `versions that fit.`
  );
}

/** Throws ToolError unless a Go that can build the tools is on PATH. */
export async function requireGo(): Promise<void> {
  const options = { cwd: ANY_MODULE, env: GO_ENVIRONMENT, reject: false } as const;
  const result = await execa("go", ["version"], options);
  const missing = result.failed && result.exitCode === undefined;
  const problem = goProblem(missing ? undefined : result.stdout.replace("go version go", ""));
  if (problem !== undefined) {
    throw new ToolError(problem);
  }
}
