/** Tests: the documentation in two languages. */
import * as assert from "node:assert/strict";
import * as path from "node:path";
import { traceToMetrics } from "../../grafana/links";
import { isKorean } from "../../scripts/docs-korean";
import { alertRules } from "../support/grafana-content";
import { common, counterpart, exists, type Page, pairs, readPage } from "./support/pages";

/** Hangul of all letters of a page's prose; names of products, fields and units are Latin. */
const LEAST_HANGUL = 0.6;

/** Shell languages, whose comments may be translated. */
const shells = ["bash", "sh"];

/** Titles of alerts and of links, which are in both languages what Grafana shows. */
const shownByGrafana = new Set([
  ...alertRules.map(({ title }) => title),
  ...traceToMetrics.queries.map(({ name }) => name),
]);

const all = pairs();
const paired = new Set(all.map(({ english }) => english));
const complete = all.filter(({ english, korean }) => exists(english) && exists(korean));

const read = new Map<string, Page>();

function page(file: string): Page {
  const known = read.get(file) ?? readPage(file);
  read.set(file, known);
  return known;
}

/** The problems of every pair, each with the Korean page's name. */
function problems(of: (english: Page, korean: Page) => readonly string[]): string[] {
  return complete.flatMap(({ english, korean }) =>
    of(page(english), page(korean)).map((problem) => `${korean}: ${problem}`),
  );
}

/** The first difference between two lists; nothing when they are equal. */
function difference(english: readonly string[], korean: readonly string[]): string[] {
  const at = english.findIndex((item, index) => item !== korean[index]);
  const place = at === -1 && korean.length > english.length ? english.length : at;
  return place === -1
    ? []
    : [`no. ${String(place + 1)}: ${english[place] ?? "nothing"} / ${korean[place] ?? "nothing"}`];
}

/** The link to the same page in the other language. */
function otherLanguage({ file }: Page): string {
  return path.relative(path.dirname(file), counterpart(file));
}

/**
 * Where a link leads, the same for both languages: a web address as it is, a file relative to the
 * root under its English name, a heading by its number.
 */
function target(from: Page, link: string): string {
  if (/^\w+:/.test(link)) return link;
  const [name = "", fragment] = decodeURIComponent(link).split("#");
  const file = name === "" ? from.file : path.join(path.dirname(from.file), name);
  if (!exists(file)) return `${link} leads nowhere`;
  if (fragment === undefined) return common(file);
  const heading = page(file).headings.findIndex(({ anchor }) => anchor === fragment);
  return heading === -1
    ? `${link}: no such heading`
    : `${common(file)}, heading ${String(heading)}`;
}

function targets(from: Page): string[] {
  return from.links
    .filter((link) => link !== otherLanguage(from))
    .map((link) => target(from, link))
    .sort();
}

/** Pages that are there in this page's language and are linked to in the other. */
function inOtherLanguage(from: Page): string[] {
  return from.links
    .filter((link) => /\.md(#|$)/.test(link) && !/^\w+:/.test(link) && link !== otherLanguage(from))
    .map((link) => path.join(path.dirname(from.file), link.split("#")[0] ?? ""))
    .filter((file) => isKorean(file) !== isKorean(from.file) && paired.has(common(file)));
}

function withoutComments(text: string): string {
  return text.replace(/(^|\s)#.*$/gm, "$1#");
}

function fences({ fences: blocks }: Page): string[] {
  return blocks.map(
    ({ language, text }) =>
      `${language}\n${shells.includes(language) ? withoutComments(text) : text}`,
  );
}

/** Numbers in the prose, without those in words such as K8s. */
function numbers({ prose }: Page): string[] {
  return prose.flatMap(
    (text) => text.match(/(?<![\p{L}\d.,])\d(?:[\d.,]*\d)?(?![A-Za-z\d])/gu) ?? [],
  );
}

function missing(from: readonly string[], inside: readonly string[]): string[] {
  return [...new Set(from)].filter((item) => !inside.includes(item));
}

function share({ prose }: Page): number {
  const text = prose.join(" ");
  const hangul = text.match(/\p{Script=Hangul}/gu)?.length ?? 0;
  return hangul / (hangul + (text.match(/[a-z]/gi)?.length ?? 0));
}

function assertNone(found: readonly string[]): void {
  assert.ok(found.length === 0, found.join("\n"));
}

describe("the documentation in two languages", () => {
  it("has every page in both", () => {
    const alone = all.flatMap(({ english, korean }) =>
      [english, korean].filter((file) => !exists(file)).map((file) => `${file} is missing`),
    );
    assertNone(alone);
    assert.ok(complete.length > 10, "no pages were found");
  });

  it("begins each page with a link to the other language", () => {
    const without = complete
      .flatMap(({ english, korean }) => [page(english), page(korean)])
      .filter(
        (one) =>
          !one.links.slice(0, one.file.startsWith("docs") ? 1 : 2).includes(otherLanguage(one)),
      )
      .map(({ file }) => file);
    assertNone(without);
  });

  it("has the same headings, paragraphs, lists and tables, with as many items and rows", () => {
    assertNone(problems((english, korean) => difference(english.blocks, korean.blocks)));
  });

  it("has the same commands, queries and output; comments in shell blocks may differ", () => {
    assertNone(problems((english, korean) => difference(fences(english), fences(korean))));
  });

  it("has the same names and commands within the text", () => {
    assertNone(
      problems(({ code: english }, { code: korean }) => [
        ...missing(english, korean).map((code) => `\`${code}\` is not there`),
        ...missing(korean, english).map((code) => `\`${code}\` is not in English`),
      ]),
    );
  });

  it("has the same figures", () => {
    assertNone(
      problems((english, korean) =>
        missing(numbers(english), numbers(korean)).map((figure) => `${figure} is not there`),
      ),
    );
  });

  it("has the same links, each to the page of its own language, and the same pictures", () => {
    assertNone(
      problems((english, korean) => [
        ...[...targets(english), ...targets(korean)].filter((to) => /nowhere$|no such/.test(to)),
        ...difference(targets(english), targets(korean)),
        ...difference(
          english.images.map((image) => target(english, image)),
          korean.images.map((image) => target(korean, image)),
        ),
        ...[...inOtherLanguage(english), ...inOtherLanguage(korean)].map(
          (file) => `${file} is in the other language`,
        ),
      ]),
    );
  });

  it("is Korean where it says so", () => {
    const shares = complete.map(({ korean }) => [korean, share(page(korean))] as const);
    assertNone(
      shares
        .filter(([, hangul]) => hangul < LEAST_HANGUL)
        .map(([file, hangul]) => `${file}: ${hangul.toFixed(2)} of its letters`),
    );
    assertNone(
      problems((_, { prose }) =>
        prose.filter(
          (text) =>
            /[a-z]{2,} [a-z]{2,} [a-z]{2,}/.test(text) &&
            !shownByGrafana.has(text) &&
            !/\p{Script=Hangul}/u.test(text),
        ),
      ),
    );
  });
});
