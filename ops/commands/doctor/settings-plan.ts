/** The pods that the settings ask for, and what the installed charts add to that. */
import {
  collectorPods,
  demoRequests,
  flushRequests,
  hasComponent,
  type Part,
  podsOfComponent,
  signalPods,
} from "../../../config/capacity";
import { shapeOf } from "../../../config/parts";
import { nodePlacement } from "../../../config/pods";
import type { Settings } from "../../../config/schema";
import { collectorFullName, demoNames, signalWorkloads } from "../../../config/services";
import type { Requests, Size } from "../../../config/sizes";
import { type Component, components } from "./components";
import { keyOf, type PlannedClaim, type PlannedPods } from "./planned-pods";

const MiB = 2 ** 20;
const GiB = 2 ** 30;

type Basis = Omit<PlannedPods, "kind" | "name" | "replicas" | "cpu" | "memory">;

/** Parts that there are only while the data is kept in the cluster. */
const stores = new Set<Part>(["minio", "objectStore"]);

/**
 * The pods that the program makes of these settings, as far as it can be known without the charts.
 *
 * @param nodes how many there are, each of which may have a collector; default: as many as the size wants
 */
export function planOfSettings(
  settings: Settings,
  nodes: number = shapeOf(settings).nodes,
): PlannedPods[] {
  const size = shapeOf(settings);
  return [
    ...components
      .filter(
        ({ part, component, chart }) =>
          hasComponent(size, part, component) &&
          (chart.only?.(settings) ?? true) &&
          (settings.profile === "standard" || chart.absent !== true) &&
          (!stores.has(part) || settings.profile === "tutorial" || settings.storage === "bundled"),
      )
      .map((component) => lgtmPods(component, size, settings)),
    plannedCollector(size, settings),
    ...(settings.clusterSignals === undefined ? [] : plannedSignals(size, settings, nodes)),
    ...(settings.demoEnabled ? demoPods(settings) : []),
  ];
}

function lgtmPods(component: Component, size: Size, settings: Settings): PlannedPods {
  const { kind, name, part, chart } = component;
  const standard = settings.profile === "standard";
  const pods = podsOfComponent(size, part, component.component);
  // The object store beside the charts is the program's own.
  const isOwn = part === "objectStore";
  const { requests, volumeGiB = 0 } = standard || isOwn ? pods : chart;
  const beside = isOwn ? flushRequests : undefined;
  // Ingesters hold copies of what another one holds: apart where there are several nodes.
  const copies = component.component === "ingester";
  return {
    ...basis(settings.lgtmNamespace),
    kind,
    name: `${settings.lgtmReleaseName}-${name}`,
    replicas: pods.replicas,
    ...inUnits(requests, beside),
    spread: standard ? copies && size.nodes > 1 : chart.apart === true,
    claims: claimsOf(volumeGiB, standard ? settings.storageClass : ""),
  };
}

function plannedCollector(size: Size, settings: Settings): PlannedPods {
  const standard = settings.profile === "standard";
  const { replicas, requests, volumeGiB } = collectorPods(size);
  return {
    ...basis(settings.otelCollectorNamespace),
    kind: standard ? "StatefulSet" : "Deployment",
    name: collectorFullName(settings.otelCollectorReleaseName),
    replicas: standard ? replicas : 1,
    ...inUnits(standard ? requests : undefined),
    claims: standard ? claimsOf(volumeGiB, settings.storageClass) : [],
  };
}

function plannedSignals(size: Size, settings: Settings, nodes: number): PlannedPods[] {
  const { node, cluster } = signalPods(size, nodes);
  const names = signalWorkloads(settings.otelCollectorReleaseName);
  const placed = nodePlacement(settings.pods, settings.parts);
  return [
    {
      ...basis(settings.nodeCollectorNamespace),
      kind: "DaemonSet",
      name: names.daemonSet,
      replicas: node.replicas,
      ...inUnits(node.requests),
      spread: true,
      nodeSelector: placed.nodeSelector ?? {},
      tolerations: placed.tolerations ?? [],
    },
    {
      ...basis(settings.otelCollectorNamespace),
      kind: "StatefulSet",
      name: names.statefulSet,
      replicas: cluster.replicas,
      ...inUnits(cluster.requests),
      claims: claimsOf(cluster.volumeGiB, settings.storageClass),
    },
  ];
}

function demoPods(settings: Settings): PlannedPods[] {
  const app = { ...basis(settings.demoNamespace), kind: "Deployment", replicas: 1 };
  return [
    { ...app, name: demoNames.app, ...inUnits(demoRequests.app) },
    ...(settings.demoTrafficRequestsPerMinute > 0
      ? [{ ...app, name: demoNames.traffic, ...inUnits(demoRequests.traffic) }]
      : []),
  ];
}

function basis(namespace: string): Basis {
  return { namespace, spread: false, nodeSelector: {}, tolerations: [], claims: [] };
}

function inUnits(
  [milliCpu, memoryMiB]: Requests = [0, 0],
  [milliCpuBeside, memoryMiBBeside]: Requests = [0, 0],
): { cpu: number; memory: number } {
  return {
    cpu: (milliCpu + milliCpuBeside) / 1000,
    memory: (memoryMiB + memoryMiBBeside) * MiB,
  };
}

function claimsOf(volumeGiB: number, storageClass: string): PlannedClaim[] {
  if (volumeGiB === 0) return [];
  const named = storageClass === "" ? undefined : storageClass;
  return [{ name: "data", bytes: volumeGiB * GiB, storageClass: named }];
}

/**
 * The plan that counts: what the settings say, on top of what the charts made last time. A component
 * keeps what only its manifest knows (tolerations, a node selector, requests that the settings leave
 * to the chart); one that the settings no longer have is left out.
 */
export function combinedPlan(
  fromSettings: readonly PlannedPods[],
  fromManifest: readonly PlannedPods[],
): PlannedPods[] {
  const installed = new Map(fromManifest.map((pods) => [keyOf(pods), pods]));
  const known = new Set(components.map(({ name }) => name));
  const combined = fromSettings.map((wanted) => {
    const made = installed.get(keyOf(wanted));
    installed.delete(keyOf(wanted));
    if (made === undefined) return wanted;
    const asks = wanted.cpu > 0 || wanted.memory > 0;
    return {
      ...made,
      replicas: wanted.replicas,
      ...(asks && { cpu: wanted.cpu, memory: wanted.memory }),
      spread: wanted.spread || made.spread,
      claims: wanted.claims.length > 0 ? wanted.claims : made.claims,
    };
  });
  const rest = [...installed.values()].filter(
    ({ name }) => ![...known].some((component) => name.endsWith(`-${component}`)),
  );
  return [...combined, ...rest];
}
