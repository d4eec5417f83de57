/** Compiles a file that both sides have only once. */
import { createHash } from "node:crypto";
import * as path from "node:path";
import { REGISTER_INSTANCE } from "ts-node";

const compiled = new Map<string, string>();
let installed = false;

/**
 * Has ts-node compile the same text only once: the two sides of a comparison have most files in common,
 * and compiling takes longer than running them.
 */
export function compileOnce(): void {
  const compiler = process[REGISTER_INSTANCE];
  if (installed || compiler === undefined) return;
  installed = true;
  const compile = compiler.compile.bind(compiler);
  compiler.compile = (code, file, offset) => {
    const key = createHash("sha256")
      .update(`${path.basename(file)}\n${code}`)
      .digest("hex");
    const known = compiled.get(key) ?? compile(code, file, offset);
    compiled.set(key, known);
    return known;
  };
}
