/** What the sandbox's commands print. */
import Table from "cli-table3";
import pc from "picocolors";
import type { OutputMap } from "@pulumi/pulumi/automation";
import type { SandboxPaths, SandboxState } from "./state";

/** The stack's outputs as a table; secrets only when asked for. */
export function outputsTable(outputs: OutputMap, showSecrets: boolean): string {
  const table = plainTable(["Output", "Value"]);
  for (const [name, { value, secret }] of Object.entries(outputs)) {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    table.push([name, secret && !showSecrets ? "[secret] (--show-secrets shows it)" : text]);
  }
  return table.toString();
}

/** A table with a head row; coloured on a terminal only. */
export function plainTable(head: string[]): Table.Table {
  const bold = head.map((title) => pc.bold(title));
  return new Table({ head: bold, style: { head: [], border: [], compact: true }, wordWrap: false });
}

/** What is simulated, in full, so that nobody takes it for the real thing. */
export function simulatedBlock(state: SandboxState): string {
  const simulated = state.cluster === "simulated";
  const lines = [
    ...(simulated
      ? [
          "nodes and pods (kwok): no container runs, so no data flows and no page opens",
          state.loadBalancer
            ? "volumes, and the addresses of load balancers (203.0.113.x leads nowhere)"
            : "volumes; load balancers never get an address, as asked",
        ]
      : []),
    ...(state.standInCharts
      ? ["charts: stand-ins of this project's own (sandbox/charts), not the published ones"]
      : []),
    ...(state.standInRandom
      ? ["the Random provider: a stand-in of this project's own makes the password"]
      : []),
  ];
  if (lines.length === 0) return "";
  const real = simulated
    ? "Real: the program, Pulumi's engine and Kubernetes provider, Helm, the Kubernetes API and its controllers."
    : "Real: everything else.";
  return [pc.yellow("Simulated here:"), ...lines.map((line) => `  - ${line}`), real].join("\n");
}

/** How to look around and how to stop. */
export function nextSteps(paths: SandboxPaths, state: SandboxState, kubectl: string): string {
  const access = `KUBECONFIG=${quoted(paths.kubeconfig)} ${quoted(kubectl)}`;
  const open = `${access} port-forward -n lgtm service/my-lgtm-grafana 3000:80`;
  return [
    `Look around:  ${access} get pods -A`,
    ...(state.cluster === "kind" ? [`Open Grafana: ${open}   then http://localhost:3000`] : []),
    "Play with it: npm run pulumi -- preview   (or up, refresh, stack output, destroy, ...)",
    "Stop:         npm run sandbox:down",
  ].join("\n");
}

function quoted(text: string): string {
  return /^[\w./@:+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
