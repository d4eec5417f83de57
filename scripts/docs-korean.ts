/** Translates what is generated for the English pages into the Korean ones. */
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { chartSets } from "../config/charts";
import { alertRules } from "../grafana/alerts";
import { alertsPage, everyLocation } from "./alerts-page";

/** One text of a generated table or page. `{1}`, `{2}` stand for parts that are translated alone. */
interface Translation {
  readonly en: string;
  readonly ko: string;
}

/** File with all translations of generated text, relative to the root. */
const catalogueFile = "scripts/docs-korean.yaml";

/** Two English words in a row: a name, a figure or a unit needs no translation. */
const english = /\b[A-Z]?[a-z]{2,} [a-z]{2,}/;

function pattern(en: string): RegExp {
  const parts = en.split(/\{\d\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("(.+?)")}$`);
}

/** Translates generated Markdown by a catalogue whose keys are the English texts themselves. */
export class Korean {
  private readonly exact: ReadonlyMap<string, Translation>;
  private readonly patterns: readonly (readonly [RegExp, Translation])[];
  private readonly missing = new Set<string>();

  constructor(translations: readonly Translation[]) {
    this.exact = new Map(translations.map((translation) => [translation.en, translation]));
    this.patterns = translations
      .filter(({ en }) => en.includes("{1}"))
      .map((translation) => [pattern(translation.en), translation]);
  }

  /**
   * Translates headings, list items, table cells and paragraphs of one line each; leaves code alone.
   *
   * @param keep texts that stay English, such as names that Grafana shows
   */
  markdown(text: string, keep: ReadonlySet<string> = new Set()): string {
    let inCode = false;
    const lines = text.split("\n").map((line) => {
      if (line.startsWith("```")) inCode = !inCode;
      if (inCode || line.startsWith("```")) return line;
      return line.startsWith("|") ? this.row(line) : this.line(line, keep);
    });
    return lines.join("\n");
  }

  /** @throws Error that lists the texts that were met and have no translation */
  complain(): void {
    const texts = [...this.missing].map((text) => `\n  ${text}`);
    if (texts.length > 0) throw new Error(`${catalogueFile} has no Korean for:${texts.join("")}`);
  }

  private row(line: string): string {
    if (/^[|\s:-]+$/.test(line) && line.includes("-")) return line;
    const cells = line.split(/(?<!\\)\|/).slice(1, -1);
    return `| ${cells.map((cell) => this.text(cell.trim())).join(" | ")} |`;
  }

  private line(line: string, keep: ReadonlySet<string>): string {
    const [, marker = "", text = ""] = /^(#+ |- |\d+\. )?(.*)$/.exec(line) ?? [];
    if (text === "" || keep.has(text)) return line;
    return `${marker}${this.text(text)}`;
  }

  private text(text: string): string {
    const exact = this.exact.get(text);
    if (exact !== undefined) return exact.ko;
    for (const [pattern, translation] of this.patterns) {
      const parts = pattern.exec(text)?.slice(1);
      if (parts === undefined) continue;
      return translation.ko.replace(/\{(\d)\}/g, (_, nth) =>
        this.text(parts[Number(nth) - 1] ?? ""),
      );
    }
    if (english.test(text.replace(/`[^`]*`|https?:\S+|<!--.*-->/g, ""))) this.missing.add(text);
    return text;
  }
}

/** The translations of {@link catalogueFile}. */
export function catalogue(root: string): Korean {
  return new Korean(parse(fs.readFileSync(path.join(root, catalogueFile), "utf8")) as never);
}

/** Whether a page, relative to the root, is in Korean. */
export function isKorean(file: string): boolean {
  return file === "README.ko.md" || file.startsWith(path.join("docs", "ko"));
}

type Read = (file: string) => string;
type Format = (markdown: string) => Promise<string>;

/** Makes the text of one Korean page from the other pages. */
type Copy = (read: Read, format: Format) => Promise<string>;

/** Pages into which a benchmark writes between two lines. */
const measured = {
  "benchmarks.md": [["<!-- prettier-ignore-start -->", "<!-- prettier-ignore-end -->"]],
  "reliability.md": [
    ...chartSets.map((set) => [`<!-- faults:${set} -->`, `<!-- /faults:${set} -->`]),
    ["<!-- killed-ingester -->", "<!-- /killed-ingester -->"],
  ],
  "sizing.md": [["<!-- measured:dataplane -->", "<!-- /measured:dataplane -->"]],
} as const satisfies Record<string, readonly (readonly string[])[]>;

function split(text: string, file: string, start: string, end: string): [string, string, string] {
  const [before, rest] = text.split(start);
  const [block, after] = rest?.split(end) ?? [];
  if (before === undefined || block === undefined || after === undefined) {
    throw new Error(`${file} must hold the lines "${start}" and "${end}"; restore them from git.`);
  }
  return [before, block, after];
}

/** The Korean pages that repeat alert rules or measured figures, relative to the root. */
export function koreanCopies(korean: Korean): readonly (readonly [file: string, copy: Copy])[] {
  const figures = Object.entries(measured).map(([name, blocks]): readonly [string, Copy] => {
    const [source, target] = [path.join("docs", name), path.join("docs", "ko", name)];
    return [
      target,
      async (read, format) => {
        let text = read(target);
        for (const [start = "", end = ""] of blocks) {
          const [, block] = split(read(source), source, start, end);
          const [before, , after] = split(text, target, start, end);
          text = `${before}${start}\n\n${await format(korean.markdown(block))}\n${end}${after}`;
        }
        return text;
      },
    ];
  });
  return [
    ...figures,
    [path.join("docs", "ko", "alerts.md"), (_, format) => format(alerts(korean))],
  ];
}

/** Every alert rule with its runbook, under the title that Grafana shows. */
function alerts(korean: Korean): string {
  const titles = new Set(alertRules(everyLocation).map(({ title }) => title));
  return korean.markdown(alertsPage(), titles);
}
