// Has ts-node transpile a file once per change, not once per process: the fast rings start a dozen.
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { install } from "@cspotcode/source-map-support";
import { REGISTER_INSTANCE, VERSION } from "ts-node";

const folder = path.join(__dirname, "../../node_modules/.cache/lgtm-transpiled");
const compiler = process[REGISTER_INSTANCE];
if (compiler === undefined) throw new Error("to be required after ts-node/register");
/** For the commands that tests start (ops/support/run-cli.ts). */
process.env["LGTM_TRANSPILE_CACHE"] = __filename;

const hash = (...parts: readonly string[]): string =>
  createHash("sha256").update(parts.join("\0")).digest("hex");
/** One entry per file, so that the folder does not grow with every change. */
export const entryOf = (file: string): string => path.join(folder, hash(file));
const settings = JSON.stringify([VERSION, compiler.ts.version, compiler.config.options]);

/** What came from the cache, which ts-node's own reader of source maps does not know. */
const reused = new Map<string, string>();
install({ retrieveFile: (file) => reused.get(file) ?? "" });

fs.mkdirSync(folder, { recursive: true });
const compile = compiler.compile.bind(compiler);
compiler.compile = (code, file, lineOffset) => {
  const entry = entryOf(file);
  const key = hash(settings, code, String(lineOffset));
  const [known, output] = read(entry);
  if (known === key) {
    reused.set(file, output);
    return output;
  }
  const fresh = compile(code, file, lineOffset);
  // Moved into place, since other processes read meanwhile.
  const draft = `${entry}.${String(process.pid)}`;
  fs.writeFileSync(draft, `${key}\n${fresh}`);
  fs.renameSync(draft, entry);
  return fresh;
};

function read(entry: string): [key: string, output: string] {
  let text = "";
  try {
    text = fs.readFileSync(entry, "utf8");
  } catch {
    // Not there yet.
  }
  const end = text.indexOf("\n");
  return [text.slice(0, end), text.slice(end + 1)];
}
