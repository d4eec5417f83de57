/** Hides secrets in text. */
import { secretNames } from "./names";

export { isSecretName } from "./names";

export const hidden = "[secret]";

/** Shorter texts are in everything by chance. */
export const shortestSecret = 6;

/**
 * The forms in which a secret is found again: as it is, line by line, in JSON, YAML, HTML, in a URL as
 * browsers and as Go write it, in hex, and in base64 (also base64url) at any offset.
 */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((offset) => {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    // Without the characters that also hold bits of what stands before and after.
    return shifted
      .slice(offset === 0 ? 0 : offset + 1)
      .replace(/=+$/, "")
      .slice(0, -1);
  });
  const json = JSON.stringify(secret).slice(1, -1);
  // As programs in Go write it.
  const goJson = json.replace(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
  // From the bytes: half of a surrogate pair cannot be in a URL.
  const url = encodeURIComponent(bytes.toString());
  const goQuery = url
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
  const html = secret.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const hex = bytes.toString("hex");
  const lines = secret.split("\n").map((line) => line.trim());
  return [
    secret,
    json,
    goJson,
    url,
    goQuery,
    goQuery.replace(/%../g, (code) => code.toLowerCase()),
    // Single quotes of YAML.
    secret.replaceAll("'", "''"),
    html,
    // As Go's templates and as most others write quotes.
    html.replaceAll('"', "&#34;").replaceAll("'", "&#39;"),
    html.replaceAll('"', "&quot;").replaceAll("'", "&#39;"),
    hex,
    hex.toUpperCase(),
    ...base64,
    ...base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_")),
    ...lines,
  ].filter((form, index, all) => form.length >= shortestSecret && all.indexOf(form) === index);
}

/**
 * Hides secrets in text from the cluster: known values wherever they stand, credentials inside URLs,
 * and what follows words such as `password=`.
 *
 * @param known values of the cluster's Secrets; short ones are left alone, since they are also words
 */
export function mask(text: string, known: readonly string[] = []): string {
  const values = known.filter((value) => value.trim().length >= shortestSecret);
  // The longest first: one may be the beginning of another.
  const plain = [...values]
    .sort((one, other) => other.length - one.length)
    .reduce((masked, value) => masked.replaceAll(value, hidden), text);
  return plain
    .replace(/(:\/\/)[^/\s@]+@/g, `$1${hidden}@`)
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${hidden}`)
    .replace(assignments, `$1${hidden}`)
    .replace(credentials, `$1${hidden}`);
}

const assignments = new RegExp(
  String.raw`([\w-]*(?:${secretNames})["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;}&]+)`,
  "gi",
);

/**
 * What follows `credentials`, a word of ordinary text too: after a bare colon, plain words are left,
 * as in "no valid credentials: access denied".
 */
const credentials =
  /([\w-]*credentials?(?:["']?\s*=|["']\s*:|:(?!\s*[a-z]+[:.]?(?:[\s,;]|$)))\s*)("[^"]*"|'[^']*'|[^\s,;}&]+)/gi;
