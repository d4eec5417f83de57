import * as http from "node:http";
import * as https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError } from "../terminal/errors";
import { noApiServer, refusedCredentials, statusMessage, unreachable } from "./no-answer";

export { ApiError } from "../terminal/errors";

/** Query parameters. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** A kubectl command as the user types it, for a context of a file; undefined is kubectl's own. */
export function kubectlFor(context: string, file: string | undefined, command: string): string {
  return `kubectl${file === undefined ? "" : ` --kubeconfig ${file}`} --context ${context} ${command}`;
}

interface Page<T> {
  readonly metadata?: { readonly continue?: string };
  readonly items?: readonly T[] | null;
}

/** How many objects one answer holds: a big cluster's pods would not fit into memory at once. */
const pageSize = 500;

/** How long one answer may take, in milliseconds; each command has its own limit for all of them. */
const answerLimit = 15_000;

/** How long a server that is too busy is waited for at most, in seconds, whatever it asks for. */
const busyLimit = 5;

/** Ways to change an object. */
const patchTypes = {
  merge: "application/merge-patch+json",
  /** Server-side apply, as the provider does it. */
  apply: "application/apply-patch+yaml",
} as const;

/** How an object is changed. */
export interface PatchOptions {
  readonly type: keyof typeof patchTypes;
  /** Under whose name the server notes who owns the fields. */
  readonly manager: string;
  /** Only to see what the server would make of it. */
  readonly dryRun?: boolean;
  /** Whether fields may be taken from other owners; for `apply` only. */
  readonly force?: boolean;
}

/** What is sent. */
interface Sent {
  readonly method: "GET" | "PATCH" | "DELETE";
  readonly accept: string;
  /** How long the server may be silent, in milliseconds. */
  readonly limitMs: number;
  readonly body?: { readonly text: string; readonly type: string };
}

interface Answer {
  readonly code: number;
  readonly body: string;
  /** Seconds after which a server that is too busy wants to be asked again. */
  readonly retryAfter: number;
}

/**
 * The stack's cluster, read as plain JSON: the typed models of the client library drop the fields
 * that they do not know, and it is those that drift.
 */
export class Cluster {
  /** Seconds that the clock of this machine is ahead of the server's; undefined before an answer. */
  clockSkew: number | undefined;
  private readonly refused = new Map<string, string>();
  private renewal: Promise<void> | undefined;
  private readonly agents: unknown[] = [];

  /**
   * @param kubeconfig the file that the settings name; undefined when it is kubectl's own, or no file
   * @param renew logs in again: a token may end before a long command does
   */
  constructor(
    readonly context: string,
    readonly server: string,
    private readonly kubeconfig: string | undefined,
    private options: https.RequestOptions,
    private readonly signal: AbortSignal,
    private readonly renew?: () => Promise<https.RequestOptions>,
  ) {}

  /** What the credentials do not allow to look at, as "nodes: <the server's words>". */
  get forbidden(): readonly string[] {
    return [...this.refused.values()];
  }

  /** Notes that something was not looked at, for {@link forbidden}. */
  cannotSee({ path, message }: ApiError): void {
    this.refused.set(path, message);
  }

  /** Whether nobody may look at what is, or is not, at this path. */
  refuses(resource: string): boolean {
    return this.refused.has(resource);
  }

  /** The server's words on why nobody may look there. */
  refusalOf(resource: string): string | undefined {
    return this.refused.get(resource);
  }

  /** A kubectl command as the user types it for this cluster. */
  kubectl(command: string): string {
    return kubectlFor(this.context, this.kubeconfig, command);
  }

  /** @throws ApiError when the server refuses, CliError when it does not answer */
  async get<T>(resource: string, query: Query = {}, accept?: string): Promise<T> {
    const text = await this.text(resource, query, accept);
    try {
      return JSON.parse(text) as T;
    } catch (error) {
      throw noApiServer(this, text, error);
    }
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
    for (const agent of [...this.agents, this.options.agent])
      (agent as https.Agent | undefined)?.destroy();
  }

  /**
   * An answer as text.
   *
   * @param limit how long the server may be silent, in milliseconds
   */
  async text(
    resource: string,
    query: Query = {},
    accept = "application/json",
    limit = answerLimit,
  ): Promise<string> {
    return this.send(resource, query, { method: "GET", accept, limitMs: limit });
  }

