/** The tools that only tests use. */
import { charts } from "../../config/charts";
import { repositories } from "../../config/image-source";
import { canonicalImage, parseImage } from "../../lib/registry/image-reference";
import type { BuiltTool, FoundTool } from "./tool";

const CORTEX = "1.21.1";
const GOFAKES3 = "1.2.0";
const ALERTMANAGER = "0.31.1";

/**
 * What the tests run in place of the charts' pods to see telemetry arrive: the backends, the object
 * storage under them and the receiver of alerts. A part of the table in tool-table.ts.
 */
export const STORE_TOOLS: readonly BuiltTool[] = [
  {
    // In Mimir's place: Mimir's ancestor, with the same tenants, limits, blocks and ruler.
    name: "cortex",
    version: CORTEX,
    module: "cortex",
    package: "github.com/cortexproject/cortex/cmd/cortex",
    variables: { "main.Version": CORTEX },
    // Those of its own releases; without the first its ingester panics.
    tags: ["slicelabels", "netgo"],
    accepts: "~1.21.0",
    probe: { args: ["-version"] },
  },
  {
    // In the place of the charts' MinIO, which the module proxy does not serve.
    name: "gofakes3",
    version: GOFAKES3,
    module: "gofakes3",
    package: ".",
    variables: { "main.version": GOFAKES3 },
    // Not upstream's executable of this name, which has other flags and does not print a version.
    accepts: GOFAKES3,
    probe: { args: ["-version"] },
  },
  {
    // The newest whose module carries the web pages that it embeds.
    name: "alertmanager",
    version: ALERTMANAGER,
    module: "alertmanager",
    package: "github.com/prometheus/alertmanager/cmd/alertmanager",
    variables: { "github.com/prometheus/common/version.Version": ALERTMANAGER },
    accepts: ">=0.27.0 <1.0.0",
    probe: { args: ["--version"] },
  },
];

/** The image of the charts, by the whole name that every engine knows. */
function imageOf(store: "loki" | "mimir" | "tempo", tag: string): string {
  const parsed = parseImage(`${repositories[store]}:${tag}`);
  if (parsed === undefined) throw new Error(`${repositories[store]}:${tag} is no image`);
  return canonicalImage(parsed);
}

/** The first of the table is what is deployed by default. */
function current<T>(versions: Readonly<Record<string, T>>): T {
  const [first] = Object.values(versions);
  if (first === undefined) throw new Error("a chart has no version");
  return first;
}

const umbrella = charts.lgtm.versions["3.0.1"];

/** Under the AGPL, which nothing here depends on: they are run where somebody has installed them, or has their images. */
export const FOUND_TOOLS: readonly FoundTool[] = [
  {
    name: "loki",
    // The line of the umbrella chart's images, as Tempo's.
    accepts: "~2.9.0",
    probe: { args: ["-version"] },
    install: "Loki 2.9, from the releases of grafana/loki",
    image: imageOf("loki", umbrella.loki),
  },
  {
    name: "loki-3.7",
    alias: "loki",
    // The line of the maintained charts' images, as Tempo's.
    accepts: "~3.7.0",
    probe: { args: ["-version"] },
    install: "Loki 3.7, from the releases of grafana/loki",
    image: imageOf("loki", current(charts.loki.versions).imageTag),
  },
  {
    name: "tempo",
    accepts: "~2.9.0",
    probe: { args: ["-version"] },
    install: "Tempo 2.9, from the releases of grafana/tempo",
    image: imageOf("tempo", umbrella.tempo),
  },
  {
    name: "tempo-2.10",
    alias: "tempo",
    accepts: "~2.10.0",
    probe: { args: ["-version"] },
    install: "Tempo 2.10, from the releases of grafana/tempo",
    image: imageOf("tempo", current(charts.tempo.versions).imageTag),
  },
  {
    name: "mimir-2.17",
    alias: "mimir",
    // That of the umbrella chart, and of the maintained charts on Kubernetes older than 1.29.
    accepts: "~2.17.0",
    probe: { args: ["-version"] },
    install: "Mimir 2.17, from the releases of grafana/mimir",
    image: imageOf("mimir", umbrella.mimir),
  },
  {
    name: "mimir-3.0",
    alias: "mimir",
    accepts: "~3.0.0",
    probe: { args: ["-version"] },
    install: "Mimir 3.0, from the releases of grafana/mimir",
    image: imageOf("mimir", current(charts.mimir.versions).imageTag),
  },
];
