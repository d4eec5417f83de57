/** Writes the tables of settings into the documentation: `npm run docs`. */
import * as fs from "node:fs";
import * as path from "node:path";
import { root, staleFiles } from "./docs-tables";

async function main(): Promise<void> {
  const stale = await staleFiles();
  for (const [file, text] of stale) {
    fs.writeFileSync(path.join(root, file), text);
    console.log(`docs: ${file} written`);
  }
  if (stale.size === 0) console.log("docs: nothing to do");
}

main().catch((error: unknown) => {
  console.error(`docs: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
