/** By which names secrets are known: one list for what is hidden, and for what is refused in clear. */

/** What a name that surely holds a secret ends with. */
const kinds = [
  "password",
  "passwd",
  "passphrase",
  "(?:secret|access|account|api|private)[-_]?key",
  "(?:auth|bearer|access)[-_]?token",
  "client[-_]?secret",
];

/** Broader words: enough to hide a value, not to refuse it. */
const words = ["secret", "token"];

/** Part of a pattern for such names, at their end, in a text. */
export const secretNames = [...kinds, ...words].join("|");

const hides = new RegExp(
  [...kinds, ...words, "pass", "credential", "authorization"].join("|"),
  "i",
);
const refuses = new RegExp(
  `(?:${kinds.join("|")}|access[-_]?key[-_]?id|(?:^|[._-])(?:pass|pwd))$`,
  "i",
);

/** Names that hold one of the words, but name where a secret is instead of being one. */
const reference =
  /(secretName|existingSecret\w*|KeyRef|secretRef|passwordKey|userKey|tokenReview|serviceAccountToken)$/;

/** Whether the value of a field or variable of this name is to be hidden. */
export function isSecretName(name: string): boolean {
  return hides.test(name) && !reference.test(name);
}

/** Whether a field or variable of this name carries a secret for sure: in clear, it is refused. */
export function isSecretKey(name: string): boolean {
  return refuses.test(name) && !reference.test(name);
}
