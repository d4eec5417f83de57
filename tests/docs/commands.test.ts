/** Tests: commands in the pages. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { CommanderError } from "commander";
import { type SettingKey, settingsSchema } from "../../config/schema";
import { describeCommand } from "../../lib/terminal/flags";
import { commands } from "../../ops/main";
import { root } from "../../scripts/docs-tables";
import {
  commandsOf,
  type Documented,
  documentedCommands,
  npmCommandsInline,
  pagesWithCommands,
} from "./support/commands";
import { runElsewhere, runOnSandbox, runOnSettings } from "./support/runners";

const { scripts } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")) as {
  scripts: Readonly<Record<string, string>>;
};
const documented = documentedCommands();
/** Those in sentences, too: they are not run, but their flags have to be there. */
const all = [...documented, ...npmCommandsInline()];

function read(file: string): string {
  return fs.readFileSync(path.join(root, file), "utf8");
}

/** The npm script that a command runs, and what it is given; undefined when it runs none. */
function scriptOf(text: string): { name: string; args: string[] } | undefined {
  const [, long, short, given = ""] =
    /^npm (?:run ([\w:-]+)|(test|start))(?: -- (.*))?$/.exec(text) ?? [];
  const name = long ?? short;
  return name === undefined ? undefined : { name, args: given.split(" ").filter(Boolean) };
}

const testFiles = fs
  .readdirSync(path.join(root, "tests"), { recursive: true, encoding: "utf8" })
  .map((file) => path.join("tests", file));

/** `*` for what has no slash; Node 20 has no glob of its own. */
function globOf(pattern: string): RegExp {
  return new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", "[^/]*")}$`);
}

/** Test files that a command starts mocha with. */
function mochaFiles(text: string): string[] | undefined {
  const [, files] = /^(?:UPDATE_GOLDEN=1 )?npx mocha (.+)$/.exec(text) ?? [];
  return files?.split(" ").map((file) => file.replace(/^'|'$/g, ""));
}

function isRun({ text }: Pick<Documented, "text">): boolean {
  return (
    mochaFiles(text) !== undefined ||
    [...runOnSettings, ...runOnSandbox].some((pattern) => pattern.test(text)) ||
    runElsewhere.some(({ command }) => command.test(text))
  );
}

const show = ({ at, text }: Pick<Documented, "at" | "text">): string => `${at}: ${text}`;

/** A value as the shell hands it on. */
function unquoted(value: string): string {
  return value.replace(/^'(.*)'$/, "$1");
}

