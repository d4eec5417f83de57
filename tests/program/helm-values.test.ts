/** Tests: Helm values of the owner's own, and what they may not take away. */
import * as assert from "node:assert/strict";
import { ownValuesKeepPromises } from "../../config/rules/helm-values";
import type { ReleaseKey } from "../../config/helm-values";
import type { Settings } from "../../config/schema";
import { isRecord } from "../../lib/kubernetes/objects";
import { releaseMarkKey } from "../../lib/kubernetes/ownership";
import { runProgram } from "../../lib/pulumi/mocks/program";
import { find } from "../../lib/pulumi/mocks/recording";
import { stackCases } from "../charts/stack";

type Path = readonly string[];

/** What the program sets and anybody may set otherwise: nothing but the store itself goes by it. */
const free: readonly RegExp[] = [
  // How pods are asked for their health, end and are kept apart.
  /(^| )(readiness|liveness)Probe /,
  /(^| )terminationGracePeriodSeconds$/,
  /(^| )(maxUnavailable|podDisruptionBudget maxUnavailable)$/,
  /^(?!.*memcached)(.* )?affinity( |$)/,
  /(^| )shutdown-delay$/,
  // How much is taken, how late, and of what form.
  /^(?!(.* )?resources )(.* )?limits(_config)? (?!.*retention_period)/,
  /(^| )(overrides|global_overrides) defaults (?!.*processors)/,
  /(^| )(ingester|querier) (max_chunk_age|chunk_idle_period|query_ingesters_within)$/,
  /(^| )server (grpc_server_max_(recv|send)_msg_size|http_server_\w+|log_\w+)$/,
  /(^| )server grpc_server_max_\w+$/,
  /(^| )sharding_ring wait_stability_min_duration$/,
  /(^| )distributor (remote_timeout|retry_after_on_resource_exhausted)$/,
  // What Grafana tells of itself, and nginx.
  /(^| )grafana\.ini (analytics|plugins) /,
  /(^| )analytics reporting_enabled$/,
  /(^| )gateway (verboseLogging|metrics enabled)$/,
  // For receivers that the owner adds.
  /^ports (jaeger-\w+|zipkin) enabled$/,
  // Parts that the program leaves out.
  /(^| )(chunksCache|resultsCache|lokiCanary|test|overrides_exporter) enabled$/,
];

/** The name of the release in the settings, by its name in the program. */
function keyOf(name: string): ReleaseKey {
  return name === "otel" ? "otelCollector" : (name.replace(/^lgtm-/, "") as ReleaseKey);
}

function tree(path: Path, value: unknown): object {
  return path.reduceRight<unknown>((below, key) => ({ [key]: below }), value) as object;
}

/** What is said against a value of one's own at this path. */
function against(release: ReleaseKey, path: Path, value: unknown) {
  const chartSet = release === "lgtm" ? "umbrella" : "maintained";
  const helmValues = { [release]: tree(path, value) };
  return ownValuesKeepPromises({ chartSet, helmValues } as Settings);
}

/** Every path of the program's values: those of objects, and those of everything else. */
function pathsOf(values: object): { readonly objects: Path[]; readonly leaves: [Path, unknown][] } {
  const objects: Path[] = [];
  const leaves: [Path, unknown][] = [];
  const walk = (value: unknown, path: Path): void => {
    // Merged with an empty object, everything stays.
    if (isRecord(value) && Object.keys(value).length === 0) return;
    if (!isRecord(value)) leaves.push([path, value]);
    else {
      if (path.length > 0) objects.push(path);
      for (const [key, item] of Object.entries(value)) walk(item, [...path, key]);
    }
  };
  walk(values, []);
  return { objects, leaves };
}

describe("Helm values of the owner's own", () => {
  const all = new Map<
    ReleaseKey,
    { objects: Map<string, Path>; leaves: Map<string, [Path, unknown]> }
  >();

  before(async function () {
    this.timeout(120_000);
    for (const { stack, config } of [
      ...stackCases,
      { stack: "tutorial" as const, config: {} },
      { stack: "tutorial" as const, config: { "lgtm:minioRegistry": "old.example" } },
    ]) {
      const { resources } = await runProgram(stack, { config });
      for (const { name, type, inputs } of resources) {
        // Those of the cluster's own signals take none.
        if (!type.endsWith(":Release") || name.startsWith("signals-")) continue;
        const found = pathsOf((inputs as { values: object }).values);
        const release = keyOf(name === "lgtm" ? "lgtm-lgtm" : name);
        const known = all.get(release) ?? { objects: new Map(), leaves: new Map() };
        all.set(release, known);
        for (const path of found.objects) known.objects.set(path.join(" "), path);
        for (const leaf of found.leaves) known.leaves.set(leaf[0].join(" "), leaf);
      }
    }
  });

  it("are refused, or free on purpose, wherever the program sets a value", () => {
    const undecided: string[] = [];
    const both: string[] = [];
    const used = new Set<RegExp>();
    assert.deepEqual([...all.keys()].sort(), [
      ...["grafana", "lgtm", "loki", "mimir", "otelCollector", "tempo"],
    ]);
    for (const [release, { leaves }] of all)
      for (const [text, [path, value]] of leaves) {
        const isRefused = against(release, path, value).length > 0;
        const fits = free.filter((pattern) => pattern.test(text));
        for (const pattern of fits) used.add(pattern);
        if (!isRefused && fits.length === 0) undecided.push(`${release}: ${text}`);
        if (isRefused && fits.length > 0) both.push(`${release}: ${text}`);
      }
    assert.deepEqual([...undecided, "both:", ...both], ["both:"]);
    assert.deepEqual(
      free.filter((pattern) => !used.has(pattern)),
      [],
      "patterns that fit nothing",
    );
  });

  it("never take the place of an object that the program has values in", () => {
    const allowed = [...all].flatMap(([release, { objects }]) =>
      [...objects].flatMap(([text, path]) =>
        against(release, path, "x").length === 0 ? [`${release}: ${text}`] : [],
      ),
    );
    assert.deepEqual(allowed, []);
  });

  it("never reach the mark by which a release is known", () => {
    for (const release of all.keys())
      assert.equal(against(release, ["global", releaseMarkKey, "id"], "x").length, 1, release);
  });

  it("are merged last: objects deeply, lists as a whole", async () => {
    const helmValues = {
      loki: { loki: { limits_config: { max_query_series: 5000, max_line_size: 1024 } } },
      grafana: { plugins: ["grafana-clock-panel"] },
      otelCollector: { podDisruptionBudget: { enabled: false } },
    };
    const config = { "lgtm:helmValues": JSON.stringify(helmValues) };
    const [plain, changed] = [await runProgram("dev"), await runProgram("dev", { config })];
    const valuesOf = (run: typeof plain, label: string) =>
      (find(run, label).inputs as { values: Record<string, unknown> }).values;
    const limits = (run: typeof plain) =>
      (valuesOf(run, "Release lgtm-loki")["loki"] as { limits_config: object }).limits_config;
    assert.deepEqual(limits(changed), {
      ...limits(plain),
      max_query_series: 5000,
      max_line_size: 1024,
    });
    assert.deepEqual(valuesOf(changed, "Release lgtm-grafana"), {
      ...valuesOf(plain, "Release lgtm-grafana"),
      plugins: ["grafana-clock-panel"],
    });
    assert.deepEqual(
      valuesOf(changed, "Release lgtm-mimir"),
      valuesOf(plain, "Release lgtm-mimir"),
    );
  });
});
