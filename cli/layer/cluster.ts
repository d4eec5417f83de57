import * as http from "node:http";
import * as https from "node:https";
import { CliError } from "./errors";
import { exitCodes } from "./exit-codes";

/** The API server said no; the message is its own. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    readonly code: number,
    readonly path: string,
    message: string,
  ) {
    super(message);
  }
}

/** Query parameters. */
export type Query = Readonly<Record<string, string | number | undefined>>;

interface Page<T> {
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly T[] | null;
}

/** How many objects one answer holds: a big cluster's pods would not fit into memory at once. */
const pageSize = 500;

/** How long one answer may take, in milliseconds; each command has its own limit for all of them. */
const answerLimit = 15_000;

/**
 * The stack's cluster, read as plain JSON: the typed models of the client library drop the fields
 * that they do not know, and it is those that drift.
 */
export class Cluster {
  private readonly refused = new Map<string, string>();

  /**
   * @param kubeconfig the file that the settings name; undefined when it is kubectl's own, or no file
   */
  constructor(
    readonly context: string,
    readonly server: string,
    private readonly kubeconfig: string | undefined,
    private readonly options: https.RequestOptions,
    private readonly signal: AbortSignal,
  ) {}

  /** What the credentials do not allow to look at, as "nodes: <the server's words>". */
  get forbidden(): readonly string[] {
    return [...this.refused.values()];
  }

  /** A kubectl command as the user types it for this cluster. */
  kubectl(command: string): string {
    const file = this.kubeconfig === undefined ? "" : ` --kubeconfig ${this.kubeconfig}`;
    return `kubectl${file} --context ${this.context} ${command}`;
  }

  /** @throws ApiError when the server refuses, CliError when it does not answer */
  async get<T>(resource: string, query: Query = {}, accept?: string): Promise<T> {
    return JSON.parse(await this.text(resource, query, accept)) as T;
  }

  /** The same; undefined when there is no such object, or nobody may look at it. */
  async find<T>(resource: string, query: Query = {}): Promise<T | undefined> {
    try {
      return await this.get<T>(resource, query);
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return undefined;
      this.noteForbidden(error);
      return undefined;
    }
  }

  /**
   * Every object of a kind, each made smaller as it arrives. What nobody may look at is empty here
   * and named in {@link forbidden}.
   */
  async list<T, S = T>(
    resource: string,
    query: Query = {},
    slim: (object: T) => S = (object) => object as unknown as S,
    accept?: string,
  ): Promise<S[]> {
    const found: S[] = [];
    let next: string | undefined;
    try {
      do {
        const page = await this.get<Page<T>>(
          resource,
          { ...query, limit: pageSize, continue: next },
          accept,
        );
        found.push(...(page.items ?? []).map(slim));
        next = page.metadata?.continue === "" ? undefined : page.metadata?.continue;
      } while (next !== undefined);
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return found;
      this.noteForbidden(error);
    }
    return found;
  }

  /** Ends the connections, so that the process can end. */
  close(): void {
    (this.options.agent as https.Agent | undefined)?.destroy();
  }

  /** An answer as text. */
  async text(resource: string, query: Query = {}, accept = "application/json"): Promise<string> {
    const url = new URL(this.server.replace(/\/+$/, "") + resource);
    for (const [key, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(key, String(value));
    const { code, body } = await this.request(url, accept);
    if (code >= 200 && code < 300) return body;
    throw this.refusal(code, resource, body);
  }

  private request(url: URL, accept: string): Promise<{ code: number; body: string }> {
    const headers = { ...(this.options.headers as http.OutgoingHttpHeaders), accept };
    const options = { ...this.options, headers, method: "GET", signal: this.signal };
    return new Promise((resolve, reject) => {
      const failed = (error: Error): void => {
        reject(this.signal.aborted ? (this.signal.reason as Error) : this.unreachable(error));
      };
      const send = url.protocol === "http:" ? http.request : https.request;
      const request = send(url, options, (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("error", failed);
        response.on("end", () => {
          resolve({ code: response.statusCode ?? 0, body: Buffer.concat(parts).toString() });
        });
      });
      request.setTimeout(answerLimit, () => request.destroy(new Error("no answer within 15 s")));
      request.on("error", failed);
      request.end();
    });
  }

  private refusal(code: number, resource: string, body: string): Error {
    if (code === 401) {
      return new CliError(`The cluster of context ${this.context} refuses the credentials.`, {
        fix: `log in again the way the cluster wants it, then check with: kubectl --context ${this.context} get nodes`,
        exitCode: exitCodes.unreachable,
      });
    }
    return new ApiError(code, resource, statusMessage(body));
  }

  private unreachable(error: Error): CliError {
    const code = (error as NodeJS.ErrnoException).code;
    const words = error.message === "" ? (code ?? "no answer") : error.message;
    return new CliError(
      `The cluster of context ${this.context} at ${this.server} does not answer: ${words}.`,
      {
        fix: "start it, or name another one: pulumi config set kubernetes:context <name>",
        exitCode: exitCodes.unreachable,
        cause: error,
      },
    );
  }

  private noteForbidden(error: unknown): void {
    if (!(error instanceof ApiError) || error.code !== 403) throw error;
    this.refused.set(error.path, error.message);
  }
}

/** The server's own words in a Status object, else the first line of whatever it said. */
function statusMessage(body: string): string {
  try {
    const { message } = JSON.parse(body) as { message?: string };
    if (message !== undefined) return message;
  } catch {
    // Not from the API server: a proxy in between.
  }
  return body.trim().split("\n")[0]?.slice(0, 300) ?? "";
}
