/** Files of Pulumi's backend that a killed Pulumi has left half written. */
import * as fs from "node:fs";
import * as path from "node:path";
import { projectRoot } from "../../../lib/project-root";
import { lockFolder } from "../../../lib/pulumi/locks";
import { backendFolderOf, ownPulumi, type PulumiAccess } from "../../../lib/pulumi/pulumi";
import { meansLocal, shortNameOf } from "../../../lib/pulumi/stack-name";
import type { Context } from "../../../lib/terminal/run";
import { sandboxPaths } from "../../../sandbox/state";
import { sandboxStack } from "../../sandbox-access";

/** Where a stack is kept, found without Pulumi reading the stack. */
export interface StackLocation {
  readonly name: string;
  readonly access: PulumiAccess & { readonly backendFolder: string };
}

/** Undefined when no stack was named, or its backend is no folder of this machine. */
export async function locate(context: Context): Promise<StackLocation | undefined> {
  if (context.on !== undefined) {
    const { name, access } = context.on;
    const { backendFolder } = access;
    return backendFolder === undefined ? undefined : { name, access: { ...access, backendFolder } };
  }
  const { stack: asked, sandbox: allowed } = context.flags;
  const sandbox = allowed ? sandboxStack() : undefined;
  const name = asked ?? sandbox?.state.stack;
  if (name === undefined) return undefined;
  const own = ownPulumi(projectRoot);
  if (sandbox?.runs === true && meansLocal(name, sandbox.state.stack))
    return { name, access: { ...own, kind: "sandbox", backendFolder: sandboxPaths().backend } };
  const backendFolder = await backendFolderOf(own, context.signal);
  return backendFolder === undefined ? undefined : { name, access: { ...own, backendFolder } };
}

/**
 * Files with the attributes of another file of the backend that were not written to their end. Pulumi
 * puts state and locks in place as a whole, but not these; when it is killed in that moment, one is left
 * empty, and every command ends with "failed to load checkpoint: EOF". Without the file, Pulumi takes
 * defaults.
 */
export function corruptAttributeFiles({
  name,
  access: { backendFolder },
}: StackLocation): string[] {
  const stacks = path.join(backendFolder, ".pulumi", "stacks", "lgtm");
  return [
    ...attributesIn(stacks).filter((file) =>
      path.basename(file).startsWith(`${shortNameOf(name)}.json`),
    ),
    ...attributesIn(lockFolder(backendFolder, name)),
  ].filter(isCorrupt);
}

function attributesIn(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  const files = fs.readdirSync(folder).filter((file) => file.endsWith(".attrs"));
  return files.map((file) => path.join(folder, file));
}

function isCorrupt(file: string): boolean {
  try {
    JSON.parse(fs.readFileSync(file, "utf8"));
    return false;
  } catch {
    return fs.existsSync(file);
  }
}
