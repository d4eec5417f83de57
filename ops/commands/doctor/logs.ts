/** The last log lines of containers that fail, with secrets hidden. */
import type { Cluster } from "../../../lib/kubernetes/cluster";
import { ApiError } from "../../../lib/kubernetes/cluster";
import { areSecretsKnown } from "../../../lib/secrets/known-secrets";
import { mask } from "../../../lib/secrets/mask";
import { CliError } from "../../../lib/terminal/errors";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import type { Finding } from "./findings";
import type { LogWanted, PodFinding } from "./findings";

/** How many last lines of a log are shown. */
const lines = 6;

/** How many logs are read: when everything crashes, the first ones tell why. */
const limit = 8;

/** Longest line that is shown, in characters. */
const longestLine = 300;

/** How long a log may take: a kubelet that nobody reaches is silent, and doctor is not to wait. */
const logLimitMs = 5000;

const unread =
  "(its log is not shown: Secrets may not be read here, so what is secret in it is not known)";

/** Symptoms whose words a container has left behind when it ended: often the end of its log. */
const lastWords: readonly (string | undefined)[] = ["crash", "init-failed"];

/**
 * Adds the last log lines to the findings that ask for them, with secrets hidden. Where Secrets may
 * not be read, nothing that a container has said is shown.
 */
export async function withLogs(
  findings: readonly PodFinding[],
  cluster: Cluster,
  secrets: readonly string[],
): Promise<Finding[]> {
  const asked = findings.filter(({ log }) => log !== undefined).slice(0, limit);
  return Promise.all(
    findings.map(async ({ log, ...finding }): Promise<Finding> => {
      const hide = (text: string): string => mask(text, secrets);
      const told = { ...finding, ...(finding.words && { words: finding.words.map(hide) }) };
      if (log !== undefined && !areSecretsKnown(cluster, log.namespace)) return withoutLog(told);
      if (log === undefined || !asked.some((one) => one.object === finding.object)) return told;
      const last = await lastLines(cluster, log);
      // Hidden before it is cut: half a secret would not be known as one.
      const shown = last.map((line) => hide(line).slice(0, longestLine));
      return { ...told, words: [...(told.words ?? []), ...shown] };
    }),
  );
}

function withoutLog(finding: Finding): Finding {
  const words = lastWords.includes(finding.symptom) ? [] : (finding.words ?? []);
  return { ...finding, words: [...words, unread] };
}

async function lastLines(cluster: Cluster, wanted: LogWanted): Promise<string[]> {
  const { namespace, pod, container, previous } = wanted;
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/log`;
  try {
    const query = { container, previous: String(previous), tailLines: lines };
    const text = await cluster.text(path, query, "*/*", logLimitMs);
    const last = text
      .trimEnd()
      .split("\n")
      .filter((line) => line.trim() !== "");
    if (last.length === 0) return ["(its log is empty)"];
    return last.slice(-lines);
  } catch (error) {
    if (!(error instanceof ApiError || isUnreachable(error))) throw error;
    // The container before this one may be gone already.
    if (error instanceof ApiError && previous)
      return lastLines(cluster, { ...wanted, previous: false });
    return [`(its log cannot be read: ${error.message})`];
  }
}

/** The API server answers to everything else: what it cannot reach is the kubelet. */
function isUnreachable(error: unknown): error is CliError {
  return error instanceof CliError && error.exitCode === exitCodes.unreachable;
}
