/** Puts the base beside the working tree. */
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { mask } from "../../../lib/secrets/mask";
import { CliError } from "../../../lib/terminal/errors";

export interface Trees {
  /** Folder with the base's files. */
  readonly base: string;
  /** Folder with the working tree's files. */
  readonly head: string;
  /** How the base is called: `origin/main at 1a2b3c4`. */
  readonly baseName: string;
  readonly headName: string;
  /** What a reader must know about the comparison. */
  readonly notes: readonly string[];
}

/** Branches that pull requests go to, the fetched one first: a local one may be behind. */
const mainBranches = ["origin/main", "main"];

async function git(folder: string, ...args: string[]): Promise<string | undefined> {
  const result = await execa("git", ["-C", folder, ...args], { reject: false });
  return result.failed ? undefined : result.stdout.trim();
}

async function commitOf(folder: string, ref: string): Promise<string | undefined> {
  return git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`);
}

async function chooseBase(
  folder: string,
  given: string | undefined,
): Promise<readonly [string, string]> {
  if (given !== undefined) {
    const commit = await commitOf(folder, given);
    if (commit !== undefined) return [commit, given];
    throw new CliError(`--base ${given}: git knows no such commit here.`, {
      fix: "git fetch origin <branch>; in a workflow, actions/checkout with fetch-depth: 0",
    });
  }
  for (const branch of mainBranches) {
    const fork = await git(folder, "merge-base", "HEAD", branch);
    if (fork !== undefined) return [fork, branch];
  }
  throw new CliError(
    `There is no commit that HEAD has in common with ${mainBranches.join(" or ")}.`,
    {
      fix: "name the base with --base <ref>; in a workflow, actions/checkout with fetch-depth: 0",
    },
  );
}

async function extract(folder: string, commit: string, target: string): Promise<void> {
  const prefix = (await git(folder, "rev-parse", "--show-prefix")) ?? "";
  const archive = path.join(target, "..", "base.tar");
  await execa("git", ["-C", folder, "archive", `--output=${archive}`, `${commit}:${prefix}`]);
  fs.mkdirSync(target, { recursive: true });
  await execa("tar", ["-xf", archive, "-C", target]);
  fs.rmSync(archive);
}

/** @throws CliError with git's own reason when it cannot compare anything here */
async function refuseNoWorkTree(folder: string): Promise<void> {
  const { failed, code, stdout, stderr } = await execa(
    "git",
    ["-C", folder, "rev-parse", "--is-inside-work-tree"],
    // Its words are read.
    { reject: false, env: { LC_ALL: "C" } },
  );
  if (code === "ENOENT") {
    throw new CliError("git is not installed: there is none on PATH.", {
      fix: "install it (https://git-scm.com/downloads), or put it on PATH",
    });
  }
  if (stderr.includes("dubious ownership")) {
    const exception = /^\s*(git config .*safe\.directory .+)$/m.exec(stderr)?.[1];
    throw new CliError(
      `git does not read ${folder}: the folder belongs to another user (git: dubious ownership).`,
      {
        fix: `if you trust what is in it: ${exception ?? `git config --global --add safe.directory ${folder}`}; else give it to the user that runs this`,
      },
    );
  }
  if (stdout.trim() === "false" || stderr.includes("not a git repository")) {
    throw new CliError(`${folder} is no git work tree, so there is nothing to compare with.`, {
      fix: "clone the repository with git",
    });
  }
  if (failed) {
    throw new CliError(`git cannot read ${folder}: ${mask(stderr.trim().split("\n")[0] ?? "")}`, {
      fix: `see what ails it: git -C ${folder} status`,
    });
  }
}

/** Both use the packages that are installed; it is said where the base asks for others. */
function packages(base: string, head: string): string[] {
  const own = path.join(base, "node_modules");
  // Somebody may have committed one.
  fs.rmSync(own, { recursive: true, force: true });
  fs.symlinkSync(path.join(head, "node_modules"), own);
  const lock = (root: string): string => {
    const file = path.join(root, "package-lock.json");
    return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  };
  return lock(base) === lock(head)
    ? []
    : [
        "package-lock.json differs. Both sides ran with the working tree's packages: what a new version of a package alone changes is not shown.",
      ];
}

/**
 * Puts the base beside the working tree.
 *
 * @param folder the project
 * @param scratch folder for the base's files
 * @param given a git ref; default: where the branch left origin/main or main
 * @throws CliError when git is missing, there is no repository that it reads, or no such commit
 */
export async function layTrees(folder: string, scratch: string, given?: string): Promise<Trees> {
  await refuseNoWorkTree(folder);
  const [commit, name] = await chooseBase(folder, given);
  const base = path.join(scratch, "base");
  await extract(folder, commit, base);
  const head = (await git(folder, "rev-parse", "--short", "HEAD")) ?? "";
  const dirty = (await git(folder, "status", "--porcelain")) !== "";
  return {
    base,
    head: folder,
    baseName: `${name} at ${commit.slice(0, 7)}`,
    headName: dirty ? `the working tree (${head} and uncommitted changes)` : head,
    notes: packages(base, folder),
  };
}
