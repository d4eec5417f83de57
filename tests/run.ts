/** Runs the rings: `npm test`. */
import * as fs from "node:fs";
import { createRequire } from "node:module";
import * as os from "node:os";
import * as path from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { execa } from "execa";
import { projectRoot } from "../lib/project-root";
import { indent } from "../lib/terminal/screen";
import type { Outcome, Report } from "./support/reporter";
import { isCi } from "./support/skip";

/** Tests that run at the same time. */
interface Group {
  readonly rings: readonly number[];
  readonly title: string;
  /** Files and folders that run in a process of their own each, beside the others. */
  readonly apart?: readonly string[];
}

interface Options {
  readonly fast?: boolean;
  readonly ring?: number;
  readonly charts?: string;
}

/** Fast ones first, so that a contributor has an answer in the first minute. */
const groups: readonly Group[] = [
  {
    rings: [1, 2, 3],
    title: "settings and values, components, whole program and its commands",
    // They wait for commands, the first of them for their time to be over, while the others compute.
    apart: ["ops/main.test.ts", "ops", "sandbox/tools"],
  },
  { rings: [4], title: "real engine on the sandbox" },
  { rings: [5], title: "real collector" },
  { rings: [6], title: "real collector and stores" },
];

/** What makes the start of a process with TypeScript cheap. */
const cached = ["ts-node/register/transpile-only", "./tests/support/transpile-cache.ts"];

/** Of a folder inside another one, its own ring counts. */
const ringOfFolder: Readonly<Record<string, number>> = {
  ...{ config: 1, "components/values": 1, grafana: 1, "lib/pulumi/mocks": 1, support: 1, docs: 1 },
  components: 2,
  ...{ program: 3, policy: 3, lib: 3, ops: 3, "sandbox/tools": 3 },
  ...{ charts: 4, sandbox: 4, "ops/commands/preview-pr": 4 },
  collector: 5,
  dataplane: 6,
};

/** A file that needs more than the others of its folder says so by the end of its name. */
const ringOfSuffix: readonly (readonly [end: RegExp, ring: number])[] = [
  [/(^|[-.])sandbox\.test\.ts$/, 4],
  [/(^|[-.])dataplane\.test\.ts$/, 6],
];

/** Narrowed to one ring: coverage is then not measured, since one ring alone cannot reach it. */
function chosenGroups({ fast, ring }: Options): readonly Group[] {
  if (fast === true) return groups.slice(0, 1);
  if (ring === undefined) return groups;
  return groups
    .filter((group) => group.rings.includes(ring))
    .map((group) => ({ ...group, rings: [ring] }));
}

function parseRing(text: string): number {
  if (!/^[1-6]$/.test(text)) throw new InvalidArgumentError("must be a number from 1 to 6.");
  return Number(text);
}

function bin(packageName: string, file: string): string {
  const manifest = createRequire(__filename).resolve(`${packageName}/package.json`);
  return path.join(path.dirname(manifest), "bin", file);
}

/** Folders with tests that no ring runs: somebody added one and would wait for it in vain. */
function forgottenFolders(): string[] {
  return fs
    .readdirSync(__dirname, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => ringOfFolder[name] === undefined);
}

/** The folder with a ring that a file is in: the innermost. */
function folderOf(file: string): string | undefined {
  return Object.keys(ringOfFolder)
    .filter((folder) => file.startsWith(`${folder}/`))
    .sort((one, other) => other.length - one.length)[0];
}

/** @throws Error when a folder of these rings has no tests any more */
function testFiles(rings: readonly number[]): string[] {
  return Object.entries(ringOfFolder).flatMap(([folder, ring]) => {
    const absolute = path.join(__dirname, folder);
    const all = fs.existsSync(absolute)
      ? fs
          .readdirSync(absolute, { recursive: true, encoding: "utf8" })
          .map((file) => path.posix.join(folder, file))
          .filter((file) => file.endsWith(".test.ts") && folderOf(file) === folder)
          .sort()
      : [];
    const found = all.filter((file) => {
      const own = ringOfSuffix.find(([end]) => end.test(path.basename(file)))?.[1] ?? ring;
      return rings.includes(own);
    });
    if (rings.includes(ring) && found.length === 0)
      throw new Error(`tests/${folder} has no *.test.ts`);
    return found.map((file) => path.join("tests", file));
  });
}

/** A report of something that failed outside any test. */
function crash(reason: string): Report {
  console.error(`FAILED: ${reason}`);
  return [{ title: "tests/run.ts", file: "tests/run.ts", result: "failed", reason }];
}

function readReport(file: string, how: string): Report {
  if (!fs.existsSync(file)) return crash(`the ring ended without a report (${how})`);
  const report = JSON.parse(fs.readFileSync(file, "utf8")) as Report;
  if (how === "exit code 0" || report.some(({ result }) => result === "failed")) return report;
  const unseen = `no test failed, but the ring did (${how}): see above, the coverage threshold for one`;
  return [...report, ...crash(unseen)];
}

