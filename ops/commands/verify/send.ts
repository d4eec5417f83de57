/** Sends by OTLP/HTTP. */
import type { HttpAnswer } from "../../../lib/kubernetes/send";
import type { Sent } from "./findings";
import { poll } from "./poll";
import type { Signal } from "./signals";
import { QueryError } from "./stores";
import type { HttpEndpoint } from "./transport/http-endpoint";

/** Answers by which OTLP says "come again". */
const passing = [429, 502, 503, 504];

interface Reply {
  readonly message?: string;
  /** What was not taken, although the answer is a success. */
  readonly partialSuccess?: Readonly<Record<string, unknown>> & { readonly errorMessage?: string };
}

/**
 * Sends one message by OTLP/HTTP as JSON; again while the collector asks for that, as an SDK does.
 *
 * @param limitMs how long to send it again
 */
export async function send(
  endpoint: HttpEndpoint,
  signal: Signal,
  message: object,
  limitMs: number,
  stop: AbortSignal,
): Promise<Sent> {
  let final: Sent | undefined;
  const { error } = await poll(
    async () => {
      const answer = await endpoint.ask({ method: "POST", path: `/v1/${signal}`, body: message });
      const told = judge(answer);
      if (told.state === "error" && passing.includes(told.status))
        throw new QueryError(told.status, told.error);
      final = told;
      return told;
    },
    limitMs,
    stop,
  );
  if (final !== undefined) return final;
  if (error instanceof QueryError)
    return { state: "error", status: error.status, error: error.message };
  const obstacle = error?.obstacle ?? "silent";
  return { state: "unreachable", obstacle, error: error?.message ?? "no answer" };
}

function judge({ status, body }: HttpAnswer): Sent {
  const { message, partialSuccess } = reply(body);
  if (status < 200 || status >= 300) {
    const words = message ?? body.trim().split("\n", 1)[0] ?? "";
    return { state: "error", status, error: `${String(status)} ${words}`.trim() };
  }
  const rejected = Object.entries(partialSuccess ?? {}).some(
    ([key, value]) => key.startsWith("rejected") && Number(value) > 0,
  );
  if (!rejected) return { state: "taken" };
  const why = partialSuccess?.errorMessage ?? "no reason given";
  return { state: "error", status, error: `taken in part only: ${why}` };
}

function reply(body: string): Reply {
  try {
    return JSON.parse(body) as Reply;
  } catch {
    return {};
  }
}
