/** How a TypeScript file of ours is run in a process of its own. */
import * as path from "node:path";
import { projectRoot } from "../lib/project-root";

export function typescriptArguments(file: string): string[] {
  // By absolute path, because the process runs in another folder.
  const register = require.resolve("ts-node/register/transpile-only", { paths: [projectRoot] });
  return ["--require", register, path.join(projectRoot, file)];
}

/** What such a process needs in its environment: ts-node looks for tsconfig.json in the current folder. */
export function typescriptEnvironment(): Record<string, string> {
  return { TS_NODE_PROJECT: path.join(projectRoot, "tsconfig.json") };
}
