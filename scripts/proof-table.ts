/** Which programs prove each promise, by which tests, and when these last ran with all of it. */
import { tool } from "../sandbox/tools/tool-table";
import type { ToolName } from "../sandbox/tools/tool";
import { readRecord } from "../tests/support/record";

interface Promised {
  readonly promise: string;
  /** Relative to the project. */
  readonly tests: readonly string[];
  /** Real ones, besides Node. */
  readonly programs: readonly ToolName[];
}

/** What the sandbox consists of. */
const sandbox: readonly ToolName[] = [
  ...(["pulumi", "pulumi-resource-kubernetes"] as const),
  ...(["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd", "kwok"] as const),
];
const umbrella: readonly ToolName[] = ["otelcol-contrib", "cortex", "loki", "tempo"];
const maintained: readonly ToolName[] = ["otelcol-current", "cortex", "loki-3.7", "tempo-2.10"];
const bothSets = [...new Set([...umbrella, ...maintained])];

const dataplane = (...names: readonly string[]): string[] =>
  names.map((name) => `tests/dataplane/${name}.test.ts`);
const onSandbox = (...names: readonly string[]): string[] =>
  names.map((name) => `tests/sandbox/${name}.test.ts`);
const command = (file: string): string => `tests/ops/commands/${file}.test.ts`;

export const promises: readonly Promised[] = [
  {
    promise: "Logs, metrics and traces arrive, and are found by the tutorial's queries",
    tests: dataplane("arrival"),
    programs: umbrella,
  },
  {
    promise: "Links lead from one signal to another",
    tests: dataplane("links"),
    programs: umbrella,
  },
  {
    promise: "Every query of a dashboard, alert or link is one of its language",
    tests: ["tests/grafana/queries.test.ts"],
    programs: [],
  },
  {
    promise: "Every dashboard query finds what it shows",
    tests: dataplane("dashboards", "scraping"),
    programs: umbrella,
  },
  {
    promise: "Every alert fires by its fault, and not without it",
    tests: dataplane("alerts"),
    programs: [...bothSets, "alertmanager"],
  },
  {
    promise: "Data survives restarts",
    tests: dataplane("durability"),
    programs: [...umbrella, "gofakes3"],
  },
  {
    promise: "Faults cost what the tables of reliability say",
    tests: [
      ...dataplane("loss", "lost-disks", "killed-ingester", "quorum"),
      "tests/collector/power-cut.test.ts",
      "tests/collector/pod-logs.test.ts",
    ],
    programs: [...bothSets, "mimir-3.0", "gofakes3"],
  },
  {
    promise: "What no store takes costs nobody else's data",
    tests: dataplane("poison", "large-requests", "trace-limits", "noisy-neighbour", "late"),
    programs: [...bothSets, "mimir-3.0"],
  },
  {
    promise: "The stores start with the configuration that a stack gives them",
    tests: dataplane("store-configs", "first-start", "overrides"),
    programs: [...bothSets, "mimir-2.17", "mimir-3.0"],
  },
  {
    promise: "A second preview shows no change, and destroy leaves nothing",
    tests: onSandbox("lifecycle", "maintained", "prod"),
    programs: sandbox,
  },
  {
    promise: "An upgrade of the charts keeps the data",
    tests: [...onSandbox("upgrade"), ...dataplane("upgrade")],
    programs: [...sandbox, ...umbrella],
  },
  {
    promise: "A move to the maintained charts, and back, keeps the data",
    tests: [command("migrate/sandbox"), ...dataplane("migrate")],
    programs: [...sandbox, ...bothSets, "mimir-2.17", "mimir-3.0"],
  },
  {
    promise: "Another size keeps the data",
    tests: [command("resize/sandbox")],
    programs: sandbox,
  },
  {
    promise: "What belongs to others is neither taken nor deleted",
    tests: [...onSandbox("ownership"), command("destroy/others-sandbox")],
    programs: sandbox,
  },
  {
    promise: "Passwords and keys are changed without losing access",
    tests: onSandbox("rotation"),
    programs: sandbox,
  },
  {
    promise: "verify names the hop that fails",
    tests: [command("verify/dataplane"), command("verify/cluster-dataplane")],
    programs: [...sandbox, ...umbrella],
  },
  {
    promise: "A stack recovers from a run that was killed",
    tests: [command("recover/sandbox")],
    programs: sandbox,
  },
  {
    promise: "What was installed by hand is taken over",
    tests: [command("adopt/sandbox")],
    programs: sandbox,
  },
  {
    promise: "Settings of the wrong type are told of all at once",
    tests: onSandbox("refused-settings"),
    programs: ["pulumi", "pulumi-resource-kubernetes"],
  },
  {
    promise: "The trial on a cluster goes through all its steps",
    tests: [command("e2e/sandbox")],
    programs: sandbox,
  },
];

function versionOf(name: ToolName): string {
  const { accepts, ...row } = tool(name);
  const version = "version" in row ? row.version : accepts.replace(/^~(\d+\.\d+)\.0$/, "$1");
  return `${name.replace(/-\d.*/, "")} ${version}`;
}

/** The cells below their heads. */
export function proofRows(): readonly (readonly string[])[] {
  const runs = readRecord();
  return promises.map(({ promise, tests, programs }) => {
    const days = tests.map((file) => runs[file]);
    // The oldest: since then not all of it has run.
    const last = days.includes(undefined) ? undefined : days.toSorted()[0];
    return [
      promise,
      tests.map((file) => `\`${file}\``).join(" "),
      [...new Set(programs)].map((name) => `\`${versionOf(name)}\``).join(" "),
      last ?? "not recorded",
    ];
  });
}

export const proofHead = [
  "Promise",
  "Tests",
  "Real programs",
  "Last run with all of them",
] as const;
