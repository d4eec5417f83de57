/** The tutorial's own commands. */
import * as fs from "node:fs";
import * as path from "node:path";
import { stringify } from "yaml";
import { chartSource, charts, repositorySettings } from "../config/charts";
import type { BenchSandbox } from "./bench-sandbox";
import type { Command } from "./command";

/** Chart versions of Pulumi.tutorial.yaml, so that both sides deploy the same. */
const versions = { lgtm: "2.1.0", otelCollector: "0.129.0" } as const;

const otelValues = {
  mode: "deployment",
  image: { repository: "otel/opentelemetry-collector-contrib", tag: "0.130.0" },
  config: {
    exporters: {
      loki: { endpoint: "http://my-lgtm-loki-distributor.lgtm:3100/loki/api/v1/push" },
      prometheusremotewrite: { endpoint: "http://my-lgtm-mimir-nginx.lgtm/api/v1/push" },
      "otlp/tempo": { endpoint: "my-lgtm-tempo-distributor.lgtm:4317", tls: { insecure: true } },
    },
    service: {
      pipelines: {
        logs: { receivers: ["otlp"], processors: [], exporters: ["loki"] },
        metrics: { receivers: ["otlp"], processors: [], exporters: ["prometheusremotewrite"] },
        traces: { receivers: ["otlp"], processors: [], exporters: ["otlp/tempo"] },
      },
    },
  },
};

const tempoPort = { name: "otlp-grpc", port: 4317, targetPort: 4317, protocol: "TCP" };

/** A user waits as long as our own release does. */
const wait = ["--wait", "--timeout", "20m"];

/**
 * The tutorial's commands, one after the other as a user types them. Where the tutorial tells the
 * user to look until all pods run, the command waits: `--wait` for Helm, `kubectl wait` for the rest.
 */
export function tutorialCommands(sandbox: BenchSandbox): { up: Command[]; down: Command[] } {
  const env = sandbox.environment;
  const helm = (...args: string[]): Command => ({ file: sandbox.helm, args, env });
  const kubectl = (...args: string[]): Command => ({ file: sandbox.kubectl, args, env });
  const valuesFile = path.join(sandbox.paths.root, "otel-values.yaml");
  fs.writeFileSync(valuesFile, stringify(otelValues));

  const chart = (part: keyof typeof versions): string[] => {
    const source = chartSource(
      sandbox.charts.repositories[repositorySettings[part]],
      charts[part].name,
      versions[part],
    );
    const repository =
      source.repositoryOpts === undefined ? [] : ["--repo", source.repositoryOpts.repo];
    return [source.chart, "--version", source.version, ...repository];
  };
  const install = (release: string, part: keyof typeof versions, namespace: string): string[] => [
    "upgrade",
    "--install",
    release,
    ...chart(part),
    "-n",
    namespace,
    "--create-namespace",
  ];
  const app = ["my-flask-app", "-n", "flask-app"];
  const patch = JSON.stringify([{ op: "add", path: "/spec/ports/-", value: tempoPort }]);

  return {
    up: [
      helm(...install("my-lgtm", "lgtm", "lgtm"), "--set", "tempo.ingester.replicas=2", ...wait),
      kubectl(
        "patch",
        "-n",
        "lgtm",
        "svc/my-lgtm-grafana",
        "-p",
        '{"spec":{"type":"LoadBalancer"}}',
      ),
      kubectl(
        "patch",
        "svc",
        "my-lgtm-tempo-distributor",
        "-n",
        "lgtm",
        "--type=json",
        "-p",
        patch,
      ),
      helm(...install("otel-collector", "otelCollector", "otel"), "-f", valuesFile, ...wait),
      kubectl("create", "ns", "flask-app"),
      kubectl("create", "deployment", ...app, "--image=gasbugs21c/my-flask-app:lgtm"),
      kubectl(
        "expose",
        "deployment",
        ...app,
        "--port=80",
        "--target-port=5000",
        "--type=LoadBalancer",
      ),
      kubectl("wait", "deployment", ...app, "--for=condition=Available", "--timeout=20m"),
    ],
    // Not in the tutorial, which removes nothing but the collector.
    down: [
      helm("uninstall", "-n", "otel", "otel-collector", ...wait),
      helm("uninstall", "-n", "lgtm", "my-lgtm", ...wait),
      kubectl("delete", "ns", "lgtm", "otel", "flask-app", "--wait", "--timeout=20m"),
    ],
  };
}
