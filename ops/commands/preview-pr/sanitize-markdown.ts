/** Makes Markdown of an untrusted workflow harmless. */
import { withoutControls } from "../../../lib/terminal/printable";
import { disarm, gap, longest, marker } from "./markdown";

/** What folds sections in a preview of ours; no attribute is let through. */
const allowedTag = /^<\/?(?:details|summary|code)>/;

/** Languages of code blocks that are shown as text. GitHub draws others (mermaid, math), links included. */
const plainLanguages = ["", "diff", "json", "text", "yaml"];

/**
 * A text from a fork as it may stand in a comment: it calls nobody, loads nothing, links nowhere, and
 * holds no HTML but what folds sections. Each sign that begins such a thing is cut off from what
 * follows it, wherever it stands: what a renderer makes of the text around it does not matter then.
 */
export function sanitizeMarkdown(text: string): string {
  return disarm(
    withoutControls(text)
      // Also inside lists and quotes; what stands first on a line decides.
      .replace(/(`{3,}|~{3,})([^\n]*)/g, (_, fence: string, language: string) =>
        plainLanguages.includes(language.trim()) ? fence + language : `${fence}text ${language}`,
      ),
  ).replace(/</g, (sign, offset: number, whole: string) =>
    allowedTag.test(whole.slice(offset, offset + 12)) ? sign : `${sign}${gap}`,
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
