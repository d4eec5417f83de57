/** What stands where a secret was. */
export const hidden = "[secret]";

const secretName =
  /(pass(word|wd|phrase)?|secret|token|credential|api[-_]?key|access[-_]?key|account[-_]?key|private[-_]?key|authorization)/i;

/** Names that hold one of the words, but name where a secret is instead of being one. */
const harmless =
  /(secretName|existingSecret|KeyRef|secretRef|passwordKey|userKey|tokenReview|serviceAccountToken)$/;

/** Whether a field or variable of this name holds a secret, going by its name. */
export function isSecretName(name: string): boolean {
  return secretName.test(name) && !harmless.test(name);
}

/**
 * Hides secrets in text from the cluster: known values wherever they stand, credentials inside URLs,
 * and what follows words such as `password=`.
 *
 * @param known values of the cluster's Secrets; short ones are left alone, since they are also words
 */
export function mask(text: string, known: readonly string[] = []): string {
  const values = known.filter((value) => value.trim().length >= 6);
  // The longest first: one may be the beginning of another.
  const plain = [...values]
    .sort((one, other) => other.length - one.length)
    .reduce((masked, value) => masked.replaceAll(value, hidden), text);
  return plain
    .replace(/(:\/\/)[^/\s@]+@/g, `$1${hidden}@`)
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${hidden}`)
    .replace(
      /((?:[\w-]*(?:password|passwd|passphrase|secret|token|api[-_]?key|access[-_]?key|account[-_]?key|private[-_]?key))["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;}&]+)/gi,
      `$1${hidden}`,
    );
}
