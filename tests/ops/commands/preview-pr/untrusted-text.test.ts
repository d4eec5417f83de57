/** Tests: no text of a pull request makes a tag, a mention, a link or an image. */
import * as assert from "node:assert/strict";
import { marked } from "marked";
import {
  block,
  cell,
  code,
  folded,
  plain,
  table,
} from "../../../../ops/commands/preview-pr/markdown";
import { sanitizeMarkdown } from "../../../../ops/commands/preview-pr/sanitize-markdown";

/** What attacks are made of; drawn at random, they also meet in ways that nobody thought of. */
const parts = [
  ...Array.from("<>&@[]()!#:/\\`~|*_-=+.\"'$ \n\t\r"),
  ...["<<", "</", "<!--", "-->", "<a href=x>", "<img src=x>", "<svg/onload=x>", "<details open>"],
  ...["<details>", "</details>", "<summary>", "<code>", "</code>", "<br>", "<?", "<![CDATA["],
  ...["@admin", "&commat;admin", "&#64;admin", "&#x40;admin", "\\@admin", "@\u200badmin"],
  ...["[x](//e.example)", "![x](//e.example)", "[x][y]", "\n[y]: //e.example\n", "[y]:", "[^1]"],
  ...["https://e.example", "http:", "//e.example", "www.e.example", "_www.e.example", "WWW."],
  ...["mailto:a@e.example", "a@e.example", "<https://e.example>", "&lt;a&gt;", "javascript:x"],
  ...[
    "#1",
    "GH-1",
    "o/r#1",
    "```mermaid\n",
    "\n~~~math\n",
    "$`x`$",
    "$$",
    "\n> ",
    "\n- ",
    "\n    ",
  ],
  ...["| a | b |\n|---|---|\n", "a", "Z", "0", "é", "\u0000", "\u001b[31m", "\u202e", "\u2028"],
];

/** The same numbers in every run: what fails once fails again. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function texts(howMany: number): string[] {
  const next = numbers(20_261_128);
  return Array.from({ length: howMany }, () =>
    Array.from(
      { length: 1 + Math.floor(next() * 12) },
      () => parts[Math.floor(next() * parts.length)],
    ).join(""),
  );
}

/** The tags that Markdown's own signs make, and those that fold sections. */
const harmless =
  /^<\/?(?:p|em|strong|del|code|pre|blockquote|ul|ol|li|h[1-6]|hr|br|table|thead|tbody|tr|th|td|details|summary|input)(?: (?:class="language-\w*"|align="\w+"|start="\d+"|(?:checked|disabled)=""|type="checkbox"))*\s*\/?>$/;

/** What a reader of the rendered text would be harmed by; empty when there is nothing. */
function harm(markdown: string): string[] {
  const html = marked.parse(markdown, { async: false, gfm: true });
  const tags = [...html.matchAll(/<[a-z/!?][^>]*>?/gi)]
    .map(([tag]) => tag)
    .filter((t) => !harmless.test(t));
  // GitHub looks for these in what is neither code nor a link.
  const text = html
    .replace(/<(pre|code)\b[^>]*>[^]*?<\/\1>/g, " ")
    .replace(/<[^>]*>/g, " ")
    .replace(/[\n\t]/g, " ")
    .replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => (name === "amp" ? "&" : " "));
  const live = [
    ...text.matchAll(/@\w|&#?\w+;|:\/\/|www\.|mailto:|#\d|gh-\d|(?!\u200b)[\p{Cf}\p{Cc}]/giu),
  ].map(([found]) => found);
  return [...tags, ...live, ...(/language-(?:mermaid|math)/.test(html) ? ["a drawing"] : [])];
}

describe("text of a pull request", function () {
  this.timeout(60_000);
  this.slow(20_000);
  const inputs = texts(10_000);
  const ways: Readonly<Record<string, (text: string) => string>> = {
    "a fork's comment": sanitizeMarkdown,
    "plain text": (text) => `before ${plain(text)} after`,
    "code in a line": (text) => `before ${code(text)} after`,
    "a cell of a table": (text) => table(["a", "b"], [[cell(text), "b"]]),
    "a block": (text) => block(text.split("\n"), 400, "diff"),
    "the title of a section": (text) => folded(text, "body"),
  };
  // Of a fork's comment all is the stranger's; the others are short ways, built of the same few signs.
  for (const [what, made] of Object.entries(ways))
    it(`makes no tag, mention, link or image as ${what}`, () => {
      for (const input of made === sanitizeMarkdown ? inputs : inputs.slice(0, 2000)) {
        const markdown = made(input);
        assert.deepEqual(harm(markdown), [], JSON.stringify({ input, markdown }));
      }
    });

  it("would, as it is: the renderer and the search for harm see it", () => {
    const live = inputs.slice(0, 2000).filter((input) => harm(input).length > 0);
    assert.ok(live.length > 1200, String(live.length));
  });

  it("of an honest preview looks as before", () => {
    const honest = [
      "# Preview",
      "| Stack | Pods |\n| --- | --- |\n| `dev` | 19 |",
      "<details><summary><code>Service a/b</code></summary>\n\n```diff\n+ a: 1\n```\n\n</details>",
    ].join("\n\n");
    assert.equal(sanitizeMarkdown(honest), honest);
  });
});
