/** `npm run images`: whether every image and chart that this program can deploy can still be had. */
import { charts, chartsOfSet, knownVersions } from "../../../config/charts";
import { goneImages, imagesOf } from "../../../config/images";
import { type SettingKey, type Settings, settingsSchema } from "../../../config/schema";
import { sizeNames } from "../../../config/sizes";
import {
  mergedConfig,
  projectFile,
  stackConfig,
  stacksNamed,
} from "../../../lib/pulumi/stack-files";
import { type Answer, askRegistries } from "../../../lib/registry/registry";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import type { Context, Outcome } from "../../../lib/terminal/run";
import { color, count } from "../../../lib/terminal/screen";
import { askRepositories, type ChartAnswer, knownCharts } from "./published-charts";

const keys = Object.keys(settingsSchema.shape) as SettingKey[];

type Texts = Readonly<Record<string, string>>;

/** The settings of a stack's file, or the defaults, with others. */
export function settingsFrom(config: Texts, other: Texts = {}): Settings | undefined {
  const raw = Object.fromEntries(keys.map((key) => [key, other[key] ?? config[`lgtm:${key}`]]));
  return settingsSchema.safeParse(raw).data;
}

/** Every set, size and version; a size alone changes which parts there are. */
function everyVariant(config: Texts): (readonly [string, Settings | undefined])[] {
  const versioned = (["umbrella", "maintained"] as const).flatMap((chartSet) =>
    chartsOfSet[chartSet].flatMap((part) =>
      knownVersions(part).map((version): [string, Texts] => [
        `${charts[part].name} ${String(version)}`,
        { chartSet, [`${part}ChartVersion`]: version },
      ]),
    ),
  );
  return versioned.flatMap(([title, other]) =>
    sizeNames.map((size) => [title, settingsFrom(config, { ...other, size })] as const),
  );
}

/** An image, and which stacks and charts need it for what. */
interface Needed {
  readonly parts: Set<string>;
  readonly by: Set<string>;
}

function collect(variants: readonly (readonly [string, Settings | undefined])[]) {
  const needed = new Map<string, Needed>();
  for (const [by, settings] of variants) {
    if (settings === undefined) continue;
    for (const { part, image } of imagesOf(settings)) {
      const one = needed.get(image) ?? { parts: new Set(), by: new Set() };
      one.parts.add(part);
      one.by.add(by);
      needed.set(image, one);
    }
  }
  return needed;
}

/** Asks without a login, as a fresh cluster would. Needs neither Pulumi nor a cluster. */
export async function images(context: Context): Promise<Outcome> {
  const { flags, progress, signal } = context;
  const stacks = stacksNamed(flags.stack);
  const own = stacks.map((stack) => [`stack ${stack}`, settingsFrom(stackConfig(stack))] as const);
  const unreadable = own.flatMap(([name, settings]) => (settings === undefined ? [name] : []));
  const defaults = mergedConfig(projectFile(), {});
  const needed = collect([...own, ...(flags.stack === undefined ? everyVariant(defaults) : [])]);
  progress.begin("asking registries and repositories");
  const [answers, published] = await Promise.all([
    askRegistries([...needed.keys()], { signal, timeoutMs: 30_000 }),
    askRepositories(knownCharts, (setting) => defaults[`lgtm:${setting}`] ?? "", signal),
  ]);
  return report(needed, answers, published, unreadable);
}

/** One line of the report. */
interface Line {
  readonly level: "problem" | "known" | "unknown" | "ok";
  readonly what: string;
  readonly reason: string;
  readonly neededBy: readonly string[];
}

function lineOfImage(image: string, { parts, by }: Needed, answer: Answer | undefined): Line {
  const neededBy = [...parts, ...by];
  const isGone = goneImages.some((name) => image.startsWith(`${name}:`));
  const reason = answer === undefined || answer.kind === "there" ? "" : answer.reason;
  const level =
    answer === undefined || answer.kind === "unknown"
      ? "unknown"
      : answer.kind === "there"
        ? "ok"
        : isGone
          ? "known"
          : "problem";
  return { level, what: `image ${image}`, reason, neededBy };
}

function lineOfChart({ chart, repository, kind, reason }: ChartAnswer): Line {
  const level = kind === "there" ? "ok" : kind === "missing" ? "problem" : "unknown";
  return { level, what: `chart ${chart}`, reason, neededBy: [repository] };
}

function report(
  needed: ReadonlyMap<string, Needed>,
  answers: ReadonlyMap<string, Answer>,
  published: readonly ChartAnswer[],
  unreadable: readonly string[],
): Outcome {
  const lines: Line[] = [
    ...unreadable.map((name): Line => ({
      level: "problem",
      what: name,
      reason: "its settings are not well formed: pulumi preview says which",
      neededBy: [],
    })),
    ...[...needed].map(([image, one]) => lineOfImage(image, one, answers.get(image))),
    ...published.map(lineOfChart),
  ];
  const of = (level: Line["level"]): Line[] => lines.filter((line) => line.level === level);
  const problems = of("problem");
  // Who hears nothing at all has not asked: a run that nobody watches must not pass for that.
  const deaf = of("ok").length === 0 && problems.length === 0;
  const paint = { problem: color.red, known: color.yellow, unknown: color.yellow, ok: color.green };
  const verdict = deaf
    ? color.red("No registry and no repository has answered.")
    : problems.length > 0
      ? color.red(`${count(problems.length, "problem")}.`)
      : color.green(`No problem; ${String(of("unknown").length)} not known.`);
  const shown = [...problems, ...of("known"), ...of("unknown"), ...of("ok")];
  return {
    exitCode: deaf || problems.length > 0 ? exitCodes.problem : exitCodes.ok,
    text: [
      ...shown.map(({ level, what, reason, neededBy }) => {
        const why = level === "known" ? `${reason}, as docs/charts.md says` : reason;
        const first = `${paint[level](level.padEnd(8))}${what}${why === "" ? "" : `: ${why}`}`;
        return level === "ok" ? first : `${first}\n        needed by ${neededBy.join(", ")}`;
      }),
      "",
      verdict,
    ].join("\n"),
    json: { problems: problems.length, deaf, lines: shown },
  };
}
