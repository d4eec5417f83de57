/** The components in a program of somebody's own: all of a stack, with the defaults. */
import { DemoApp, LgtmStack, OtelCollector, TempoDistributorPortPatch } from "lgtm";

const lgtm = new LgtmStack("lgtm", {});
const tempo = new TempoDistributorPortPatch("tempo", { service: lgtm.tempoDistributor });

const { lokiPushUrl, lokiOtlpUrl, mimirPushUrl, mimirOtlpUrl, namespace: lgtmNamespace } = lgtm;
const stores = { lokiPushUrl, lokiOtlpUrl, mimirPushUrl, mimirOtlpUrl, lgtmNamespace };
const collector = new OtelCollector("otel", { ...stores, tempoOtlpEndpoint: tempo.otlpEndpoint });

export const demo = new DemoApp("demo", { otlpEndpoint: collector.otlpGrpcEndpoint }).url;
export const grafana = lgtm.grafanaUrl;
