/** Where `npm run e2e` keeps what it knows between runs: a Pulumi of its own, its settings, and what it has done. */
import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { projectRoot } from "../../../lib/project-root";
import { ask, type PulumiAccess } from "../../../lib/pulumi/pulumi";
import { CliError } from "../../../lib/terminal/errors";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import type { Context } from "../../../lib/terminal/run";
import { pulumiAccess } from "../../../sandbox/access";
import { claim } from "../../../sandbox/cluster/claims";
import { SandboxError } from "../../../sandbox/errors";
import { installPulumi } from "../../../sandbox/pulumi-installation";
import {
  createFolders,
  readJson,
  type SandboxPaths,
  sandboxPaths,
  writePrivateFile,
} from "../../../sandbox/state";
import { toolProgress } from "../../../sandbox/tools/tool-progress";
import { ensureTools } from "../../../sandbox/tools/tools";

/** Name of the stack, which is in no backend but the folder's own. */
export const stackName = "e2e";

/** Where it is when nothing else is said. */
export const defaultFolder = path.join(projectRoot, ".e2e");

export interface Place {
  readonly paths: SandboxPaths;
  readonly access: PulumiAccess;
  /** What of Pulumi is a stand-in, since the official one is not installed. */
  readonly standIns: readonly string[];
}

/**
 * Opens the folder, for this process alone, and puts a Pulumi into it that knows no other stack.
 *
 * @throws CliError when another run is at work in it
 */
export async function openPlace(folder: string, context: Context): Promise<Place> {
  const paths = sandboxPaths(folder);
  createFolders(paths);
  claimFor(paths, context);
  context.progress.begin("looking for Pulumi");
  const report = toolProgress((line) => {
    context.progress.begin(line);
  });
  const tools = await ensureTools(["pulumi", "pulumi-resource-kubernetes"], { onProgress: report });
  const { standInRandom, ownLanguageHost } = installPulumi(paths, tools);
  const environment = { ...pulumiAccess(paths).environment };
  // The user's, as kubectl reads it: the settings name the context in it, and nothing else is used.
  const own = process.env["KUBECONFIG"];
  if (own === undefined) delete environment["KUBECONFIG"];
  else environment["KUBECONFIG"] = own;
  const access: PulumiAccess = {
    ...pulumiAccess(paths),
    kind: "own",
    description: `of npm run e2e in ${paths.root}`,
    environment,
  };
  writeProject(paths);
  await ask(access, ["stack", "select", "--create", stackName], context.signal);
  return {
    paths,
    access,
    standIns: [
      ...(standInRandom ? ["the Random provider is this project's stand-in"] : []),
      ...(ownLanguageHost ? ["the language host is this project's stand-in"] : []),
    ],
  };
}

function claimFor(paths: SandboxPaths, context: Context): void {
  try {
    context.onEnd(claim(paths, "npm run e2e", true));
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    throw new CliError(`Another npm run e2e is at work in ${paths.root}. Nothing was changed.`, {
      fix: "wait until it has ended, or give this one a folder of its own with --state <folder>",
      exitCode: exitCodes.problem,
      cause: error,
    });
  }
}

/** The program stays where it is; only what Pulumi writes is here. */
function writeProject({ project }: SandboxPaths): void {
  const text = fs.readFileSync(path.join(projectRoot, "Pulumi.yaml"), "utf8");
  const main = path.join(projectRoot, "index.ts");
  const tsconfig = path.join(projectRoot, "tsconfig.pulumi.json");
  const runtime = { name: "nodejs", options: { tsconfig } };
  const content = { ...(parse(text) as object), main, runtime };
  writePrivateFile(path.join(project, "Pulumi.yaml"), stringify(content));
}

/** One step that has ended. */
export interface StepRecord {
  readonly id: string;
  readonly title: string;
  readonly status: "passed" | "failed" | "not-run";
  readonly seconds: number;
  readonly note: string;
  /** Lines below it in the report. */
  readonly details: readonly string[];
}

/** What runs have done so far; a later one goes on from it. */
export interface Notes {
  readonly version: 1;
  readonly context: string;
  readonly server: string;
  /** Uid of the namespace kube-system: another cluster of the same name has another. */
  readonly cluster: string;
  readonly chartSet: string;
  /** How the run was asked for, without secrets: what another run must not differ in. */
  readonly asked: string;
  readonly began: string;
  /** How often it was stopped and taken up again. */
  readonly resumed: number;
  /** Cluster-scoped objects that were there before, as "kind name". */
  readonly before: readonly string[];
  readonly steps: readonly StepRecord[];
  /** What steps have measured, for later ones and for the report. */
  readonly facts: Readonly<Record<string, unknown>>;
}

function notesFile({ paths }: Pick<Place, "paths">): string {
  return path.join(paths.root, "run.json");
}

/** The notes of a run that has not come to its end; undefined when there is none. */
export function readNotes(place: Pick<Place, "paths">): Notes | undefined {
  return readJson<Notes>(notesFile(place));
}

export function writeNotes(place: Pick<Place, "paths">, notes: Notes): void {
  writePrivateFile(notesFile(place), `${JSON.stringify(notes, undefined, 2)}\n`);
}

/** Forgets a run, when nothing of it is left in the cluster. */
export function forgetNotes(place: Pick<Place, "paths">): void {
  fs.rmSync(notesFile(place), { force: true });
  fs.rmSync(path.join(place.paths.project, `Pulumi.${stackName}.yaml`), { force: true });
}
