/** Finds secrets that stand in clear in a structure, such as Helm values. */
import { isRecord } from "../kubernetes/objects";
import { hidden, mask } from "./mask";
import { isSecretKey } from "./names";

/** Where a secret stands: the keys and positions that lead to it. */
export type Path = readonly string[];

/** `${env:NAME}`, `${NAME}`, `$__file{…}`: a value that names where the secret is. */
const reference = /(["']?)(?:\$\{[^}]*\}|\$__\w+\{[^}]*\})\1/g;

const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;

/** Whether a text holds a secret: by a name before it, in a URL, or after `Bearer`. */
function holdsSecret(text: string): boolean {
  const withoutReferences = text
    .replaceAll(/:\/\/(?:\$\{[^}]*\}:?)+@/g, `://${hidden}@`)
    .replaceAll(reference, hidden);
  return privateKey.test(text) || mask(withoutReferences) !== withoutReferences;
}

function isReference(text: string): boolean {
  const scheme = /^(bearer|basic|token)\s+/i;
  return text.replace(scheme, "").replaceAll(reference, "").trim() === "";
}

/** Names under which headers carry credentials. */
const credentialHeader = /^(authorization|proxy-authorization|x-api-key|api-key|x-.*-token)$/i;

/**
 * Every secret in a structure: text under a key that names one, `value` beside a `name` that does, a
 * credential in a URL, a private key. References to variables and files are none.
 */
export function secretsInClear(value: unknown, path: Path = []): Path[] {
  if (Array.isArray(value))
    return value.flatMap((item, index) => secretsInClear(item, [...path, String(index)]));
  if (isRecord(value)) {
    const { name } = value;
    return Object.entries(value).flatMap(([key, item]) => {
      const named = key === "value" && typeof name === "string" ? name : key;
      const below = [...path, key];
      const isSecret =
        typeof item === "string" &&
        !isReference(item) &&
        (isSecretKey(named) || credentialHeader.test(named) || holdsSecret(item));
      return isSecret ? [below] : secretsInClear(item, below);
    });
  }
  return typeof value === "string" && holdsSecret(value) ? [path] : [];
}
