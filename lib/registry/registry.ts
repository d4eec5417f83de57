/** Asks registries whether images can be pulled, by the OCI distribution API. */
import { isRecord } from "../kubernetes/objects";
import { type Login, loginFor } from "./credentials";
import { dockerHub, type ImageReference, parseImage } from "./image-reference";

/** What a registry says of an image. */
export type Answer =
  | { readonly kind: "there" }
  /** It cannot be pulled: the registry does not have it, or does not give it. */
  | { readonly kind: "missing" | "denied"; readonly reason: string }
  /** Nobody knows: the registry did not answer, or would not say. */
  | { readonly kind: "unknown"; readonly reason: string };

/** How registries are asked. */
export interface AskOptions {
  readonly logins?: readonly Login[];
  /** How long one image may take, in milliseconds; default 8000. */
  readonly timeoutMs?: number;
  /** Images that are asked for at the same time; default 8. */
  readonly parallel?: number;
  /** Ends all of it: what is not known by then stays unknown. */
  readonly signal?: AbortSignal;
  /** Called after each image, with how many are answered. */
  readonly onAnswer?: (answered: number) => void;
}

// What image pulls ask for: without the lists, a registry may answer with a conversion, or 404.
const manifests = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

const mostRedirects = 3;

const reasons: Readonly<Record<number, string>> = {
  401: "a login is needed, or it does not exist (401)",
  403: "access is denied (403)",
  404: "it does not exist (404)",
};

/** Asks for every image, each once, several at a time. */
export async function askRegistries(
  images: readonly string[],
  options: AskOptions = {},
): Promise<ReadonlyMap<string, Answer>> {
  const waiting = [...new Set(images)];
  const answers = new Map<string, Answer>();
  const tokens = new Map<string, Promise<Token>>();
  const work = async (): Promise<void> => {
    for (let image = waiting.shift(); image !== undefined; image = waiting.shift()) {
      answers.set(image, await ask(image, options, tokens));
      options.onAnswer?.(answers.size);
    }
  };
  await Promise.all(Array.from({ length: options.parallel ?? 8 }, work));
  return answers;
}

async function ask(
  image: string,
  { logins = [], timeoutMs = 8000, signal }: AskOptions,
  tokens: Map<string, Promise<Token>>,
): Promise<Answer> {
  const reference = parseImage(image);
  if (reference === undefined) return { kind: "missing", reason: "it is no image reference" };
  const timeout = AbortSignal.timeout(timeoutMs);
  const ends = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
  const login = loginFor(logins, reference);
  try {
    return await new Question(reference, login, ends, tokens).answer();
  } catch (error) {
    return unknown(
      ends.aborted || isAbort(error)
        ? `${reference.registry} did not answer in time`
        : `${reference.registry} cannot be reached${codeOf(error)}`,
    );
  }
}

/** Whether it was cut off: the token of one image may be waited for by others. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && ["AbortError", "TimeoutError"].includes(error.name);
}

/** Node's word for what went wrong, such as ENOTFOUND: never a server's own text. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = isRecord(cause) ? cause["code"] : undefined;
  return typeof code === "string" && /^[A-Z_]+$/.test(code) ? ` (${code})` : "";
}

/** What a token service says: a token, or what its refusal means for the image. */
type Token =
  /** `withheld`: there is a login, and the service was not shown it. */
  { readonly token: string; readonly withheld: boolean } | { readonly answer: Answer };

const loginRefused: Answer = { kind: "denied", reason: "the pull secret's login is refused" };

const loginWithheld: Answer = {
  kind: "unknown",
  reason: "its tokens come from another host, which gets no login from here",
};

/** One image, and the way to its manifest. */
class Question {
  /** Where the login belongs to; it is never sent elsewhere. */
  private readonly home: URL;

  constructor(
    private readonly reference: ImageReference,
    private readonly login: Login | undefined,
    private readonly signal: AbortSignal,
    private readonly tokens: Map<string, Promise<Token>>,
  ) {
    this.home = new URL(`${schemeOf(reference.registry)}://${apiHost(reference.registry)}`);
  }

  async answer(): Promise<Answer> {
    const { repository, digest, tag = "latest" } = this.reference;
    let url = new URL(`/v2/${repository}/manifests/${digest ?? tag}`, this.home);
    for (let hop = 0; hop <= mostRedirects; hop += 1) {
      const response = await this.head(url);
      if (isAnswer(response)) return response;
      const location = response.headers.get("location");
      if (response.status < 300 || response.status > 399 || location === null)
        return this.judge(response);
      const next = new URL(location, url);
      if (next.protocol !== "https:" && next.protocol !== url.protocol)
        return unknown("its registry leads to an address without TLS");
      url = next;
    }
    return unknown("its registry leads from one address to the next");
  }

