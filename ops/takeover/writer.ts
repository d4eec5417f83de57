import * as http from "node:http";
import * as https from "node:https";
import { ApiError, type Cluster } from "../../lib/kubernetes/cluster";

/** How long one answer may take, in milliseconds. */
const answerLimit = 15_000;

/** Ways to change an object. */
const types = {
  merge: "application/merge-patch+json",
  /** Server-side apply, as the provider does it. */
  apply: "application/apply-patch+yaml",
} as const;

/** How an object is changed. */
export interface PatchOptions {
  readonly type: keyof typeof types;
  /** Under whose name the server notes who owns the fields. */
  readonly manager: string;
  /** Only to see what the server would make of it. */
  readonly dryRun?: boolean;
  /** Whether fields may be taken from other owners; for `apply` only. */
  readonly force?: boolean;
}

/**
 * Changes an object and returns it; a `resourceVersion` in the patch makes the server refuse when
 * somebody else has changed the object since.
 *
 * @throws ApiError when the server refuses
 */
export async function patchObject<T>(
  cluster: Cluster,
  path: string,
  patch: object,
  { type, manager, dryRun = false, force = false }: PatchOptions,
): Promise<T> {
  const url = new URL(`${cluster.server.replace(/\/+$/, "")}${path}`);
  url.searchParams.set("fieldManager", manager);
  if (dryRun) url.searchParams.set("dryRun", "All");
  if (force) url.searchParams.set("force", "true");
  const body = JSON.stringify(patch);
  // The connection is the one that the cluster is read with, which has no method that writes.
  const [base, signal] = [cluster["options"], cluster["signal"]];
  const headers = {
    ...(base.headers as http.OutgoingHttpHeaders | undefined),
    accept: "application/json",
    "content-type": types[type],
    "content-length": Buffer.byteLength(body),
  };
  const { code, text } = await send(url, { ...base, headers, method: "PATCH", signal }, body);
  if (code < 200 || code >= 300) throw new ApiError(code, path, messageIn(text));
  return JSON.parse(text) as T;
}

function send(
  url: URL,
  options: https.RequestOptions,
  body: string,
): Promise<{ code: number; text: string }> {
  const open = url.protocol === "http:" ? http.request : https.request;
  return new Promise((resolve, reject) => {
    const request = open(url, options, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        resolve({ code: response.statusCode ?? 0, text: Buffer.concat(parts).toString() });
      });
    });
    request.setTimeout(answerLimit, () => request.destroy(new Error("no answer within 15 s")));
    request.on("error", reject);
    request.end(body);
  });
}

function messageIn(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text.split("\n")[0] ?? "";
  }
}
