/**
 * Writes the tables of settings into the documentation: `npm run docs`.
 * With `--check` it writes nothing and exits with 1 when a file is stale.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { root, staleFiles } from "./docs-tables";

async function main(args: readonly string[]): Promise<number> {
  const unknown = args.find((arg) => arg !== "--check");
  if (unknown !== undefined) {
    console.error(`docs: unknown argument ${unknown}; the only one is --check`);
    return 2;
  }
  const stale = await staleFiles();
  if (args.includes("--check")) {
    if (stale.size === 0) return 0;
    console.error(
      `docs: ${[...stale.keys()].join(", ")} no longer agree with Pulumi.yaml or a stack file; run: npm run docs`,
    );
    return 1;
  }
  for (const [file, text] of stale) {
    fs.writeFileSync(path.join(root, file), text);
    console.log(`docs: ${file} written`);
  }
  if (stale.size === 0) console.log("docs: nothing to do");
  return 0;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(`docs: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  },
);
