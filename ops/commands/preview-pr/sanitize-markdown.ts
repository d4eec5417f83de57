/** Makes Markdown of an untrusted workflow harmless. */
import { longest, marker } from "./markdown";

/** A character that nobody sees, and that keeps what it stands in from being Markdown. */
const gap = "\u200b";

const allowedTags = /^<(\/?(details|summary|code))>/;

/**
 * A text from a fork as it may stand in a comment: it calls nobody, loads nothing, links nowhere, and
 * holds no HTML but what folds sections.
 */
export function sanitizeMarkdown(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex -- controls and what turns the direction of text around
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "")
      .replace(/<[^]?/g, (found, offset: number, whole: string) =>
        allowedTags.test(whole.slice(offset, offset + 12)) ? found : `<${gap}${found.slice(1)}`,
      )
      .replace(/@(?=\w)/g, `@${gap}`)
      .replace(/\]\(/g, `]${gap}(`)
      .replace(/\]:/g, `]${gap}:`)
      .replace(/:\/\//g, `:${gap}//`)
      .replace(/\bwww\./gi, `www${gap}.`)
      .replace(/#(?=\d)/g, `#${gap}`)
  );
}

/** The comment, with the mark by which it is found again. */
export function commentOf(text: string, fromFork: boolean): string {
  if (!fromFork) return text.startsWith(marker) ? text : `${marker}\n\n${text}`;
  const frame =
    "> **From a fork.** The code of this pull request wrote what follows, in a job without secrets and without rights. " +
    "It may say whatever its author wants.";
  const body = sanitizeMarkdown(text.replaceAll(marker, "")).trim();
  const shown = body.length > longest ? `${body.slice(0, longest)}\n\n**Cut here.**` : body;
  return `${marker}\n\n${frame}\n\n${shown}`;
}