describe("commands in the pages", () => {
  it("are each run by a test, or marked as needing a real cluster", () => {
    const nobodys = documented.filter((one) => !one.marked && !isRun(one)).map(show);
    assert.deepEqual(
      nobodys,
      [],
      "put _Needs a real cluster._ before the block, or say in support/runners.ts which test runs them",
    );
  });

  it("name npm scripts that exist", () => {
    const unknown = documented.filter(({ text }) => {
      const script = scriptOf(text);
      return (
        /^npm (run|test|start)/.test(text) && (script === undefined || !(script.name in scripts))
      );
    });
    assert.deepEqual(unknown.map(show), []);
  });

  it("name test files that exist", () => {
    const missing = pagesWithCommands().flatMap((page) =>
      [...read(page).matchAll(/\btests\/[\w./*-]+\.ts\b/g)]
        .map(([file]) => file)
        .filter((file) => !testFiles.some((one) => globOf(file).test(one)))
        .map((file) => `${page}: ${file}`),
    );
    assert.deepEqual(missing, []);
  });

  it("give the commands of day two flags that they take", () => {
    const refused = all.flatMap((one) => {
      const script = scriptOf(one.text);
      const entry = commands.find(({ name }) => name === script?.name);
      if (script === undefined || entry === undefined) return [];
      const problem = refusal(describeCommand(entry), script.args);
      return problem === undefined ? [] : [`${show(one)}: ${problem}`];
    });
    assert.deepEqual(refused, []);
  });

  it("set settings to values that they take", () => {
    const sets = documented.flatMap((one) => {
      const [, key = "", value = ""] =
        /^pulumi config set (?:lgtm:)?(\w+) (?!<)(\S+)$/.exec(one.text) ?? [];
      return isSetting(key) ? [{ one, key, value }] : [];
    });
    assert.ok(sets.length > 10, `only ${String(sets.length)} were found`);
    const refused = sets.filter(
      ({ key, value }) => !settingsSchema.shape[key].safeParse(unquoted(value)).success,
    );
    assert.deepEqual(
      refused.map(({ one }) => show(one)),
      [],
    );
  });

  it("give the other scripts flags that they declare", () => {
    let looked = 0;
    const unknown = all.flatMap((one) => {
      const script = scriptOf(one.text);
      // What follows `pulumi --` is Pulumi's own; tests/sandbox/pages.test.ts runs it.
      if (script === undefined || script.name === "pulumi") return [];
      if (commands.some(({ name }) => name === script.name)) return [];
      const flags = script.args.filter((arg) => arg.startsWith("--"));
      looked += flags.length;
      return flags
        .filter((flag) => !declares(script.name, flag))
        .map((flag) => `${show(one)}: ${flag}`);
    });
    assert.deepEqual(unknown, []);
    assert.ok(looked > 5, `only ${String(looked)} flags were found`);
  });
});

function isSetting(key: string): key is SettingKey {
  return key in settingsSchema.shape;
}

/** Whether the file that a script starts has this flag in commander's form. */
function declares(script: string, flag: string): boolean {
  const file = (scripts[script] ?? "").split(" ").find((part) => part.endsWith(".ts"));
  return file !== undefined && new RegExp(`["\\s]${flag}["\\s]`).test(read(file));
}

/** What commander says against these arguments. */
function refusal(command: ReturnType<typeof describeCommand>, args: string[]): string | undefined {
  command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  // A placeholder stands for a value that is well formed.
  const filled = args.map((arg) => arg.replace(/^<(seconds|s)>$/, "60"));
  try {
    command.action(() => undefined).parse(filled, { from: "user" });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? undefined : error.message;
  }
}

describe("the list of who runs a command", () => {
  it("names files that exist and show it", () => {
    const wrong = runElsewhere
      .filter(({ by, shown }) => !fs.existsSync(path.join(root, by)) || !read(by).includes(shown))
      .map(({ by, shown }) => `${by} does not show ${shown}`);
    assert.deepEqual(wrong, []);
  });

  it("has no line that no page uses", () => {
    const patterns = [
      ...runElsewhere.map(({ command }) => command),
      ...runOnSettings,
      ...runOnSandbox,
    ];
    const idle = patterns.filter((pattern) => !documented.some(({ text }) => pattern.test(text)));
    assert.deepEqual(idle.map(String), []);
  });

  it("is asked about every page with a shell block", () => {
    const seen = new Set(documented.map(({ page }) => page));
    const blind = pagesWithCommands().filter(
      (page) => /^ *```(bash|sh|shell|console)\b/m.test(read(page)) && !seen.has(page),
    );
    assert.deepEqual(blind, []);
    assert.ok(documented.length > 60, `only ${String(documented.length)} commands were found`);
  });
});

describe("reading the commands of a page", () => {
  const texts = (page: string): string[] => commandsOf("p.md", page).map(({ text }) => text);

  it("takes one command a line, without comments, and joins what a backslash continues", () => {
    const page = "```bash\nnpm ci && npm test # all\n\n# a comment\nhelm get \\\n  values x\n```\n";
    assert.deepEqual(texts(page), ["npm ci", "npm test", "helm get values x"]);
  });

  it("takes what follows a prompt in a console, and no output", () => {
    assert.deepEqual(texts("```console\n$ npm ci\nadded 1 package\n```\n"), ["npm ci"]);
  });

  it("takes blocks in lists, and leaves other languages alone", () => {
    const page = "1. So:\n\n   ```sh\n   npm ci\n   ```\n\n```ts\nnpm();\n```\n";
    assert.deepEqual(commandsOf("p.md", page), [
      { at: "p.md:4", page: "p.md", text: "npm ci", block: 1, marked: false },
    ]);
  });

  it("knows the marks in both languages, for the block that follows only", () => {
    const block = "```bash\nkind create cluster\n```\n";
    const page = `_Needs a real cluster._\n\n${block}\n${block}\n_실제 클러스터가 필요합니다._\n\n${block}`;
    assert.deepEqual(
      commandsOf("p.md", page).map(({ marked }) => marked),
      [true, false, true],
    );
  });

  it("does not guess where a block ends", () => {
    assert.throws(() => commandsOf("p.md", "```bash\nnpm ci\n"), /p\.md:1: .* not closed/);
  });
});