  /**
   * Changes an object and returns it; a `resourceVersion` in the patch makes the server refuse when
   * somebody else has changed the object since.
   *
   * @throws ApiError when the server refuses
   */
  async patch<T>(
    resource: string,
    patch: object,
    { type, manager, dryRun = false, force = false }: PatchOptions,
  ): Promise<T> {
    const query = {
      fieldManager: manager,
      ...(dryRun && { dryRun: "All" }),
      ...(force && { force: "true" }),
    };
    const text = await this.send(resource, query, {
      method: "PATCH",
      accept: "application/json",
      limitMs: answerLimit,
      body: { text: JSON.stringify(patch), type: patchTypes[type] },
    });
    return JSON.parse(text) as T;
  }

  /**
   * Deletes exactly one object: the server refuses when it is another of the same name by now.
   *
   * @throws ApiError when the server refuses, 404 when it is gone already
   */
  async delete(resource: string, uid: string): Promise<void> {
    const body = { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid } };
    await this.send(
      resource,
      {},
      {
        method: "DELETE",
        accept: "application/json",
        limitMs: answerLimit,
        body: { text: JSON.stringify(body), type: "application/json" },
      },
    );
  }

  private async send(resource: string, query: Query, sent: Sent): Promise<string> {
    const url = new URL(this.server.replace(/\/+$/, "") + resource);
    for (const [key, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(key, String(value));
    const asked = this.options;
    let answer = await this.request(url, sent);
    if (await this.mayAskAgain(answer, asked)) answer = await this.request(url, sent);
    const { code, body } = answer;
    if (code >= 200 && code < 300) return body;
    throw this.refusal(code, resource, body);
  }

  /** Does what a second try needs; false when it would be of no use. */
  private async mayAskAgain(
    { code, retryAfter }: Answer,
    asked: https.RequestOptions,
  ): Promise<boolean> {
    if (code === 401) return this.renewed(asked);
    if (code !== 429 || !(retryAfter >= 0)) return false;
    const wait = Math.min(retryAfter, busyLimit) * 1000;
    // When the command ends meanwhile, the second request says so.
    await sleep(wait, undefined, { signal: this.signal }).catch(() => undefined);
    return true;
  }

  /** Logs in again, once for all that were refused at the same time. */
  private async renewed(refused: https.RequestOptions): Promise<boolean> {
    if (this.renew === undefined) return false;
    if (this.options !== refused) return true;
    this.renewal ??= this.renew()
      .then((options) => {
        // Others may still wait for answers.
        this.agents.push(this.options.agent);
        this.options = options;
      })
      // A login that failed once may work later.
      .finally(() => (this.renewal = undefined));
    await this.renewal;
    return true;
  }

  private request(url: URL, { method, accept, limitMs: limit, body }: Sent): Promise<Answer> {
    const headers = {
      ...(this.options.headers as http.OutgoingHttpHeaders),
      accept,
      ...(body && { "content-type": body.type, "content-length": Buffer.byteLength(body.text) }),
    };
    const options = { ...this.options, headers, method, signal: this.signal };
    return new Promise((resolve, reject) => {
      const failed = (error: Error): void => {
        reject(this.signal.aborted ? (this.signal.reason as Error) : unreachable(this, error));
      };
      const send = url.protocol === "http:" ? http.request : https.request;
      const request = send(url, options, (response) => {
        const time = Date.parse(response.headers.date ?? "");
        if (!Number.isNaN(time)) this.clockSkew = (Date.now() - time) / 1000;
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("error", failed);
        response.on("end", () => {
          resolve({
            code: response.statusCode ?? 0,
            body: Buffer.concat(parts).toString(),
            // Without one it is no number.
            retryAfter: Number(response.headers["retry-after"]),
          });
        });
      });
      request.setTimeout(limit, () =>
        request.destroy(new Error(`no answer within ${String(limit / 1000)} s`)),
      );
      request.on("error", failed);
      request.end(body?.text);
    });
  }

  private refusal(code: number, resource: string, body: string): Error {
    if (code === 401) return refusedCredentials(this);
    return new ApiError(code, resource, statusMessage(body));
  }

  private noteForbidden(error: unknown): void {
    if (!(error instanceof ApiError) || error.code !== 403) throw error;
    this.cannotSee(error);
  }
}
