/** The cluster's own signals, with what cannot be. */
import type { Refused } from "./refused";

const on = '{"enabled":true}';
const what = "must be an object with enabled";

export const refusedSignals: readonly Refused[] = [
  { what: "signals as a flag", set: { clusterSignals: "true" }, reason: what },
  { what: "signals as a list", set: { clusterSignals: "[]" }, reason: what },
  {
    what: "signals that may be on",
    set: { clusterSignals: '{"enabled":"maybe"}' },
    reason: "must have true or false as enabled",
  },
  {
    what: "a field of signals with a letter less",
    set: { clusterSignals: '{"enabled":true,"excludedNamespace":["a"]}' },
    reason: "has excludedNamespace, which it does not know; did you mean excludedNamespaces?",
  },
  {
    what: "a field of signals that nobody knows",
    set: { clusterSignals: '{"nodes":["a"]}' },
    reason: "has nodes, which it does not know; it knows enabled, namespaces, excludedNamespaces",
  },
  {
    what: "a namespace of signals that is no name",
    set: { clusterSignals: '{"namespaces":["a_b"]}' },
    reason: 'must have a list of namespaces as namespaces, such as ["shop"]',
  },
  {
    what: "namespaces of signals without a list",
    set: { clusterSignals: '{"excludedNamespaces":"a"}' },
    reason: "must have a list of namespaces as excludedNamespaces",
  },
  {
    what: "signals of no namespace",
    set: { clusterSignals: '{"namespaces":[]}' },
    reason: "has no namespace in namespaces",
  },
  {
    what: "signals with both lists",
    set: { clusterSignals: '{"namespaces":["a"],"excludedNamespaces":["b"]}' },
    reason: "has both namespaces and excludedNamespaces",
  },
  {
    what: "signals with the umbrella chart",
    set: { clusterSignals: on, chartSet: "umbrella" },
    reason:
      "cannot be with lgtm:chartSet = umbrella, whose Loki keeps no attributes beside a line, and whose collector lacks",
    fix: "pulumi config rm lgtm:clusterSignals, or the maintained charts",
  },
  {
    what: "signals in the tutorial",
    stack: "tutorial",
    set: { clusterSignals: on },
    reason: "and the profile tutorial has no other",
    fix: "pulumi config rm lgtm:clusterSignals",
  },
  {
    what: "the namespace of the nodes' collectors as the collector's",
    set: { clusterSignals: on, nodeCollectorNamespace: "otel" },
    key: "nodeCollectorNamespace",
    reason: "is also lgtm:otelCollectorNamespace",
  },
  {
    what: "the namespace of the nodes' collectors as one of the cluster's",
    set: { clusterSignals: on, nodeCollectorNamespace: "kube-system" },
    key: "nodeCollectorNamespace",
    reason: "belongs to the cluster",
    fix: "pulumi config set lgtm:nodeCollectorNamespace otel-nodes",
  },
  {
    what: "a collector name that is too long for the one of the cluster",
    set: {
      clusterSignals: on,
      otelCollectorReleaseName: "a-name-with-22-letters",
      demoImage: "registry.example/app:1",
    },
    key: "otelCollectorReleaseName",
    reason: "makes the StatefulSet a-name-with-22-letters-cluster-opentelemetry-collector",
    fix: "pulumi config set lgtm:otelCollectorReleaseName a-name-with-22-lette",
  },
  {
    what: "a part that there is without signals only",
    set: { parts: '{"nodeCollector":{"memoryMiB":96}}' },
    key: "lgtm:parts.nodeCollector",
    shown: "{…}",
    reason: "is no part of this stack",
    fix: "name one of",
  },
  {
    what: "a volume of the nodes' collectors",
    set: { clusterSignals: on, parts: '{"nodeCollector":{"volumeGiB":2}}' },
    key: "lgtm:parts.nodeCollector.volumeGiB",
    shown: "2",
    reason: "is the volume of a part that has none",
    fix: "pulumi config rm --path 'lgtm:parts.nodeCollector.volumeGiB'",
  },
  {
    what: "a limit of the cluster's collector below what it asks for",
    set: { clusterSignals: on, parts: '{"clusterCollector":{"memoryLimitMiB":32}}' },
    key: "lgtm:parts.clusterCollector.memoryLimitMiB",
    shown: "32",
    reason: "is less than the 64 MiB that each pod asks for",
    fix: "pulumi config set --path lgtm:parts.clusterCollector.memoryLimitMiB 128",
  },
];
