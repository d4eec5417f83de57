/** The pages in both languages. */
import * as fs from "node:fs";
import * as path from "node:path";
import { lexer, type Token, type Tokens, walkTokens } from "marked";
import { isKorean } from "../../../scripts/docs-korean";
import { root } from "../../../scripts/docs-tables";

/** One page, as far as its other language must agree with it. */
export interface Page {
  /** Relative to the root. */
  readonly file: string;
  readonly headings: readonly { readonly depth: number; readonly anchor: string }[];
  /** Blocks of the page in order: headings, paragraphs, lists by items, tables by rows and columns. */
  readonly blocks: readonly string[];
  readonly fences: readonly { readonly language: string; readonly text: string }[];
  /** Targets of links, that to the other language first. */
  readonly links: readonly string[];
  readonly images: readonly string[];
  /** Texts in backquotes. */
  readonly code: readonly string[];
  /** Paragraphs, headings, list items and table cells, without code and without targets. */
  readonly prose: readonly string[];
}

/** An English page and the Korean one, relative to the root. */
export interface Pair {
  readonly english: string;
  readonly korean: string;
}

function markdownIn(folder: string): string[] {
  return fs
    .readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => path.join(folder, name));
}

/** The same page in the other language, whether or not it is there. */
export function counterpart(file: string): string {
  if (!file.startsWith("docs/")) return isKorean(file) ? "README.md" : "README.ko.md";
  return isKorean(file) ? file.replace("docs/ko/", "docs/") : file.replace("docs/", "docs/ko/");
}

/** The name under which both languages of a page go: the English file. */
export function common(file: string): string {
  return isKorean(file) ? counterpart(file) : file;
}

/** Pages of the two folders, whether or not their counterpart is there, and the README. */
export function pairs(): readonly Pair[] {
  const found = ["README.md", ...markdownIn("docs"), ...markdownIn("docs/ko")].map(common);
  return [...new Set(found)].sort().map((english) => ({ english, korean: counterpart(english) }));
}

export function exists(file: string): boolean {
  return fs.existsSync(path.join(root, file));
}

/** GitHub's anchors, with its numbers behind those that come again. */
function anchors(titles: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return titles.map((title) => {
    const anchor = title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-");
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${String(before)}`;
  });
}

function tokensOf(token: Token): Token[] {
  return (token as Tokens.Generic).tokens ?? [];
}

/** Text that a reader sees, without code. */
function visible(tokens: readonly Token[]): string {
  return tokens
    .map((token) => {
      if (token.type === "codespan" || token.type === "html" || token.type === "code") return " ";
      const inner = tokensOf(token);
      if (inner.length > 0) return visible(inner);
      return token.type === "br" ? " " : "text" in token ? String(token.text) : "";
    })
    .join("");
}

function blockOf(token: Token): string[] {
  switch (token.type) {
    case "heading":
      return [`heading ${String((token as Tokens.Heading).depth)}`];
    case "list": {
      const { items, ordered } = token as Tokens.List;
      const inner = items.map((item) => item.tokens.flatMap(blockOf).join(" "));
      return [`${ordered ? "steps" : "list"} of ${String(items.length)} (${inner.join(", ")})`];
    }
    case "table": {
      const { header, rows } = token as Tokens.Table;
      return [`table of ${String(rows.length)} rows, ${String(header.length)} columns`];
    }
    case "code":
      return [`code ${(token as Tokens.Code).lang ?? ""}`];
    case "paragraph":
      return ["paragraph"];
    default:
      return [];
  }
}

/** Paragraphs, headings, list items and cells, as texts. */
function proseOf(token: Token): string[] {
  switch (token.type) {
    case "list":
      return (token as Tokens.List).items.flatMap((item) => item.tokens.flatMap(proseOf));
    case "table": {
      const { header, rows } = token as Tokens.Table;
      return [header, ...rows].flat().map((cell) => visible(cell.tokens));
    }
    case "heading":
    case "paragraph":
    case "text":
      return [visible([token])];
    default:
      return [];
  }
}

/** The line below the title, which English pages and Korean ones have of their own. */
function isLanguageLink(token: Token): boolean {
  const [link, ...others] = token.type === "paragraph" ? tokensOf(token) : [];
  return others.length === 0 && link?.type === "link" && /^(한국어|English)$/.test(visible([link]));
}

/** @param file relative to the root */
export function readPage(file: string): Page {
  const tokens = lexer(fs.readFileSync(path.join(root, file), "utf8"));
  const found = {
    headings: [] as Tokens.Heading[],
    fences: [] as { language: string; text: string }[],
    links: [] as string[],
    images: [] as string[],
    code: [] as string[],
  };
  void walkTokens(tokens, (token) => {
    if (token.type === "heading") found.headings.push(token as Tokens.Heading);
    if (token.type === "link") found.links.push((token as Tokens.Link).href);
    if (token.type === "image") found.images.push((token as Tokens.Image).href);
    if (token.type === "codespan") found.code.push((token as Tokens.Codespan).text);
    if (token.type === "code") {
      const { lang, text } = token as Tokens.Code;
      found.fences.push({ language: lang ?? "", text });
    }
  });
  const named = anchors(found.headings.map(({ tokens: inner, text }) => titleOf(inner, text)));
  return {
    ...found,
    file,
    headings: found.headings.map(({ depth }, index) => ({ depth, anchor: named[index] ?? "" })),
    blocks: tokens.filter((token) => !isLanguageLink(token)).flatMap(blockOf),
    prose: tokens.flatMap(proseOf),
  };
}

/** What a heading's anchor is made of: its text with code, without targets. */
function titleOf(tokens: readonly Token[], text: string): string {
  return tokens.length === 0
    ? text
    : tokens
        .map((token) => titleOf(tokensOf(token), "text" in token ? String(token.text) : ""))
        .join("");
}
