/** Writes the tables in the pages. */
import * as fs from "node:fs";
import * as path from "node:path";
import * as prettier from "prettier";
import { type Label, logLabels, metricLabels } from "../components/values/cluster-labels";
import { totals } from "../config/capacity";
import { type ChartSet, knownVersions } from "../config/charts";
import { imagesOf } from "../config/images";
import { sizeNames, sizes } from "../config/sizes";
import { mergedConfig, projectFile, stackFile, stacks } from "../lib/pulumi/stack-files";
import { settingsFrom } from "../ops/commands/images";
import { catalogue, isKorean, koreanCopies } from "./docs-korean";
import { proofHead, proofRows } from "./proof-table";

export const root = path.join(__dirname, "..");

/** The pages that must hold generated tables, relative to the root; others may. */
const tablePages = ["docs/configuration.md", "docs/sizing.md"] as const;

/** Every page that holds generated tables, relative to the root. */
export function generatedFiles(): string[] {
  const pages = fs
    .readdirSync(path.join(root, "docs"), { recursive: true, encoding: "utf8" })
    .map((name) => path.join("docs", name));
  const others = ["README.md", "README.ko.md", ...pages].filter(
    (file) => file.endsWith(".md") && read(file).includes("<!-- generated:"),
  );
  return [...new Set([...tablePages, ...others])];
}

/** One entry of the `config` block of Pulumi.yaml. */
interface Declaration {
  readonly default: unknown;
  readonly description: string;
}

/** Settings of one part of the system, under the heading that the reference gives them. */
interface Group {
  readonly title: string;
  readonly keys: readonly string[];
}

// The first pattern that fits decides; the last one fits every key.
const groups: readonly (readonly [title: string, pattern: RegExp])[] = [
  ["Collector", /^(otel|node)Collector|^clusterSignals$/],
  ["Demo application", /^demo/],
  ["Grafana", /^grafana/],
  ["Sizes", /^size$|Replicas$|ReplicationFactor$/],
  ["Object storage", /^storage|^bundledStore/],
  ["Retention", /RetentionDays$/],
  ["Alerts", /^alert/],
  ["Images", /^image|^minioRegistry/],
  [
    "Your own additions",
    /^(helmValues|collector(Config|EnvFrom)|pods|parts|common(Labels|Annotations))$/,
  ],
  ["LGTM release", /^/],
];

function exists(file: string): boolean {
  return fs.existsSync(path.join(root, file));
}

function read(file: string): string {
  return fs.readFileSync(path.join(root, file), "utf8");
}

/** Every setting that Pulumi.yaml declares, in its order. */
export function declaredSettings(): Readonly<Record<string, Declaration>> {
  return projectFile().config as Readonly<Record<string, Declaration>>;
}

/** What the file of one stack sets, without the `lgtm:` prefix; keys of other projects left out. */
function stackSettings(stack: string): Record<string, unknown> {
  const own = Object.entries(stackFile(stack)).filter(([key]) => key.startsWith("lgtm:"));
  return Object.fromEntries(own.map(([key, value]) => [key.replace("lgtm:", ""), value]));
}

function groupedSettings(): Group[] {
  const titleOf = (key: string): string | undefined =>
    groups.find(([, pattern]) => pattern.test(key))?.[0];
  const keys = Object.keys(declaredSettings());
  const titles = [...new Set(keys.map(titleOf))].filter((title) => title !== undefined);
  return titles.map((title) => ({ title, keys: keys.filter((key) => titleOf(key) === title) }));
}

