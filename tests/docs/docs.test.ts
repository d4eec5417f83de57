/** Tests: the documentation. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { partsOfSize } from "../../config/pods";
import { sizes } from "../../config/sizes";
import { declaredSettings, root, staleFiles } from "../../scripts/docs-tables";

const optionalSettings = [
  "grafanaAdminPassword",
  "grafanaDatabasePassword",
  "grafanaOidcSecret",
  "storageSecret",
  "alertContact",
  "alertSmtpPassword",
];

interface Page {
  readonly file: string;
  readonly text: string;
  /** Without fenced code, so that a comment in a shell script is no heading. */
  readonly prose: string;
}

function markdownFiles(): string[] {
  const here = (folder: string): string[] =>
    fs
      .readdirSync(path.join(root, folder))
      .filter((name) => name.endsWith(".md"))
      .map((name) => path.join(folder, name));
  return [...here("."), ...here("docs")];
}

function readPage(file: string): Page {
  const text = fs.readFileSync(path.join(root, file), "utf8");
  return { file, text, prose: text.replace(/^( *)```[^]*?^\1```$/gm, "") };
}

const pages = markdownFiles().map(readPage);

function page(file: string): Page {
  return pages.find((candidate) => candidate.file === file) ?? readPage(file);
}

function headings({ prose }: Page): { level: number; title: string }[] {
  return [...prose.matchAll(/^(#+) (.+)$/gm)].map(([, marks = "", title = ""]) => ({
    level: marks.length,
    title,
  }));
}

/** The anchor that GitHub gives a heading. */
function anchor(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");
}

/** Every match of the pattern's first group in every page, as `[page, match]`. */
function mentions(pattern: RegExp): (readonly [file: string, mention: string])[] {
  return pages.flatMap(({ file, text }) =>
    [...text.matchAll(pattern)].map(([, mention = ""]) => [file, mention] as const),
  );
}

function relativeLinks({ prose }: Page): string[] {
  const links = prose.replace(/`[^`\n]*`/g, "").matchAll(/\]\(([^)\s]+)\)/g);
  return [...links].map(([, target = ""]) => target).filter((target) => !/^\w+:/.test(target));
}

function linkProblem(from: Page, link: string): string | undefined {
  const [target = "", fragment] = link.split("#");
  const file = target === "" ? from.file : path.join(path.dirname(from.file), target);
  if (!fs.existsSync(path.join(root, file))) return `${from.file}: ${link} leads nowhere`;
  if (fragment === undefined || !file.endsWith(".md")) return undefined;
  const anchors = headings(page(file)).map(({ title }) => anchor(title));
  return anchors.includes(decodeURIComponent(fragment))
    ? undefined
    : `${from.file}: ${link}: no such heading`;
}

/** Stack outputs, in the order of index.ts. */
function stackOutputs(): string[] {
  const program = fs.readFileSync(path.join(root, "index.ts"), "utf8");
  const returned = program.slice(program.lastIndexOf("return {"));
  return [...returned.matchAll(/^ {4}(\w+):/gm)].map(([, name = ""]) => name);
}

/** First cells, without backquotes, of the table below a heading. */
function firstColumn({ text }: Page, heading: string): string[] {
  const section = text.split(/^## /m).find((part) => part.startsWith(heading)) ?? "";
  return [...section.matchAll(/^\| `(\w+)`/gm)].map(([, cell = ""]) => cell);
}

describe("the documentation", () => {
  it("has the tables of settings that Pulumi.yaml and the stack files ask for", async () => {
    const stale = [...(await staleFiles()).keys()];
    assert.deepEqual(stale, [], "run: npm run docs");
  });

  it("has links that lead somewhere", () => {
    const problems = pages.flatMap((from) =>
      relativeLinks(from).flatMap((link) => linkProblem(from, link) ?? []),
    );
    assert.deepEqual(problems, []);
  });

  // GitHub numbers the second one, and a link to its name leads to the first.
  it("gives no two sections of a page one name", () => {
    const twice = pages.flatMap((one) => {
      const titles = headings(one).map(({ title }) => title);
      const again = titles.filter((title, index) => titles.indexOf(title) !== index);
      return again.map((title) => `${one.file}: ${title}`);
    });
    assert.deepEqual(twice, []);
  });

  it("names npm scripts that exist", () => {
    const manifest = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const unknown = mentions(/npm run ([\w:-]+)/g).filter(
      ([, name]) => !(name in manifest.scripts),
    );
    assert.deepEqual(unknown, []);
  });

  it("names settings that exist", () => {
    const settings = new Set([...Object.keys(declaredSettings()), ...optionalSettings]);
    const inCommands = mentions(
      /config (?:set|get|rm)(?: --secret| --path)* '?(?:lgtm:)?(\w+)\b(?!:)/g,
    );
    // A subject of Kubernetes, system:serviceaccount:<namespace>:<name>, is none.
    const prefixed = mentions(/(?<!serviceaccount:)\blgtm:(\w+)\b(?!:)/g);
    const unknown = [...inCommands, ...prefixed].filter(([, key]) => !settings.has(key));
    assert.deepEqual(unknown, []);
  });

  it("writes nothing like a setting that is neither a setting nor an output", () => {
    const known = new Set([
      ...Object.keys(declaredSettings()),
      ...optionalSettings,
      ...stackOutputs(),
      ...["lokiPushUrl", "mimirPushUrl", "mimirOtlpUrl"], // outputs of a component
      "otelCollector", // a release, in helmValues
      // Parts, in parts.
      ...Object.values(sizes.maintained).flatMap((size) =>
        partsOfSize(size).map(({ name }) => name),
      ),
      ...["demoApp", "demoTraffic"],
    ]);
    const pattern =
      /`((?:lgtm|helm|protect|grafana|loki|mimir|tempo|otel|demo|storage|alert)[A-Z]\w+)`/g;
    const unknown = mentions(pattern).filter(
      ([, name]) => !known.has(name) && !["otlpEndpoint", "tempoDistributor"].includes(name),
    );
    assert.deepEqual(unknown, []);
  });

  it("lists the stack's outputs, all of them, in both languages", () => {
    const tables = [
      firstColumn(page("docs/configuration.md"), "Outputs"),
      firstColumn(page("docs/ko/configuration.md"), "출력값"),
    ];
    assert.deepEqual(tables, [stackOutputs(), stackOutputs()]);
  });

  it("shows the picture with a description for those who do not see it", () => {
    const picture = fs.readFileSync(path.join(root, "docs/system.svg"), "utf8");
    assert.match(picture, /<title id="title">.+<\/title>/);
    assert.match(picture, /<desc id="description">.+<\/desc>/);
  });
});
