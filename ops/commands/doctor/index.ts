/** `npm run doctor`: says what keeps, or would keep, a stack from running. */
import type { Cluster } from "../../../lib/kubernetes/cluster";
import { loadClient } from "../../../lib/kubernetes/open-cluster";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import type { Context, Outcome } from "../../../lib/terminal/run";
import { color, count, indent } from "../../../lib/terminal/screen";
import { openCluster } from "../../cluster";
import { openStack, type Stack } from "../../stack";
import type { Finding } from "./findings";

export async function doctor(context: Context): Promise<Outcome> {
  const opening = openStack(context);
  // While Pulumi answers.
  loadClient();
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { examine } = require("./examine") as typeof import("./examine");
  const stack = await opening;
  const cluster = await openCluster(stack, context);
  // The sandbox's nodes are simulated, and pull nothing.
  const question = stack.access.kind === "sandbox" ? undefined : context;
  const findings = await examine(stack, cluster, new Date(), question);
  return report(stack, cluster, findings);
}

function report(stack: Stack, cluster: Cluster, findings: readonly Finding[]): Outcome {
  const problems = findings.filter(({ level }) => level === "problem").length;
  const warnings = findings.filter(({ level }) => level === "warning").length;
  const verdict =
    problems > 0
      ? color.red(`${count(problems, "problem")}, ${count(warnings, "warning")}.`)
      : warnings > 0
        ? color.yellow(`No problem, ${count(warnings, "warning")}.`)
        : color.green("No problem.");
  return {
    exitCode: problems > 0 ? exitCodes.problem : exitCodes.ok,
    text: [
      `${stack.title}, cluster ${cluster.context}`,
      "",
      ...findings.map(show),
      "",
      verdict,
    ].join("\n"),
    json: { stack: stack.name, context: cluster.context, problems, warnings, findings },
  };
}

function show({ level, symptom, object, message, words = [], fix }: Finding): string {
  const paint = { problem: color.red, warning: color.yellow, ok: color.green }[level];
  const label = paint(level.padEnd(8));
  const name = symptom === undefined ? "" : color.dim(` [${symptom}]`);
  const first = `${label}${color.bold(object)}${name}`;
  if (level === "ok") return `${first}: ${message}`;
  const lines = [
    message,
    ...words.map((line) => color.dim(`| ${line}`)),
    ...(fix === undefined ? [] : [`fix: ${fix}`]),
  ];
  return `${first}\n${indent(lines.join("\n"), 8)}`;
}
