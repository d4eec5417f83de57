/** By what dashboards and panels are found: uids and titles that alert rules and links name. */

/** The uid of each dashboard, which is also its path in Grafana: `/d/<uid>`. */
export const dashboardUids = {
  red: "lgtm-red",
  logs: "lgtm-logs",
  metrics: "lgtm-metrics",
  traces: "lgtm-traces",
  collector: "lgtm-collector",
  stack: "lgtm-stack",
  cluster: "lgtm-cluster",
  node: "lgtm-node",
  workload: "lgtm-workload",
  servicePods: "lgtm-service-pods",
  podLogs: "lgtm-pod-logs",
  events: "lgtm-events",
  runbooks: "lgtm-runbooks",
} as const;

/** Titles of the panels that alert rules point to, by dashboard. */
export const panelTitles = {
  red: { requests: "Requests", errors: "Errors", p95: "Duration, p95" },
  collector: {
    accepted: "Accepted",
    refused: "Refused",
    sendFailed: "Given up",
    enqueueFailed: "No room in the queue",
    queue: "Fill of the queues",
    cpu: "Processor time",
  },
  stack: {
    up: "Pods that answer",
    errors: "Failed requests",
    refused: "Refused by the stores",
    volumes: "Fill of the volumes",
    objectStore: "Errors of the object store",
  },
  cluster: {
    nodes: "Nodes",
    pressure: "Pressure on nodes",
    notReady: "Pods that are not ready",
    restarts: "Restarts",
    disks: "Fill of the nodes' disks",
    podVolumes: "Fill of the pods' volumes",
    jobs: "Jobs that failed",
  },
} as const;
