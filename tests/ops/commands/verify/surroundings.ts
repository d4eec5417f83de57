/** What surrounds a verification. */
import type { Surroundings } from "../../../../ops/commands/verify/diagnosis/diagnose";
import type { Component } from "../../../../ops/commands/verify/signals";

/** What the stack's outputs say. */
export const outputs: Readonly<Record<Component, string>> = {
  collector: "http://otel-collector-opentelemetry-collector.otel:4318",
  loki: "http://my-lgtm-loki-gateway",
  mimir: "http://my-lgtm-mimir-nginx/prometheus",
  tempo: "http://my-lgtm-tempo-query-frontend:3200",
};

/** Where everything would be, and the commands as a user would type them. */
export const surroundings: Surroundings = {
  where: {
    collector: { namespace: "otel", service: "otel-collector-opentelemetry-collector" },
    loki: { namespace: "lgtm", service: "my-lgtm-loki-gateway" },
    mimir: { namespace: "lgtm", service: "my-lgtm-mimir-nginx" },
    tempo: { namespace: "lgtm", service: "my-lgtm-tempo-query-frontend" },
  },
  commands: {
    kubectl: (command) => `kubectl --context kind-lgtm ${command}`,
    npm: (script) => `npm run ${script} -- --stack dev`,
    pulumi: (command) => `pulumi ${command} --stack dev`,
  },
  demoHasTraffic: true,
};
