import * as k8s from "@pulumi/kubernetes";
import {
  DemoApp,
  leftAsFound,
  LgtmStack,
  OtelCollector,
  TempoDistributorPortPatch,
} from "./components";
import { loadSettings } from "./config/settings";

const settings = loadSettings();
const provider = new k8s.Provider("cluster", settings.cluster);
const found = settings.adoptedAsFound ? leftAsFound() : {};

// Loki, Grafana, Tempo and Mimir, with the three datasources that connect them.
const lgtm = new LgtmStack("lgtm", settings.lgtm, { provider, ...found });

// Tempo's distributor gets the port that traces arrive on.
const tempoPort = new TempoDistributorPortPatch(
  "tempo",
  { service: lgtm.tempoDistributor },
  { provider },
);

// One collector takes all three signals and sends each to its store.
const collector = new OtelCollector(
  "otel",
  {
    ...settings.otelCollector,
    lokiPushUrl: lgtm.lokiPushUrl,
    mimirPushUrl: lgtm.mimirPushUrl,
    mimirOtlpUrl: lgtm.mimirOtlpUrl,
    tempoOtlpEndpoint: tempoPort.otlpEndpoint,
    lgtmNamespace: lgtm.namespace,
  },
  { provider, ...found },
);

// An instrumented application, with traffic, so that there is something to see.
const demo =
  settings.demo &&
  new DemoApp(
    "demo",
    { ...settings.demo, otlpEndpoint: collector.otlpGrpcEndpoint },
    { provider, ...found },
  );

export const grafanaIp = lgtm.grafanaIp;
export const grafanaUrl = lgtm.grafanaUrl;
export const grafanaAdminUser = lgtm.grafanaAdminUser;
export const grafanaAdminPassword = lgtm.grafanaAdminPassword;
export const lokiUrl = lgtm.lokiUrl;
export const mimirUrl = lgtm.mimirUrl;
export const tempoUrl = lgtm.tempoUrl;
export const otlpGrpcEndpoint = collector.otlpGrpcEndpoint;
export const otlpHttpEndpoint = collector.otlpHttpEndpoint;
export const demoUrl = demo?.url ?? "none: lgtm:demoEnabled is false";
