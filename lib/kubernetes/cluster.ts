/** The client of the Kubernetes API: plain JSON, login renewed at 401, asked again at 429. */
import type * as http from "node:http";
import type * as https from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError } from "../terminal/errors";
import { type HttpAnswer, type HttpBody, type Query, send, urlOf } from "./send";
import { noApiServer, refusedCredentials, statusMessage, unreachable } from "./no-answer";

export { ApiError } from "../terminal/errors";
export type { Query } from "./send";

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

/** How long one answer may take; each command has its own limit for all of them. */
const answerLimitMs = 15_000;

/** How long a server that is too busy is waited for at most, whatever it asks for. */
const longestWaitSeconds = 5;

const patchTypes = {
  merge: "application/merge-patch+json",
  /** Server-side apply, as the provider does it. */
  apply: "application/apply-patch+yaml",
} as const;

export interface PatchOptions {
  readonly type: keyof typeof patchTypes;
  /** Under whose name the server notes who owns the fields. */
  readonly manager: string;
  /** Only to see what the server would make of it. */
  readonly dryRun?: boolean;
  /** Whether fields may be taken from other owners; for `apply` only. */
  readonly force?: boolean;
}

interface Sent {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly accept: string;
  /** How long the server may be silent. */
  readonly limitMs: number;
  readonly body?: HttpBody;
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

  close(): void {
    for (const agent of [...this.agents, this.options.agent])
      (agent as https.Agent | undefined)?.destroy();
  }

  /**
   * An answer as text.
   *
   * @param limitMs how long the server may be silent
   */
  async text(
    resource: string,
    query: Query = {},
    accept = "application/json",
    limitMs = answerLimitMs,
  ): Promise<string> {
    return this.ask(resource, query, { method: "GET", accept, limitMs });
  }

  /**
   * Sends a request without a body, such as to a pod through the API server's proxy; returns the answer as text.
   *
   * @param limitMs how long the server may be silent
   */
  async post(resource: string, query: Query = {}, limitMs = answerLimitMs): Promise<string> {
    return this.ask(resource, query, { method: "POST", accept: "*/*", limitMs });
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
    const text = await this.ask(resource, query, {
      method: "PATCH",
      accept: "application/json",
      limitMs: answerLimitMs,
      body: { text: JSON.stringify(patch), type: patchTypes[type] },
    });
    return JSON.parse(text) as T;
  }

  /**
   * Deletes exactly one object: the server refuses when it is another of the same name by now.
   *
   * @param options.propagationPolicy `Orphan` leaves what belongs to it; by default that goes, too
   * @param options.gracePeriodSeconds until what runs in it is ended by force; default: what the object says
   * @throws ApiError when the server refuses, 404 when it is gone already
   */
  async delete(
    resource: string,
    uid: string,
    options: { readonly propagationPolicy?: "Orphan"; readonly gracePeriodSeconds?: number } = {},
  ): Promise<void> {
    const body = {
      ...{ apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid } },
      ...options,
    };
    await this.ask(
      resource,
      {},
      {
        method: "DELETE",
        accept: "application/json",
        limitMs: answerLimitMs,
        body: { text: JSON.stringify(body), type: "application/json" },
      },
    );
  }

  private async ask(resource: string, query: Query, sent: Sent): Promise<string> {
    const url = urlOf(this.server, resource, query);
    const asked = this.options;
    let answer = await this.request(url, sent);
    if (await this.mayAskAgain(answer, asked)) answer = await this.request(url, sent);
    const { status, body } = answer;
    if (status >= 200 && status < 300) return body;
    if (status === 401) throw refusedCredentials(this);
    throw new ApiError(status, resource, statusMessage(body));
  }

  /** Does what a second try needs; false when it would be of no use. */
  private async mayAskAgain(
    { status, headers }: HttpAnswer,
    asked: https.RequestOptions,
  ): Promise<boolean> {
    if (status === 401) return this.renewed(asked);
    // When a server that is too busy wants to be asked again; without that it is no number.
    const retryAfterSeconds = Number(headers["retry-after"]);
    if (status !== 429 || !(retryAfterSeconds >= 0)) return false;
    const wait = Math.min(retryAfterSeconds, longestWaitSeconds) * 1000;
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

  private async request(url: URL, { method, accept, limitMs, body }: Sent): Promise<HttpAnswer> {
    const headers = { ...(this.options.headers as http.OutgoingHttpHeaders), accept };
    const options = { ...this.options, headers, method, signal: this.signal, timeout: limitMs };
    try {
      const answer = await send(url, options, body);
      const time = Date.parse(answer.headers.date ?? "");
      if (!Number.isNaN(time)) this.clockSkew = (Date.now() - time) / 1000;
      return answer;
    } catch (error) {
      this.signal.throwIfAborted();
      throw unreachable(this, error as Error);
    }
  }

  private noteForbidden(error: unknown): void {
    if (!(error instanceof ApiError) || error.code !== 403) throw error;
    this.cannotSee(error);
  }
}
