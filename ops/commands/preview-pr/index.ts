/** `npm run preview:pr`: what a pull request would change, as Markdown, without cluster and secrets. */
import * as fs from "node:fs";
import * as path from "node:path";
import { repositoryKind } from "../../../config/charts";
import { projectRoot } from "../../../lib/project-root";
import { CliError } from "../../../lib/terminal/errors";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import type { Context, Flags, Outcome } from "../../../lib/terminal/run";
import { documentOf, type Preview } from "./document";
import { longest } from "./markdown";
import { preview } from "./preview";
import type { StackReport } from "./report";
import { isBlocked } from "./side";

interface PreviewFlags extends Flags {
  readonly base?: string;
  readonly charts?: string;
  readonly output?: string;
  readonly full: boolean;
}

/** npm changes to the project's folder; a relative path was meant from where the user typed it. */
function fromHere(file: string): string {
  return path.resolve(process.env["INIT_CWD"] ?? process.cwd(), file);
}

function chartsFrom(text: string): string {
  if (text === "") {
    throw new CliError("--charts is empty.", {
      fix: "give a Helm repository, an OCI registry, or a folder with packaged charts",
      exitCode: exitCodes.usage,
    });
  }
  return repositoryKind(text) === "folder" ? fromHere(text) : text;
}

/** What is told of a stack, for programs. */
function jsonOf(report: StackReport): object {
  const { stack, after, data, mark, resources, objects } = report;
  return {
    stack,
    blocked: isBlocked(after),
    problem: after.problem,
    data,
    mark,
    resources: resources.map(({ label, step, warning }) => ({ label, step, warning })),
    objects: objects.map(({ label, release, change, refused }) => ({
      ...{ label, release, step: change.status, refused },
    })),
    policy: after.findings.map(({ rule, subject, problem, exemption }) => ({
      ...{ rule: rule.id, severity: rule.severity, subject, problem, exemption },
    })),
  };
}

function scrubbed(value: unknown, scrub: (text: string) => string): unknown {
  if (typeof value === "string") return scrub(value);
  if (Array.isArray(value)) return value.map((item) => scrubbed(item, scrub));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, scrubbed(item, scrub)]),
  );
}

function outcomeOf(found: Preview, scrub: (text: string) => string, flags: PreviewFlags): Outcome {
  const { output, full } = flags;
  const text = documentOf(found, scrub, full ? Number.POSITIVE_INFINITY : longest);
  if (output !== undefined) {
    fs.mkdirSync(path.dirname(fromHere(output)), { recursive: true });
    fs.writeFileSync(fromHere(output), `${text}\n`);
  }
  const { baseName, headName, notes, stacks } = found;
  const json = { base: baseName, head: headName, notes, stacks: stacks.map(jsonOf) };
  return {
    exitCode: stacks.some(({ after }) => isBlocked(after)) ? exitCodes.problem : exitCodes.ok,
    text: output === undefined ? text : `Written to ${output}.`,
    json: { ...(scrubbed(json, scrub) as object), markdown: text },
  };
}

/** Compares the working tree with the base, and says what the change would do. */
export async function previewPr(context: Context): Promise<Outcome> {
  const flags = context.flags as PreviewFlags;
  const { stack, base, charts } = flags;
  const { preview: found, scrub } = await preview(
    {
      project: projectRoot,
      ...(stack !== undefined && { stack }),
      ...(base !== undefined && { base }),
      ...(charts !== undefined && { charts: chartsFrom(charts) }),
    },
    context,
  );
  return outcomeOf(found, scrub, flags);
}
