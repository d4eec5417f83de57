/** Asks a program by HTTP. */
import { firstLine, type Hop, HopError } from "../processes/hop";

export interface HttpHop extends Hop {
  /** `http://127.0.0.1:port`, and the path that all its paths begin with. */
  readonly url: string;
  /** Sent with every request, such as the tenant. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A program's HTTP interface, which says of the program what becomes of it later as well. */
export function httpHop(
  program: Hop,
  url: string,
  headers: Readonly<Record<string, string>> = {},
): HttpHop {
  return {
    name: program.name,
    log: program.log,
    get ended() {
      return program.ended;
    },
    url,
    headers,
  };
}

export interface Question {
  readonly method?: "DELETE" | "GET" | "POST" | "PUT";
  /** Query parameters; undefined ones are left out. */
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: string;
  readonly contentType?: string;
  readonly accept?: string;
}

/** How long a program may take to answer, in milliseconds. */
const TIMEOUT_MS = 20_000;

/**
 * The text that a program answers with.
 *
 * @throws HopError when it cannot be reached, takes longer than 20 s, or answers with an error
 */
export async function askText(
  hop: HttpHop,
  path: string,
  question: Question = {},
): Promise<string> {
  const { method = "GET", query = {}, body, contentType, accept } = question;
  const url = new URL(hop.url + path);
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(key, String(value));
  }
  const asked = `${method} ${path}`;
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method,
      headers: {
        ...hop.headers,
        ...(contentType !== undefined && { "content-type": contentType }),
        ...(accept !== undefined && { accept }),
      },
      ...(body !== undefined && { body }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    text = await response.text();
  } catch (error) {
    const message = `${hop.name} did not answer ${asked}: ${firstLine(error)}.`;
    throw new HopError(hop, message, { cause: error });
  }
  if (!response.ok) {
    const status = String(response.status);
    throw new HopError(
      hop,
      `${hop.name} answered ${status} to ${asked}: ${text.trim().slice(0, 500)}.`,
    );
  }
  return text;
}

/**
 * The JSON that a program answers with.
 *
 * @throws HopError as {@link askText} does, or when the answer is not JSON
 */
export async function askJson<T>(hop: HttpHop, path: string, question: Question = {}): Promise<T> {
  const text = await askText(hop, path, question);
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    const message = `${hop.name} answered ${path} with what is no JSON: ${text.slice(0, 200)}.`;
    throw new HopError(hop, message, { cause: error });
  }
}

/** A span of time, in milliseconds since 1970. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The last so many minutes, and one ahead: what was stamped a moment ago on another clock counts. */
export function lastMinutes(minutes: number): Range {
  const now = Date.now();
  return { from: now - minutes * 60_000, to: now + 60_000 };
}
