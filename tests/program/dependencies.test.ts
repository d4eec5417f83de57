/** The lists of packages: whoever installs only the program's, or no development's, has all that runs. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import ts from "typescript";
import { projectRoot } from "../../lib/project-root";

interface Manifest {
  readonly name?: string;
  readonly main?: string;
  readonly workspaces?: readonly string[];
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const read = (file: string): string => fs.readFileSync(path.join(projectRoot, file), "utf8");
const manifestOf = (folder: string): Manifest =>
  JSON.parse(read(path.posix.join(folder, "package.json"))) as Manifest;
const exists = (file: string): boolean =>
  fs.statSync(path.join(projectRoot, file), { throwIfNoEntry: false })?.isFile() === true;

const root = manifestOf(".");
const workspaces = root.workspaces ?? [];

/** What a file imports; what is imported for its types only is gone when it runs. */
interface Imports {
  readonly values: readonly string[];
  readonly types: readonly string[];
  /** Files of ours that are named, to be run in a process of their own. */
  readonly started: readonly string[];
}

function importsOf(file: string): Imports {
  const found = { values: [] as string[], types: [] as string[], started: [] as string[] };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const { importClause: clause, moduleSpecifier } = node;
      const named = clause?.namedBindings;
      const onlyTypes =
        clause?.phaseModifier === ts.SyntaxKind.TypeKeyword ||
        (clause?.name === undefined &&
          named !== undefined &&
          ts.isNamedImports(named) &&
          named.elements.every(({ isTypeOnly }) => isTypeOnly));
      found[onlyTypes ? "types" : "values"].push((moduleSpecifier as ts.StringLiteral).text);
      return;
    }
    if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined)
      found[node.isTypeOnly ? "types" : "values"].push(
        (node.moduleSpecifier as ts.StringLiteral).text,
      );
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      found.types.push((node.argument.literal as ts.StringLiteral).text);
    if (ts.isStringLiteral(node)) {
      const { parent, text } = node;
      const call = ts.isCallExpression(parent) ? parent.expression.getText() : "";
      if (["require", "require.resolve", "import"].includes(call)) found.values.push(text);
      else if (text.includes("/") && text.endsWith(".ts") && exists(text)) found.started.push(text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true));
  return found;
}

/** The file that a relative import means. */
function target(from: string, specifier: string): string[] {
  const base = path.posix.join(path.posix.dirname(from), specifier);
  return [`${base}.ts`, path.posix.join(base, "index.ts")].filter(exists).slice(0, 1);
}

/** "@pulumi/pulumi" of "@pulumi/pulumi/automation"; nothing for a file of ours or of Node's own. */
function packagesIn(specifiers: readonly string[]): string[] {
  return specifiers
    .filter((one) => !one.startsWith(".") && !one.startsWith("node:"))
    .map((one) => one.split("/", one.startsWith("@") ? 2 : 1).join("/"));
}

/** Every file that runs when these do, with the packages that it loads. */
function loadedBy(entries: readonly string[]): Map<string, string[]> {
  const loaded = new Map<string, string[]>();
  const follow = (file: string): void => {
    if (loaded.has(file)) return;
    const { values, started } = importsOf(file);
    loaded.set(file, packagesIn(values));
    const relative = values.filter((one) => one.startsWith("."));
    for (const next of [...relative.flatMap((one) => target(file, one)), ...started]) follow(next);
  };
  entries.forEach(follow);
  return loaded;
}

/** What npm runs of a room, and what Pulumi does. */
function entriesOf(room: string): string[] {
  const run = Object.values(root.scripts ?? {}).flatMap(
    (script) => script.match(/\S+\.ts\b/g) ?? [],
  );
  const { main } = manifestOf(room);
  return [...run, ...(main === undefined ? [] : [path.posix.join(room, main)])].filter((file) =>
    file.startsWith(`${room}/`),
  );
}

const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort();

/** The folders that tsconfig.json names, which are all that have TypeScript. */
function topFolders(): string[] {
  const { include } = ts.parseConfigFileTextToJson("tsconfig.json", read("tsconfig.json"))
    .config as { include: string[] };
  return include.filter((one) => !one.endsWith(".ts"));
}

/** All of them, so that what a test, a benchmark or a script imports is known too. */
function filesOf(folders: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    fs
      .readdirSync(path.join(projectRoot, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => path.posix.join(folder, file)),
  );
}

describe("the lists of packages", () => {
  it("have what the program needs, and nothing else", () => {
    const loaded = loadedBy(["index.ts"]);
    assert.ok(loaded.size > 50);
    // Pulumi compiles the program with the last two.
    const needed = sorted([...[...loaded.values()].flat(), "ts-node", "typescript"]);
    assert.deepEqual(needed, Object.keys(root.dependencies));
  });

  for (const room of workspaces) {
    it(`have what ${room}/ needs besides, and nothing else`, () => {
      const entries = entriesOf(room);
      assert.ok(entries.length > 0);
      const others = workspaces.filter((other) => other !== room);
      const needed = [...loadedBy(entries)]
        // A room that is used has a list of its own.
        .filter(([file]) => !others.some((other) => file.startsWith(`${other}/`)))
        .flatMap(([, packages]) => packages)
        .filter((name) => !(name in root.dependencies));
      assert.deepEqual(sorted(needed), Object.keys(manifestOf(room).dependencies));
    });
  }

  it("have for development what nothing else has, and nothing that nobody uses", () => {
    const runtime = Object.assign(
      {},
      ...[".", ...workspaces].map((folder) => manifestOf(folder).dependencies),
    ) as Record<string, string>;
    const development = Object.keys(root.devDependencies ?? {});
    const all = ["index.ts", ...filesOf(topFolders())].map(importsOf);
    const configuration = ["eslint.config.mjs", "eslint.rooms.mjs"].map(importsOf);
    const imported = [...all, ...configuration].flatMap(({ values, types }) =>
      packagesIn([...values, ...types]),
    );
    // Examples name this package as somebody else's program does.
    const missing = imported.filter(
      (name) => !(name in runtime) && !development.includes(name) && name !== root.name,
    );
    assert.deepEqual(sorted(missing), []);
    const started = [...Object.values(root.scripts ?? {}), read("tests/run.ts")].join("\n");
    const idle = development.filter((name) => {
      const described = name.replace(/^@types\//, "");
      return described === name
        ? !imported.includes(name) && !new RegExp(`\\b${name}\\b`).test(started)
        : described !== "node" && !imported.includes(described) && !started.includes(described);
    });
    assert.deepEqual(idle, []);
    assert.deepEqual(
      development.filter((name) => name in runtime),
      [],
    );
  });

  it("agree on versions, and every package is where lib/ finds it", () => {
    const { packages } = JSON.parse(read("package-lock.json")) as {
      packages: Readonly<Record<string, { readonly version?: string } | undefined>>;
    };
    for (const folder of [".", ...workspaces]) {
      const { dependencies, devDependencies } = manifestOf(folder);
      for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies }))
        assert.equal(packages[`node_modules/${name}`]?.version, version, `${folder}: ${name}`);
    }
    const apart = Object.keys(packages).filter((one) => /^\w+\/node_modules\//.test(one));
    assert.deepEqual(apart, []);
  });
});
