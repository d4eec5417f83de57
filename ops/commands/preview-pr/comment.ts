/**
 * `npm run preview:comment`: puts a preview under its pull request, in place of the last one.
 *
 * The only part of the previews that has a right to write. It runs the repository's own code, never a
 * pull request's, and takes nothing from it but text.
 */
import * as path from "node:path";
import { Command } from "commander";
import { CliError } from "../../../lib/terminal/errors";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import { type Outcome, runCommand } from "../../../lib/terminal/run";
import { readArtifact } from "./artifact";
import { marker } from "./markdown";
import { commentOf } from "./sanitize-markdown";

/** Where the artifact is, and what the workflow knows about its run. */
export interface Options {
  readonly artifact: string;
  readonly headSha: string;
  readonly headRepository: string;
}

interface PullRequest {
  readonly state: string;
  readonly head: { readonly sha: string; readonly repo: { readonly full_name: string } | null };
}

interface Comment {
  readonly id: number;
  readonly body?: string;
  readonly user: { readonly type: string } | null;
}

/** How many pages of comments are searched: a thousand comments are read, and no more. */
const pages = 10;

function variable(name: string): string {
  const value = process.env[name] ?? "";
  if (value !== "") return value;
  throw new CliError(`${name} is not set.`, {
    fix: "run this in a workflow",
    exitCode: exitCodes.usage,
  });
}

type Api = <T>(method: string, place: string, body?: object) => Promise<T>;

function api(signal: AbortSignal): Api {
  const base = process.env["GITHUB_API_URL"] ?? "https://api.github.com";
  const root = `${base}/repos/${variable("GITHUB_REPOSITORY")}`;
  const token = variable("GITHUB_TOKEN");
  return async (method, place, body) => {
    const response = await fetch(`${root}${place}`, {
      method,
      signal,
      headers: {
        authorization: `Bearer ${token}`,
        accept: "application/vnd.github+json",
        "content-type": "application/json",
        "x-github-api-version": "2022-11-28",
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (response.ok) return (await response.json()) as never;
    throw new CliError(`GitHub answers ${String(response.status)} to ${method} ${place}.`);
  };
}

/** The number is the author's word; the commit and its repository are GitHub's. */
async function checkPullRequest(call: Api, number: number, options: Options): Promise<void> {
  const { state, head } = await call<PullRequest>("GET", `/pulls/${String(number)}`);
  const own = head.sha === options.headSha && head.repo?.full_name === options.headRepository;
  if (!own) throw new CliError(`Pull request ${String(number)} is not the one that was compared.`);
  if (state !== "open") throw new CliError(`Pull request ${String(number)} is ${state}.`);
}

async function lastComment(call: Api, number: number): Promise<Comment | undefined> {
  for (let page = 1; page <= pages; page += 1) {
    const query = `?per_page=100&page=${String(page)}`;
    const comments = await call<readonly Comment[]>(
      "GET",
      `/issues/${String(number)}/comments${query}`,
    );
    const own = comments.find(
      ({ body = "", user }) => user?.type === "Bot" && body.startsWith(marker),
    );
    if (own !== undefined || comments.length < 100) return own;
  }
  return undefined;
}

/**
 * Checks the artifact and writes the comment.
 *
 * @throws CliError when the artifact is refused, or belongs to another pull request
 */
export async function putComment(options: Options, signal: AbortSignal): Promise<Outcome> {
  const { pullRequest, text } = await readArtifact(path.resolve(options.artifact));
  const call = api(signal);
  await checkPullRequest(call, pullRequest, options);
  const fromFork = options.headRepository !== variable("GITHUB_REPOSITORY");
  const body = { body: commentOf(text, fromFork) };
  const last = await lastComment(call, pullRequest);
  if (last === undefined) await call("POST", `/issues/${String(pullRequest)}/comments`, body);
  else await call("PATCH", `/issues/comments/${String(last.id)}`, body);
  const done = last === undefined ? "Commented on" : "Updated the comment on";
  return { exitCode: exitCodes.ok, text: `${done} pull request ${String(pullRequest)}.`, json: {} };
}

const command = new Command("npm run preview:comment --")
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? exitCodes.ok : exitCodes.usage))
  .description("Puts a preview under its pull request, in place of the last one. For workflows.")
  .requiredOption("--artifact <folder>", "folder with the archive that preview.yml made")
  .requiredOption("--head-sha <sha>", "commit that was compared")
  .requiredOption("--head-repository <name>", "repository that the commit is from")
  .action(async (options: Options) => {
    const flags = { json: false, yes: false, sandbox: false, timeout: 60 };
    process.exitCode = await runCommand(flags, ({ signal }) => putComment(options, signal));
  });

if (require.main === module) void command.parseAsync();
