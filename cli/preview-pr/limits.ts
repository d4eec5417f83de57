/** First line of the report, by which its comment is found again. */
export const marker = "<!-- lgtm preview:pr -->";

/** Longest text, in characters: GitHub takes 65,536 in a comment, and a frame may come around it. */
export const longest = 60_000;
