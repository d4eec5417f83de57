/** A repository with the program in it, to preview. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { projectRoot } from "../../../../lib/project-root";
import { documentOf, type Preview } from "../../../../ops/commands/preview-pr/document";
import { preview, type PreviewOptions } from "../../../../ops/commands/preview-pr/preview";

/** What the program consists of. */
const parts = ["Pulumi.yaml", "package.json", "package-lock.json", "tsconfig.json"].concat([
  ...["tsconfig.pulumi.json", "index.ts", "config", "components", "grafana", "lib", "docs"],
  ...["dev", "tutorial", "prod"].map((stack) => `Pulumi.${stack}.yaml`),
]);

/** A repository of its own with the program in it, committed on main and checked out on a branch. */
export class Repository {
  readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-pr-"));
  private readonly endings: (() => void | Promise<void>)[] = [];

  async git(...args: string[]): Promise<string> {
    const identity = ["-c", "user.name=test", "-c", "user.email=test@example.invalid"];
    const { stdout } = await execa("git", ["-C", this.folder, ...identity, ...args], {
      env: { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" },
    });
    return stdout.trim();
  }

  static async create(): Promise<Repository> {
    const made = new Repository();
    for (const part of parts) {
      fs.cpSync(path.join(projectRoot, part), path.join(made.folder, part), { recursive: true });
    }
    fs.symlinkSync(path.join(projectRoot, "node_modules"), path.join(made.folder, "node_modules"));
    fs.writeFileSync(path.join(made.folder, ".gitignore"), "node_modules\n");
    await made.git("init", "--quiet", "--initial-branch=main");
    await made.git("add", "--all");
    await made.git("commit", "--quiet", "--message=base");
    await made.git("switch", "--quiet", "--create=change");
    return made;
  }

  /** Takes every change back. */
  async reset(): Promise<void> {
    await this.git("checkout", "--quiet", "--", ".");
    await this.git("clean", "--quiet", "--force", "-d");
  }

  /** Changes settings of a stack in its file. */
  set(stack: string, config: Readonly<Record<string, unknown>>): void {
    const file = path.join(this.folder, `Pulumi.${stack}.yaml`);
    const content = parse(fs.readFileSync(file, "utf8")) as { config: object };
    fs.writeFileSync(file, stringify({ ...content, config: { ...content.config, ...config } }));
  }

  /** Replaces text in a file; fails when it is not there, since the test would prove nothing. */
  edit(file: string, before: string, after: string): void {
    const place = path.join(this.folder, file);
    const text = fs.readFileSync(place, "utf8");
    if (!text.includes(before)) throw new Error(`${file} holds no ${before}`);
    fs.writeFileSync(place, text.replace(before, after));
  }

  /** What `npm run preview:pr` finds and prints here. */
  async preview(
    options: Omit<PreviewOptions, "project">,
  ): Promise<{ readonly found: Preview; readonly text: string }> {
    const context = {
      onEnd: (ending: () => void | Promise<void>) => void this.endings.push(ending),
      signal: new AbortController().signal,
      progress: { begin: () => undefined },
    };
    const { preview: found, scrub } = await preview({ project: this.folder, ...options }, context);
    for (const ending of this.endings.splice(0).reverse()) await ending();
    return { found, text: documentOf(found, scrub) };
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Steps by label, for one stack. */
export function stepsOf(found: Preview, stack: string): Record<string, string> {
  const report = found.stacks.find((one) => one.stack === stack);
  return Object.fromEntries((report?.resources ?? []).map(({ label, step }) => [label, step]));
}