  /** The manifest's head, asked for again with what the registry wants to see. */
  private async head(url: URL): Promise<Response | Answer> {
    const response = await this.send(url, {});
    if (response.status !== 401) return response;
    const challenge = challengeOf(response.headers.get("www-authenticate") ?? "");
    if (challenge.scheme === "basic") {
      const basic = this.basicFor(url);
      if (basic === undefined) return response;
      const second = await this.send(url, { authorization: basic });
      return second.status === 401 ? loginRefused : second;
    }
    if (challenge.scheme !== "bearer") return response;
    const got = await this.tokenOf(url, challenge.fields);
    if ("answer" in got) return got.answer;
    const second = await this.send(url, { authorization: `Bearer ${got.token}` });
    // A token service may give everybody a token, and into it only what the asker may.
    return got.withheld && [401, 403].includes(second.status) ? loginWithheld : second;
  }

  private async send(url: URL, headers: Readonly<Record<string, string>>): Promise<Response> {
    const { signal } = this;
    return fetch(url, {
      method: "HEAD",
      // Followed here: what goes along is for one host only.
      redirect: "manual",
      headers: { accept: manifests, ...headers },
      signal,
    });
  }

  /** The login, where it belongs. */
  private basicFor(url: URL): string | undefined {
    if (this.login === undefined || url.origin !== this.home.origin) return undefined;
    return `Basic ${Buffer.from(this.login.nameAndPassword).toString("base64")}`;
  }

  /** A token for a registry, from the service that it names. */
  private async tokenOf(asked: URL, fields: Readonly<Record<string, string>>): Promise<Token> {
    const realm = URL.canParse(fields["realm"] ?? "") ? new URL(fields["realm"] ?? "") : undefined;
    if (realm === undefined || (realm.protocol !== "https:" && realm.protocol !== asked.protocol))
      return { answer: unknown("its registry names no place to get a token from") };
    if (fields["service"] !== undefined) realm.searchParams.set("service", fields["service"]);
    realm.searchParams.set("scope", `repository:${this.reference.repository}:pull`);
    // The registry has named it; after a redirect it was somebody else.
    const own = asked.origin === this.home.origin && belongTogether(realm, this.home);
    const basic = own ? this.basicFor(this.home) : undefined;
    const key = `${String(realm)} ${basic ?? (this.login === undefined ? "" : "withheld")}`;
    const known = this.tokens.get(key) ?? this.fetchToken(realm, basic);
    this.tokens.set(key, known);
    return known;
  }

  private async fetchToken(realm: URL, basic: string | undefined): Promise<Token> {
    const response = await fetch(realm, {
      redirect: "manual",
      headers: basic === undefined ? {} : { authorization: basic },
      signal: this.signal,
    });
    if (!response.ok) {
      await response.body?.cancel();
      const refused = [401, 403].includes(response.status);
      if (refused && basic !== undefined) return { answer: loginRefused };
      // Somebody else's service was not shown it: whether it would do, nobody knows.
      if (refused && this.login !== undefined) return { answer: loginWithheld };
      return { answer: this.judge(response) };
    }
    const body: unknown = await response.json();
    const token = isRecord(body) ? (body["token"] ?? body["access_token"]) : undefined;
    return typeof token === "string" && /^[\x21-\x7e]+$/.test(token)
      ? { token, withheld: this.login !== undefined && basic === undefined }
      : { answer: unknown("its registry gives no token") };
  }

  private judge({ status, headers }: Response): Answer {
    if (status === 200) {
      const { digest } = this.reference;
      const other = headers.get("docker-content-digest");
      return digest === undefined || other === null || other === digest
        ? { kind: "there" }
        : { kind: "missing", reason: "its registry answers with another digest" };
    }
    const reason = reasons[status];
    if (reason !== undefined) return { kind: status === 404 ? "missing" : "denied", reason };
    if (status === 429) return unknown("its registry has been asked too often (429)");
    return unknown(`its registry answers ${String(status)}`);
  }
}

function isAnswer(found: Response | Answer): found is Answer {
  return "kind" in found;
}

function unknown(reason: string): Answer {
  return { kind: "unknown", reason };
}

/** Docker Hub's registry has another name than its images. */
function apiHost(registry: string): string {
  return registry === dockerHub ? "registry-1.docker.io" : registry;
}

/** Without TLS on this machine only, as the runtimes do it. */
function schemeOf(registry: string): "http" | "https" {
  return /^(localhost|127(\.\d+){3})(:\d+)?$/.test(registry) ? "http" : "https";
}

/** Whether a token service may be told the registry's login: it is the same host, or of the same domain. */
function belongTogether(service: URL, registry: URL): boolean {
  if (service.host === registry.host) return true;
  const domain = ({ hostname }: URL): string | undefined =>
    /[a-z]$/.test(hostname) ? hostname.split(".").slice(-2).join(".") : undefined;
  const own = domain(registry);
  return service.protocol === "https:" && own?.includes(".") === true && own === domain(service);
}

/** The scheme of a `WWW-Authenticate` header, and its fields. */
function challengeOf(header: string): {
  readonly scheme: string;
  readonly fields: Readonly<Record<string, string>>;
} {
  const [, scheme = "", rest = ""] = /^\s*(\w+)\s*(.*)$/.exec(header) ?? [];
  const fields = [...rest.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [
    key.toLowerCase(),
    value,
  ]);
  return {
    scheme: scheme.toLowerCase(),
    fields: Object.fromEntries(fields) as Readonly<Record<string, string>>,
  };
}
