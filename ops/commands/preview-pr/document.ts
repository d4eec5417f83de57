/** The whole Markdown document, no longer than a comment may be. */
import { blocking } from "../../../policy/judge";
import { showEffects } from "./data";
import { code, longest, marker, table } from "./markdown";
import { arrow, isQuiet, stackSection, type StackReport } from "./report";
import { isBlocked } from "./side";
import { restarted, totalOf } from "./workloads";

export interface Preview {
  readonly baseName: string;
  readonly headName: string;
  /** Said before everything else. */
  readonly notes: readonly string[];
  readonly stacks: readonly StackReport[];
}

function verdict({ after }: StackReport): string {
  if (after.program === undefined) return "**refused**";
  const stops = blocking(after.findings).length;
  const failed = after.rendered.filter(({ problem }) => problem !== undefined).length;
  if (failed > 0) return `**${String(failed)} not rendered**`;
  return stops === 0 ? "passes" : `**${String(stops)} broken**`;
}

function steps({ resources }: StackReport): string {
  if (resources.length === 0) return "none";
  const counts = new Map<string, number>();
  for (const { step } of resources) counts.set(step, (counts.get(step) ?? 0) + 1);
  return [...counts].map(([step, count]) => `${String(count)} ${step}`).join(", ");
}

function overview(stacks: readonly StackReport[]): string {
  return table(
    ["Stack", "Resources", "Objects in releases", "Pods replaced", "Pods", "Policy"],
    stacks.map((report) => {
      const { stack, objects, before, after } = report;
      const pods = (side: typeof before): number => totalOf(side.subjects).pods;
      return [
        stack,
        steps(report),
        objects.length === 0 ? "none" : String(objects.length),
        String(restarted(before.subjects, after.subjects).length),
        arrow(pods(before), pods(after)),
        verdict(report),
      ];
    }),
  );
}

/** What happens to data, before everything else. */
function dataSection(stacks: readonly StackReport[]): string[] {
  const told = stacks.filter(({ data }) => data.length > 0);
  if (told.length === 0) return ["**No volume or bucket is deleted.**"];
  return [
    "## Data",
    ...told.flatMap(({ stack, data }) => [`Stack ${code(stack)}:`, showEffects(data)]),
    ...(told.some(({ data }) => data.some(({ fate }) => fate === "deleted" || fate === "unknown"))
      ? []
      : ["No volume or bucket is deleted."]),
  ];
}

function whole({ baseName, headName, notes, stacks }: Preview, limit: number): string {
  const warnings = stacks.flatMap(({ stack, resources, objects }) => [
    ...resources.flatMap(({ label, step, warning }) =>
      warning === undefined ? [] : [`> ⚠ Stack ${stack}: ${step} of ${code(label)}: ${warning}.`],
    ),
    ...objects.flatMap(({ label, refused }) =>
      refused?.certain === true
        ? [`> ⚠ Stack ${stack}: ${code(label)}: Helm's upgrade fails.`]
        : [],
    ),
  ]);
  const quiet = stacks.filter((report) => isQuiet(report) && !isBlocked(report.after));
  const told = stacks.filter((report) => !quiet.includes(report));
  return [
    marker,
    "# Preview",
    ...dataSection(stacks),
    `What \`pulumi up\` would do with ${headName}, compared with ${baseName}.`,
    ...notes.map((note) => `> ${note}`),
    ...warnings,
    overview(stacks),
    ...(quiet.length === 0
      ? []
      : [`Nothing changes in: ${quiet.map(({ stack }) => stack).join(", ")}.`]),
    ...told.map((report) => stackSection(report, limit)),
  ].join("\n\n");
}

/** How many lines of each difference are tried, until the whole fits. */
const limits = [400, 250, 160, 110, 80, 60, 45, 35, 27, 20, 15, 11, 8, 5, 3, 0];

/** Cuts at the end of a line, closes what is open, and says so. */
function cut(text: string, length: number): string {
  const note =
    "\n\n**Cut here, at the longest that a comment may be.** Run `npm run preview:pr` for the rest.\n";
  const head = text.slice(0, length - note.length - 200);
  const kept = head.slice(0, head.lastIndexOf("\n"));
  // A fence that was opened and not closed would swallow the note.
  const fences = kept.match(/^`{3,}/gm) ?? [];
  const fence = fences.length % 2 === 1 ? `\n${fences.at(-1) ?? ""}` : "";
  const open = kept.split("<details>").length - kept.split("</details>").length;
  return `${kept}${fence}\n\n${"</details>\n\n".repeat(Math.max(0, open))}${note}`;
}

/**
 * The report as Markdown.
 *
 * @param scrub takes every known secret out of a text
 * @param length longest text in characters; what does not fit is cut, which is said
 */
export function documentOf(
  preview: Preview,
  scrub: (text: string) => string = (text) => text,
  length = longest,
): string {
  if (!Number.isFinite(length)) return scrub(whole(preview, length));
  const note =
    "Differences are shortened so that this fits into a comment. Run `npm run preview:pr -- --full` for all of them.";
  const shortened = { ...preview, notes: [...preview.notes, note] };
  for (const limit of limits) {
    const text = scrub(whole(limit === limits[0] ? preview : shortened, limit));
    if (text.length <= length) return text;
  }
  return cut(scrub(whole(shortened, 0)), length);
}
