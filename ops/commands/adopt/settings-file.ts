/** Writes what the settings become by adopting, and forecasts with them. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { explain, run } from "../../../lib/pulumi/pulumi";
import { stackFileOf } from "../../../lib/pulumi/stack-name";
import type { Context } from "../../../lib/terminal/run";
import type { Stack } from "../../stack";
import { asForecast, type Planned, plannedBy } from "../../takeover/program";
import type { Adapted } from "./adapted-settings";

/** Writes settings into a stack's file, or another one. Secrets go through standard input. */
export async function writeSettings(
  { access, name }: Stack,
  settings: readonly Pick<Adapted, "key" | "secret" | "value">[],
  { signal }: Context,
  file?: string,
): Promise<void> {
  const target = ["--stack", name, ...(file === undefined ? [] : ["--config-file", file])];
  for (const { key, value, secret } of settings) {
    const kind = secret ? "--secret" : "--plaintext";
    const args = ["config", "set", `lgtm:${key}`, kind, ...target];
    const result = await run(access, args, signal, { input: value });
    if (result.failed) throw explain(access, ["config", "set"], result);
  }
}

/** A copy of the stack's settings file with other settings, which goes when the command ends; its path. */
export async function draftWith(
  stack: Stack,
  settings: readonly Pick<Adapted, "key" | "secret" | "value">[],
  context: Context,
): Promise<string> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-settings-"));
  context.onEnd(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });
  const draft = path.join(folder, stackFileOf(stack.name));
  const own = path.join(stack.access.folder, stackFileOf(stack.name));
  if (fs.existsSync(own)) fs.copyFileSync(own, draft);
  await writeSettings(stack, settings, context, draft);
  return draft;
}

/** What the program would do with other settings; the stack's file stays as it is. */
export async function plannedWith(
  stack: Stack,
  settings: readonly Pick<Adapted, "key" | "secret" | "value">[],
  context: Context,
): Promise<Planned[]> {
  const draft = await draftWith(stack, settings, context);
  return plannedBy({ ...stack, access: asForecast(stack.access) }, context, draft);
}

/** The stack's settings as they are now, to be put back when adopting fails. */
export function rememberSettings({ access, name }: Stack): () => void {
  const file = path.join(access.folder, stackFileOf(name));
  const text = fs.existsSync(file) ? fs.readFileSync(file) : undefined;
  return () => {
    if (text === undefined) fs.rmSync(file, { force: true });
    else fs.writeFileSync(file, text);
  };
}