function code(value: unknown): string {
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

/** Text that is to appear in Markdown as it is, inside a table. */
function plain(text: string): string {
  return text.replace(/[|<*_]/g, (character) => `\\${character}`);
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const separator = header.map(() => "---");
  return [header, separator, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function settingsTable(): string {
  const rows = Object.entries(declaredSettings()).map(([key, setting]) => [
    code(key),
    code(setting.default),
    plain(setting.description),
  ]);
  return table(["Setting", "Default", "What it does"], rows);
}

/** What a setting takes, by its default: the declarations have no type, or Pulumi would check it first. */
function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "number" ? "integer" : typeof value;
}

function settingsReference(): string {
  const declared = declaredSettings();
  return groupedSettings()
    .map(({ title, keys }) => {
      const rows = keys.flatMap((key) => {
        const setting = declared[key];
        if (setting === undefined) return [];
        const { default: value, description } = setting;
        return [[code(key), typeOf(value), code(value), plain(description)]];
      });
      return `### ${title}\n\n${table(["Setting", "Type", "Default", "What it does"], rows)}`;
    })
    .join("\n\n");
}

function stacksTable(): string {
  const declared = declaredSettings();
  const perStack = stacks.map(stackSettings);
  const keys = Object.keys(declared).filter((key) => perStack.some((set) => key in set));
  const rows = keys.map((key) => [
    code(key),
    ...perStack.map((set) => code(key in set ? set[key] : declared[key]?.default)),
  ]);
  return table(["Setting", ...stacks.map(code)], rows);
}

function sizesTable(chartSet: ChartSet): string {
  const number = (value: number): string => value.toLocaleString("en-US");
  const rows = Object.entries(sizes[chartSet]).map(([name, size]) => {
    const { spansPerSecond, linesPerSecond, activeSeries } = size.carries;
    const sum = totals(size);
    return [
      code(name),
      ...[spansPerSecond, linesPerSecond, activeSeries, size.nodes, sum.pods].map(number),
      `${(sum.milliCpu / 1000).toFixed(1)} cores`,
      `${(sum.memoryMiB / 1024).toFixed(1)} GiB`,
      `${(sum.memoryLimitMiB / 1024).toFixed(1)} GiB`,
      `${number(sum.volumesGiB)} GiB`,
    ];
  });
  return table(
    [
      ...["Size", "Spans/s", "Log lines/s", "Active series", "Nodes", "Pods"],
      ...["Asks for CPU", "Asks for memory", "May use memory", "Volumes"],
    ],
    rows,
  );
}

/** Every image that a stack may need, and with which charts. */
function imagesTable(): string {
  const defaults = mergedConfig(projectFile(), {});
  const columns: readonly (readonly [string, readonly Readonly<Record<string, string>>[]])[] = [
    ["maintained", knownVersions("mimir").map((version) => ({ mimirChartVersion: version }))],
    ...knownVersions("lgtm").map(
      (version) => [`umbrella ${version}`, [{ lgtmChartVersion: version }]] as const,
    ),
  ];
  const needed = columns.map(([title, variants]) => {
    const chartSet = title.replace(/ .*/, "");
    const images = variants.flatMap((other) =>
      sizeNames.flatMap((size) => {
        const settings = settingsFrom(defaults, { ...other, chartSet, size });
        return settings === undefined ? [] : imagesOf(settings).map(({ image }) => image);
      }),
    );
    return new Set(images);
  });
  const all = [...new Set(needed.flatMap((images) => [...images]))].sort();
  return table(
    ["Image", ...columns.map(([title]) => code(title))],
    all.map((image) => [code(image), ...needed.map((images) => (images.has(image) ? "✓" : ""))]),
  );
}

function labelsTable(labels: readonly Label[]): string {
  return table(
    ["Label", "Why"],
    labels.map(({ attribute, reason }) => [code(attribute.replaceAll(".", "_")), reason]),
  );
}

/** What may stand between the markers `<!-- generated:NAME -->` and `<!-- /generated:NAME -->`. */
const blocks: Readonly<Record<string, () => string>> = {
  settings: settingsTable,
  "settings-reference": settingsReference,
  sizes: () => sizesTable("maintained"),
  sizesUmbrella: () => sizesTable("umbrella"),
  stacks: stacksTable,
  images: imagesTable,
  proof: () => table(proofHead, proofRows()),
  metricLabels: () => labelsTable(metricLabels),
  logLabels: () => labelsTable(logLabels),
};

/** As `npm run format` would leave it. */
async function formatted(markdown: string): Promise<string> {
  const options = await prettier.resolveConfig(path.join(root, "README.md"));
  return prettier.format(markdown, { ...options, parser: "markdown" });
}

async function formattedBlocks(
  translate: (block: string) => string,
): Promise<ReadonlyMap<string, string>> {
  const all = Object.entries(blocks).map(async ([name, block]): Promise<[string, string]> => [
    name,
    await formatted(translate(block())),
  ]);
  return new Map(await Promise.all(all));
}

/**
 * The files with generated text that differ from what Pulumi.yaml and the stack files say, and in
 * Korean also from what the alert rules and the English pages' measured tables say, with the text
 * that they should have.
 *
 * @throws Error when a marker names an unknown block or is not closed, a file has none, or a
 *   generated text has no Korean translation.
 */
export async function staleFiles(): Promise<ReadonlyMap<string, string>> {
  const korean = catalogue(root);
  const english = await formattedBlocks((block) => block);
  const translated = await formattedBlocks((block) => korean.markdown(block));
  const next = new Map(
    generatedFiles().map((file) => [
      file,
      withBlocks(file, read(file), isKorean(file) ? translated : english),
    ]),
  );
  for (const [file, copy] of koreanCopies(korean)) {
    next.set(file, await copy((name) => next.get(name) ?? read(name), formatted));
  }
  korean.complain();
  return new Map([...next].filter(([file, text]) => !exists(file) || text !== read(file)));
}

function withBlocks(file: string, text: string, formatted: ReadonlyMap<string, string>): string {
  let closed = 0;
  const next = text.replace(
    /(<!-- generated:([\w-]+) -->\n)[^]*?(<!-- \/generated:\2 -->)/g,
    (_, start: string, name: string, end: string) => {
      const block = formatted.get(name);
      if (block === undefined) throw new Error(`${file}: no generated block is called "${name}"`);
      closed += 1;
      return `${start}\n${block}\n${end}`;
    },
  );
  const opened = text.match(/<!-- generated:/g)?.length ?? 0;
  if (closed === 0 || closed !== opened) {
    throw new Error(
      `${file}: ${String(opened)} markers open a generated block, ${String(closed)} are closed`,
    );
  }
  return next;
}
