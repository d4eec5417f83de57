/** Tests of the licences of everything that is depended on: nothing of it is under the AGPL. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import { homedir } from "node:os";
import * as path from "node:path";
import { projectRoot } from "../../lib/project-root";

/** Families of modules under the AGPL, by their paths; what they are not is listed with the tests. */
const agplModules: readonly RegExp[] = [
  /^github\.com\/grafana\/(grafana|k6|loki|mimir|oncall|pyroscope|tempo)(\/|$)/,
  /^github\.com\/minio\/(console|kes|madmin-go|mc|minio|operator|pkg|sidekick|warp)(\/|$)/,
  /^(go\.k6\.io|github\.com\/loadimpact)\/k6(\/|$)/,
];

/** Modules of such a family that have a licence of their own. */
const ownLicence: Readonly<Record<string, string>> = {
  "github.com/grafana/loki/pkg/push": "Apache-2.0: the messages of Loki's API, for the collector",
};

function isAgplModule(module: string): boolean {
  return ownLicence[module] === undefined && agplModules.some((family) => family.test(module));
}

/** Whether a licence's text is the AGPL's. Others, the MPL for one, name it further down. */
function isAgplText(text: string): boolean {
  return /GNU AFFERO GENERAL PUBLIC LICENSE/i.test(text.slice(0, 500));
}

const read = (...file: string[]): string => fs.readFileSync(path.join(...file), "utf8");

/** The texts of the licences at the root of a folder; none where there is no such folder. */
function licenceTexts(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /^(licen[cs]e|copying)/i.test(entry.name))
    .map(({ name }) => read(folder, name));
}

/** Folders of this repository with a Go module. */
function goModules(): string[] {
  return ["tools", "tests"].flatMap((folder) =>
    fs
      .readdirSync(path.join(projectRoot, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => path.basename(file) === "go.mod")
      .map((file) => path.join(folder, path.dirname(file))),
  );
}

/** Every module and package that a go.mod names, tools and replacements included. */
function namedIn(goMod: string): string[] {
  const code = goMod.replaceAll(/\/\/.*$/gm, "");
  return code.match(/[\w.-]+\.[a-z]+\/[^\s()]+/g) ?? [];
}

/** Module and version of each line of a go.sum, those of which only the go.mod was read included. */
function summed(goSum: string): (readonly [module: string, version: string])[] {
  const lines = goSum.matchAll(/^(\S+) (\S+?)(?:\/go\.mod)? /gm);
  return Array.from(lines, ([, module = "", version = ""]) => [module, version] as const);
}

/** Where Go keeps what it has downloaded. */
function moduleCache(env: NodeJS.ProcessEnv = process.env): string {
  const [goPath = ""] = (env["GOPATH"] ?? "").split(path.delimiter);
  const root = goPath === "" ? path.join(homedir(), "go") : goPath;
  return env["GOMODCACHE"] ?? path.join(root, "pkg", "mod");
}

/** Folder of a module in that cache, which writes capitals so that no two names are one on any disk. */
function cached(module: string, version: string): string {
  const escaped = (text: string): string =>
    text.replaceAll(/[A-Z]/g, (capital) => `!${capital.toLowerCase()}`);
  return path.join(moduleCache(), `${escaped(module)}@${escaped(version)}`);
}

interface LockFile {
  readonly packages: Readonly<
    Record<string, { readonly license?: string; readonly link?: boolean }>
  >;
}

describe("the licences of what this project depends on", () => {
  it("are told by every npm package, and none is the AGPL", () => {
    const { packages } = JSON.parse(read(projectRoot, "package-lock.json")) as LockFile;
    // Without this project's own, and the links to them.
    const all = Object.entries(packages).filter(
      ([folder, { link }]) => folder.includes("node_modules/") && link !== true,
    );
    assert.ok(all.length > 100, "the lock file names hardly any package");
    const refused = all.filter(
      ([folder, { license = "" }]) =>
        license === "" ||
        /AGPL|AFFERO/i.test(license) ||
        (/^SEE /.test(license) && licenceTexts(path.join(projectRoot, folder)).some(isAgplText)),
    );
    assert.deepEqual(refused, []);
  });

  it("are the AGPL of no Go module, by its name or its text in Go's module cache", () => {
    const folders = goModules();
    assert.ok(folders.length > 5, "there is hardly any go.mod");
    const refused = folders.flatMap((folder) => {
      const sums = summed(read(projectRoot, folder, "go.sum"));
      const names = [
        ...namedIn(read(projectRoot, folder, "go.mod")),
        ...sums.map(([module]) => module),
      ];
      const texts = sums.filter((sum) => licenceTexts(cached(...sum)).some(isAgplText));
      const found = [...names.filter(isAgplModule), ...texts.map(([module]) => module)];
      return [...new Set(found)].map((module) => `${folder}: ${module}`);
    });
    assert.deepEqual(refused, []);
  });

  it("are known by the names of modules, their parts and their tools", () => {
    const goMod = `module x // github.com/grafana/commented
      tool github.com/grafana/loki/cmd/loki
      require (
        github.com/grafana/tempo v1.5.1
        github.com/grafana/dskit v0.0.0 // indirect
      )
      replace github.com/prometheus/prometheus => github.com/grafana/mimir/v2 v2.0.0`;
    assert.deepEqual(namedIn(goMod).filter(isAgplModule), [
      "github.com/grafana/loki/cmd/loki",
      "github.com/grafana/tempo",
      "github.com/grafana/mimir/v2",
    ]);
    const under = ["github.com/grafana/grafana/apps/dashboard", "github.com/minio/minio"];
    assert.deepEqual(
      [...under, "go.k6.io/k6", "github.com/minio/mc"].filter(isAgplModule).length,
      4,
    );
    const apart = ["dskit", "regexp", "memberlist", "mimir-prometheus", "grafana-plugin-sdk-go"];
    const minio = ["minio-go/v7", "md5-simd", "crc64nvme", "sha256-simd"];
    assert.deepEqual(
      [
        ...apart.map((name) => `github.com/grafana/${name}`),
        ...minio.map((name) => `github.com/minio/${name}`),
        ...Object.keys(ownLicence),
      ].filter(isAgplModule),
      [],
    );
  });

  it("are known by their titles, not by what they say of each other", () => {
    const title = "                    GNU AFFERO GENERAL PUBLIC LICENSE\n   Version 3";
    assert.equal(isAgplText(title), true);
    const mozilla = `Mozilla Public License, version 2.0\n${" ".repeat(2400)}${title}`;
    assert.equal(isAgplText(mozilla), false);
  });
});
