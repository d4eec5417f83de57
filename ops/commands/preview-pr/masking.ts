/** Hides secrets behind marks that can be compared. */
import { createHmac, randomBytes } from "node:crypto";
import { formsOf, shortestSecret } from "../../../lib/secrets/mask";
import { hidden } from "../../../policy/subject";

/**
 * Hides secrets. Each becomes a mark that is the same for the same secret during one run, so that a
 * change shows, and that says nothing about it afterwards: its key is drawn anew in every run.
 */
export class Masks {
  private readonly key = randomBytes(32);
  private readonly known = new Set<string>();
  private readonly suspected = new Set<string>();
  private readonly open: ReadonlySet<string>;

  /** @param open texts that are in clear anyway, such as other settings */
  constructor(open: Iterable<string> = []) {
    this.open = new Set(open);
  }

  /** The mark of a secret, such as `[secret 1f3a5c]`. */
  mark(secret: string): string {
    const digest = createHmac("sha256", this.key).update(secret).digest("hex").slice(0, 12);
    return `${hidden} ${digest}]`;
  }

  /** Remembers a secret, so that it is found in texts. */
  learn(secret: string): void {
    if (secret.length >= shortestSecret && !this.open.has(secret)) this.known.add(secret);
  }

  /** The mark of a text that looks like a secret although nobody calls it one. */
  suspect(text: string): string {
    // A short one may be an ordinary word, which would then be missing everywhere.
    if (text.length >= 12) this.suspected.add(text);
    return this.mark(text);
  }

  /** Every leaf of a secret value as a mark. */
  hide(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.hide(item));
    if (typeof value === "object" && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.hide(item)]));
    }
    const text = String(value);
    if (typeof value === "string") this.learn(value);
    return this.mark(text);
  }

  /** Whether a text holds a secret in any form. */
  readonly holds = (text: string): boolean =>
    [...this.known].some((secret) => formsOf(secret).some((form) => text.includes(form)));

  /** The text without any secret, whatever form it has: the last line of defence. */
  scrub(text: string): string {
    return [...this.known, ...this.suspected]
      .flatMap(formsOf)
      .sort((one, other) => other.length - one.length)
      .reduce((scrubbed, form) => scrubbed.replaceAll(form, `${hidden}]`), text);
  }
}

const markPattern = /\[secret ([0-9a-f]{12})\]/g;

function marksIn(text: string): Set<string> {
  return new Set([...text.matchAll(markPattern)].map(([mark]) => mark));
}

/** Both texts with readable marks: a secret in `after` that is not in `before` is called new. */
export function readableMarks(before: string, after: string): readonly [string, string] {
  const old = marksIn(before);
  const plain = `${hidden}]`;
  return [
    before.replaceAll(markPattern, plain),
    after.replaceAll(markPattern, (mark) =>
      old.has(mark) || before === "" ? plain : `${hidden}, new value]`,
    ),
  ];
}
