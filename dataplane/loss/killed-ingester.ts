/** What it costs when one of Tempo's ingesters is killed. */
import type { ChartSet } from "../../config/charts";
import type { SizeName } from "../../config/sizes";
import type { TempoCluster } from "../tempo-cluster";

/** Sizes whose Tempo is the same, but for what it asks for and carries. */
export const tempoShapes = [
  { chartSet: "maintained", sizes: ["laptop"] },
  { chartSet: "maintained", sizes: ["standard", "ha"] },
  { chartSet: "umbrella", sizes: ["laptop"] },
  { chartSet: "umbrella", sizes: ["standard", "ha"] },
] as const satisfies readonly { chartSet: ChartSet; sizes: readonly [SizeName, ...SizeName[]] }[];

/** Traces of those acknowledged that are not found by their id: at the first question, and ever. */
export type NotFound = readonly [first: number, ever: number];

export interface KilledIngester {
  readonly ingesters: number;
  readonly copies: number;
  /** How many were sent before each kill, and all acknowledged. */
  readonly acknowledged: number;
  /** Nothing was killed. */
  readonly untouched: NotFound;
  /** One was killed when the traces were in its log, and has started again. */
  readonly logged: NotFound;
  /** One was killed as soon as the last trace was acknowledged: share of the traces while it is down, 0 to 1. */
  readonly whileDown: number;
  /** The same when it is back. */
  readonly within: NotFound;
}

/** Traces that Tempo moves from memory to its log are not found for a moment. */
const LOOKS = 5;

/** Two of three ingesters answer, and it may be that neither of the two has the trace. */
const LOOKS_FOR_COPIES = 30;

/** Traces that are asked for while an ingester is down, when each answer takes longer. */
const SAMPLE = 100;

/**
 * Kills an ingester twice: after the traces were written to its log, and within a second.
 *
 * @param traces how many are sent each time
 */
export async function killIngester(cluster: TempoCluster, traces: number): Promise<KilledIngester> {
  const [victim] = cluster.ingesters;
  if (victim === undefined) throw new Error("no ingester runs");
  const { program } = victim;
  const notFound = async (ids: readonly string[], looks = LOOKS): Promise<NotFound> => {
    const first = await cluster.missing(ids, 1);
    return [first.length, (await cluster.missing(first, looks)).length];
  };
  const startAgain = async (): Promise<void> => {
    await program.start();
    await cluster.joined();
  };

  const early = await cluster.send(traces);
  const untouched = await notFound(early);
  await cluster.logged();
  await program.kill();
  await startAgain();
  const logged = await notFound(early);

  const late = await cluster.send(traces);
  await program.kill();
  const sample = late.slice(0, SAMPLE);
  const whileDown = (await cluster.missing(sample, 1)).length / sample.length;
  await startAgain();
  const { copies, ingesters } = cluster;
  const [first, later] = await notFound(late, copies > 1 ? LOOKS_FOR_COPIES : LOOKS);
  // Then it is on one ingester, which is never among the first two that answer: asked for where all is written.
  if (copies > 1 && later > 0) await cluster.writtenOut();
  const ever = later > 0 ? (await cluster.missing(late, LOOKS)).length : 0;
  const within: NotFound = [first, ever];
  return {
    ...{ ingesters: ingesters.length, copies, acknowledged: traces },
    ...{ untouched, logged, whileDown, within },
  };
}

function row(shape: (typeof tempoShapes)[number], found: KilledIngester): string {
  const { ingesters, copies, untouched, logged, whileDown, within } = found;
  const counts = ([first, ever]: NotFound): string =>
    first === ever ? String(ever) : `${String(ever)} (${String(first)} at the first question)`;
  const cells = [
    `${shape.chartSet}: ${shape.sizes.map((size) => `\`${size}\``).join(", ")}`,
    `${String(ingesters)}, ${String(copies)}`,
    ...[untouched, logged, within].map(counts),
    whileDown === 0 ? "found" : whileDown === 1 ? "queries fail" : "in part",
  ];
  return `| ${cells.join(" | ")} |`;
}

/** The results as Markdown, in the order of the shapes. */
export function killedIngesterTable(results: readonly KilledIngester[]): string {
  const sent = results[0]?.acknowledged ?? 0;
  return [
    `| Not found, of ${sent.toLocaleString("en")} acknowledged traces | Ingesters, copies | Nothing killed | Killed when they were in its log | Killed at once | While it is down |`,
    "| --- | --- | --- | --- | --- | --- |",
    ...results.flatMap((result, index) => {
      const shape = tempoShapes[index];
      return shape === undefined ? [] : [row(shape, result)];
    }),
  ].join("\n");
}
