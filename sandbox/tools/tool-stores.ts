/** The tools that only tests use. */
import type { Tool } from "./tool";

const LOKI = "2.9.6";
const TEMPO = "2.9.0";
const CORTEX = "1.21.1";
const GOFAKES3 = "1.2.0";
const ALERTMANAGER = "0.31.1";

/**
 * What the tests run in place of the charts' pods to see telemetry arrive: the backends, the object
 * storage under them and the receiver of alerts. A part of the table in tool-table.ts.
 */
export const STORE_TOOLS: readonly Tool[] = [
  {
    name: "loki",
    version: LOKI,
    moduleVersion: "v1.6.2-0.20240321101415-318652035059",
    module: "loki",
    package: "github.com/grafana/loki/cmd/loki",
    variables: { "github.com/grafana/loki/pkg/util/build.Version": LOKI },
    // The line of the charts' images.
    accepts: "~2.9.0",
    probe: { args: ["-version"] },
  },
  {
    name: "tempo",
    version: TEMPO,
    moduleVersion: "v1.5.1-0.20251008140505-607c7fb69662",
    module: "tempo",
    package: "github.com/grafana/tempo/cmd/tempo",
    variables: { "main.Version": TEMPO },
    accepts: "~2.9.0",
    probe: { args: ["-version"] },
  },
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
