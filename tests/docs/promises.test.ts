/** What docs/reliability.md and docs/security.md promise: each names the test that fails when it is not so. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { lexer, type Token, type Tokens, walkTokens } from "marked";
import { root } from "../../scripts/docs-tables";

/** Headings below which a page says what it does not promise. */
const noPromises = new Set(["What is not covered", "What is not protected"]);

/** Beginnings of paragraphs that promise nothing: they lead elsewhere, advise or warn. */
const notes: Readonly<Record<string, readonly string[]>> = {
  "docs/reliability.md": ["What deletes a volume or a bucket", "Deltas are not added up here"],
  "docs/security.md": [
    "How to change them, and what restarts",
    "With a proxy or an Ingress of your own",
    "Health checks and `kubectl port-forward` come from",
    "Policies add up. For another way",
    "The demo's image is the tutorial's",
    "With `chartSet: umbrella` some parts are known to be old",
  ],
};

/** Tables, which `npm run reliability` writes and the test of the paragraph before each holds. */
const measured =
  /^<!-- (?:faults:\w+|killed-ingester) -->[^]*?<!-- \/(?:faults:\w+|killed-ingester) -->$/gm;

/** One paragraph, list item or row of a table. */
interface Said {
  readonly text: string;
  /** Tests, relative to the root, and what is quoted of them. */
  readonly tests: readonly { readonly file: string; readonly quoted: string | undefined }[];
}

/** The tests that a text links to, or names in backquotes. */
function testsIn(tokens: readonly Token[], folder: string): Said["tests"] {
  const tests: Said["tests"][number][] = [];
  void walkTokens([...tokens], (token) => {
    if (token.type === "link") {
      const { href, title } = token as Tokens.Link;
      const file = path.join(folder, href);
      if (/^tests\/.*\.test\.ts$/.test(file)) tests.push({ file, quoted: title ?? undefined });
    }
    if (token.type === "codespan") {
      const { text } = token as Tokens.Codespan;
      if (/^tests\/\S+\.test\.ts$/.test(text)) tests.push({ file: text, quoted: undefined });
    }
  });
  return tests;
}

/** What a page says below its headings of the second level, but for what introduces something. */
function saidIn(text: string, folder: string): Said[] {
  const said: Said[] = [];
  let section: string | undefined;
  /** Tests of the sentence that introduces a list or a table: they are those of all of it. */
  let ofAll: Said["tests"] = [];
  const say = (raw: string, tokens: readonly Token[]): void => {
    const tests = testsIn(tokens, folder);
    if (raw.trim().endsWith(":")) ofAll = tests;
    else said.push({ text: raw.trim(), tests: tests.length > 0 ? tests : ofAll });
  };
  for (const token of lexer(text.replace(measured, ""))) {
    if (token.type === "heading" && (token as Tokens.Heading).depth === 2)
      section = (token as Tokens.Heading).text;
    if (section === undefined || noPromises.has(section) || token.type === "space") continue;
    if (token.type === "paragraph") {
      ofAll = [];
      say(token.raw, (token as Tokens.Paragraph).tokens);
    }
    if (token.type === "list")
      for (const item of (token as Tokens.List).items) say(item.text, item.tokens);
    if (token.type === "table")
      for (const cells of (token as Tokens.Table).rows)
        say(
          cells.map((cell) => cell.text).join(" | "),
          cells.flatMap((cell) => cell.tokens),
        );
    if (token.type !== "paragraph") ofAll = [];
  }
  return said;
}

for (const [page, allowed] of Object.entries(notes)) {
  describe(`the promises of ${page}`, () => {
    const said = saidIn(fs.readFileSync(path.join(root, page), "utf8"), path.dirname(page));

    it("are found", () => {
      assert.ok(said.length > 10, `only ${String(said.length)} are`);
    });

    it("each name a test", () => {
      const without = said
        .filter(({ text, tests }) => {
          const isNote = allowed.some((beginning) => text.startsWith(beginning));
          return tests.length === 0 && !isNote;
        })
        .map(({ text }) => text.slice(0, 100));
      assert.deepEqual(
        without,
        [],
        "end it with ([test](../tests/…)), weaken it, or say it below a heading of what is not covered",
      );
    });

    it("name tests that there are, by words that are in them", () => {
      const wrong = said.flatMap(({ tests }) =>
        tests.flatMap(({ file, quoted }) => {
          if (!fs.existsSync(path.join(root, file))) return [`there is no ${file}`];
          const text = fs.readFileSync(path.join(root, file), "utf8");
          if (!/\bit\(/.test(text)) return [`${file} tests nothing`];
          return quoted === undefined || text.includes(quoted)
            ? []
            : [`${file} has no "${quoted}"`];
        }),
      );
      assert.deepEqual(wrong, []);
    });

    it("leave out only notes that the page has", () => {
      const gone = allowed.filter(
        (beginning) => !said.some(({ text }) => text.startsWith(beginning)),
      );
      assert.deepEqual(gone, []);
    });
  });
}

describe("reading the promises of a page", () => {
  const read = (text: string): Said[] => saidIn(`## Pods\n\n${text}\n`, "docs");

  it("takes the tests of an introduction for what it introduces, and for nothing after it", () => {
    const tests = read(
      "So it is ([test](../tests/a.test.ts)):\n\n- One.\n- Two.\n\nAnd this.\n\n- Three.",
    );
    assert.deepEqual(
      tests.map((said) => said.tests.length),
      [1, 1, 0, 0],
    );
  });

  it("takes paragraphs, items and rows, and no introduction", () => {
    const texts = read("Nobody looks.\n\nSo it is:\n\n- One.\n\n| A |\n| --- |\n| two |").map(
      ({ text }) => text,
    );
    assert.deepEqual(texts, ["Nobody looks.", "One.", "two"]);
  });

  it("sees a test in a link, with its title, and in backquotes", () => {
    const [said] = read('So `tests/a.test.ts` says ([test](../tests/b/c.test.ts "of c")).');
    assert.deepEqual(said?.tests, [
      { file: "tests/a.test.ts", quoted: undefined },
      { file: "tests/b/c.test.ts", quoted: "of c" },
    ]);
  });

  it("takes no other file for a test", () => {
    const [said] = read("So says [a file](../tests/run.ts), and `tests/run.ts`.");
    assert.deepEqual(said?.tests, []);
  });
});
