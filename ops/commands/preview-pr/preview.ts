/** Compares every stack of two trees. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stacksIn, stacksNamed } from "../../../lib/pulumi/stack-files";
import type { Context } from "../../../lib/terminal/run";
import { ensureTools } from "../../../sandbox/tools/tools";
import { layTrees, type Trees } from "./base";
import { resourceChanges } from "./changes";
import { Charts } from "./charts";
import { type DataEffect, dataEffects } from "./data";
import { dataFactsOf } from "./data-facts";
import type { Preview } from "./document";
import { markChange, unmarked } from "./mark";
import { Masks } from "./masking";
import { objectChanges } from "./objects";
import { type Provider, startProvider } from "./provider";
import { Renderer } from "./render";
import type { StackReport } from "./report";
import { stackSettings } from "./settings";
import { absent, type Side, sideOf } from "./side";

export interface PreviewOptions {
  /** Folder of the working tree's project. */
  readonly project: string;
  /** Default: every stack that has a file. */
  readonly stack?: string;
  /** Git ref; default: where the branch left main. */
  readonly base?: string;
  /** Folder or repository of charts; default: what each stack says. */
  readonly charts?: string;
  /** Secrets in clear by key, for the tests. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** What a command's context is used for here. */
export type PreviewContext = Pick<Context, "onEnd" | "signal"> & {
  readonly progress: Pick<Context["progress"], "begin">;
};

interface Work {
  readonly trees: Trees;
  readonly scratch: string;
  readonly provider: Provider;
  readonly renderer: Renderer;
  readonly secrets: Readonly<Record<string, string>>;
}

/** Masks for both sides of a stack, so that the same secret has the same mark. */
export function masksOf(roots: readonly string[], stack: string): Masks {
  const open = roots.flatMap((root) => {
    const { values, secretKeys } = stackSettings(root, stack);
    return Object.entries(values).flatMap(([key, value]) =>
      secretKeys.includes(key) ? [] : [value],
    );
  });
  return new Masks(open);
}

async function compare(stack: string, work: Work): Promise<readonly [StackReport, Masks]> {
  const { trees, renderer, provider, secrets } = work;
  const scratch = fs.mkdtempSync(path.join(work.scratch, "stack-"));
  const isNew = !stacksIn(trees.base).includes(stack);
  const masks = masksOf(isNew ? [trees.head] : [trees.base, trees.head], stack);
  // One after the other: the SDK keeps what it runs in the process.
  const side = (root: string): Promise<Side> => sideOf({ root, stack, masks, renderer, secrets });
  const before = isNew ? absent("the base has no such stack") : await side(trees.base);
  const after = await side(trees.head);
  const [old, young] = [before.resources, after.resources];
  const resources = await resourceChanges(unmarked(old), unmarked(young), provider, scratch);
  const objects = await objectChanges(before.subjects, after.subjects, scratch);
  const data = dataOf(before, after, isNew);
  return [{ stack, before, after, resources, objects, data, mark: markChange(old, young) }, masks];
}

function dataOf(before: Side, after: Side, isNew: boolean): DataEffect[] {
  const [old, young] = [dataFactsOf(before), dataFactsOf(after)];
  // Where the program refuses, nothing is done.
  if (young === undefined) return [];
  const unseen = "what would become of data: the program of the base refuses this stack.";
  if (old === undefined && !isNew) return [{ fate: "unknown", text: unseen }];
  return dataEffects(old, young);
}

function notesOf(trees: Trees, reports: readonly StackReport[]): string[] {
  const gone = stacksIn(trees.base).filter((stack) => !stacksIn(trees.head).includes(stack));
  const charts = reports.flatMap(({ before, after }) =>
    [...before.rendered, ...after.rendered].flatMap(({ chart }) => chart?.note ?? []),
  );
  const aliases = reports.some(({ after }) => after.resources.some(({ hasAliases }) => hasAliases));
  return [
    ...trees.notes,
    ...gone.map(
      (stack) =>
        `Pulumi.${stack}.yaml is gone. What stack ${stack} has deployed stays, until somebody destroys it.`,
    ),
    ...new Set(charts),
    ...(aliases
      ? [
          "Resources have aliases, which this comparison does not follow: a rename shows as delete and create.",
        ]
      : []),
  ];
}

/**
 * Compares what the program of the working tree would deploy with what the base's would, without a
 * cluster, a passphrase or a login.
 *
 * @returns the comparison, and what takes every known secret out of a text
 * @throws CliError when there is no such base or stack, or a tool cannot be had
 */
export async function preview(
  options: PreviewOptions,
  context: PreviewContext,
): Promise<{ readonly preview: Preview; readonly scrub: (text: string) => string }> {
  const stacks = stacksNamed(options.stack, options.project);
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-preview-"));
  context.onEnd(() => {
    fs.rmSync(scratch, { recursive: true, force: true });
  });
  context.progress.begin("finding the base");
  const trees = await layTrees(options.project, scratch, options.base);
  context.progress.begin("finding helm and the Kubernetes provider");
  const tools = await ensureTools(["helm", "pulumi-resource-kubernetes"]);
  const provider = await startProvider(tools["pulumi-resource-kubernetes"]);
  context.onEnd(() => {
    provider.close();
  });
  const charts = new Charts(tools.helm, scratch, options.charts);
  const renderer = new Renderer(tools.helm, charts);
  const work = { trees, scratch, provider, renderer, secrets: options.secrets ?? {} };

  const reports: StackReport[] = [];
  const masks: Masks[] = [];
  for (const stack of stacks) {
    context.signal.throwIfAborted();
    context.progress.begin(`comparing stack ${stack}`);
    const [report, own] = await compare(stack, work);
    reports.push(report);
    masks.push(own);
  }
  const { baseName, headName } = trees;
  return {
    preview: { baseName, headName, notes: notesOf(trees, reports), stacks: reports },
    scrub: (text) =>
      masks
        .reduce((scrubbed, own) => own.scrub(scrubbed), text)
        // Credentials inside a URL, whoever wrote them there.
        .replace(/(:\/\/)[^/\s@"'`]+@/g, "$1[secret]@"),
  };
}