interface Mode {
  /** Whether it fails below the coverage threshold. */
  readonly measured: boolean;
  /** Whether its text is shown at its end only, since another process runs beside it. */
  readonly beside: boolean;
}

async function runFiles(files: readonly string[], group: Group, mode: Mode): Promise<Report> {
  if (files.length === 0) return [];
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-tests-"));
  const reportFile = path.join(scratch, "report.json");
  // Not where a test measures what a command takes from its start on.
  const modules = group.rings.some((ring) => ring > 3) ? [] : cached;
  const required = modules.flatMap((module) => ["--require", module]);
  const mocha = [process.execPath, bin("mocha", "mocha.js"), ...required, ...files];
  const { exitCode, signal, all } = await execa(
    process.execPath,
    mode.measured ? [bin("c8", "c8.js"), ...mocha] : mocha.slice(1),
    {
      cwd: projectRoot,
      stdin: "inherit",
      stdout: mode.beside ? "pipe" : "inherit",
      stderr: mode.beside ? "pipe" : "inherit",
      all: true,
      env: {
        LGTM_TEST_REPORT: reportFile,
        ...(options.charts !== undefined && { LGTM_TEST_CHARTS: options.charts }),
      },
      reject: false,
    },
  );
  if (mode.beside) console.log(all);
  const how = signal === undefined ? `exit code ${String(exitCode)}` : `signal ${signal}`;
  const report = readReport(reportFile, how);
  fs.rmSync(scratch, { recursive: true });
  return report;
}

async function runGroup(group: Group): Promise<Report> {
  let files: string[];
  try {
    files = testFiles(group.rings);
  } catch (error) {
    return crash((error as Error).message);
  }
  const { apart = [], rings } = group;
  const isIn = (file: string, place: string): boolean =>
    `${file}/`.startsWith(`${path.join("tests", place)}/`);
  const placeOf = (file: string): string | undefined => apart.find((place) => isIn(file, place));
  const together = files.filter((file) => placeOf(file) === undefined);
  const reports = await Promise.all([
    runFiles(together, group, {
      // Its threshold is for the whole run: for a quick answer it costs a fifth of the time.
      measured: rings.length > 1 && options.fast !== true,
      beside: false,
    }),
    ...apart.map(async (place) =>
      runFiles(
        files.filter((file) => placeOf(file) === place),
        group,
        { measured: false, beside: together.length > 0 },
      ),
    ),
  ]);
  return reports.flat();
}

/**
 * A list for the end of the run, where a log of which only the end is kept still has it; a reason that
 * many have is told once.
 */
function list(title: string, outcomes: Report): void {
  if (outcomes.length === 0) return;
  const byReason = new Map<string, string[]>();
  for (const { title, file, reason = "no reason given" } of outcomes) {
    byReason.set(reason, [...(byReason.get(reason) ?? []), `  ${title} (${file})`]);
  }
  const entries = Array.from(byReason, ([reason, tests]) => [...tests, indent(reason, 6)]);
  console.log(`\n${title}:\n${entries.flat().join("\n")}`);
}

async function main(): Promise<void> {
  const outcomes: Outcome[] = [];
  for (const group of chosenGroups(options)) {
    const name = `Ring ${group.rings.join(", ")}: ${group.title}`;
    console.log(`\n=== ${name}`);
    const start = performance.now();
    outcomes.push(...(await runGroup(group)));
    console.log(`=== ${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
  }
  outcomes.push(
    ...forgottenFolders().flatMap((name) => crash(`no ring runs tests/${name}: see run.ts`)),
  );

  // A tool that can be built and is missing has failed in CI already (support/skip.ts); what is left
  // there without a reason is an it.skip that somebody forgot.
  const forgotten = ({ result, reason }: Outcome): boolean =>
    isCi() && result === "skipped" && reason === undefined;
  const passed = outcomes.filter(({ result }) => result === "passed");
  const failed = outcomes.filter((one) => one.result === "failed" || forgotten(one));
  const skipped = outcomes.filter((one) => one.result === "skipped" && !forgotten(one));
  list("Not run", skipped);
  list("Failed", failed);
  const count = (report: Report): string => String(report.length);
  console.log(`\n${count(passed)} passed, ${count(failed)} failed, ${count(skipped)} skipped`);
  // Set, not called, so that a pipe has the time to take the last line.
  process.exitCode = failed.length > 0 ? 1 : 0;
}

const options: Options = new Command("npm test --")
  .description("Runs the tests, fast rings first; the last line is the sum over all rings.")
  .option("--fast", "rings 1 to 3 only, without coverage")
  .option("--ring <number>", "one ring only, 1 to 6, without coverage", parseRing)
  .option("--charts <source>", "chart repository or folder for ring 4, instead of the stand-ins")
  .parse()
  .opts();

void main();
