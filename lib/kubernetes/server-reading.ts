/** Values as the API server reads them: what is left out as its default, quantities by their amount. */
import { isDeepStrictEqual } from "node:util";
import { isRecord } from "./objects";
import { parseQuantity } from "./quantity";

/** Turns a value as it is written into one that can be compared; undefined is what is not there. */
export type Reading = (value: unknown) => unknown;

type Readings = Readonly<Record<string, Reading>>;

export function isSame(before: unknown, after: unknown, reading: Reading = anything): boolean {
  return isDeepStrictEqual(reading(before), reading(after));
}

/** Null, an empty list and an empty map are what is not there. */
export const anything: Reading = (value) => {
  if (Array.isArray(value)) return list(anything)(value);
  return isRecord(value) ? orNothing(read(value, {})) : (value ?? undefined);
};

/** A field with a default. Where it is no pointer, the server takes `""`, 0 and false for nothing. */
export function or(fallback: unknown): Reading {
  return (value) =>
    value === undefined || value === null || value === "" || value === 0 || value === false
      ? fallback
      : value;
}

/** A field with a default, in which `""`, 0 and false mean what they say. */
export function unset(fallback: unknown): Reading {
  return (value) => anything(value) ?? fallback;
}

/** A field in which `""`, 0 and false are the same as nothing. */
const zero = or(undefined);
const nothing: Reading = () => undefined;
const quantity: Reading = (value) => parseQuantity(value) ?? anything(value);

function list(reading: Reading): Reading {
  // An empty item is one, too.
  return (value) =>
    Array.isArray(value) && value.length > 0
      ? value.map((item: unknown) => reading(item) ?? {})
      : undefined;
}

function read(value: Readonly<Record<string, unknown>>, readings: Readings): object {
  const keys = new Set([...Object.keys(readings), ...Object.keys(value)]);
  return Object.fromEntries(
    [...keys]
      .map((key) => [key, (readings[key] ?? anything)(value[key])] as const)
      .filter(([, item]) => item !== undefined),
  );
}

function orNothing(value: object): object | undefined {
  return Object.keys(value).length === 0 ? undefined : value;
}

/** A map with defaults, which is there as soon as one of its fields is. */
export function struct(readings: Readings): Reading {
  return (value) => orNothing(read(isRecord(value) ? value : {}, readings));
}

/** A map with defaults that may be left out; empty is then something else than left out. */
function optional(readings: Readings = {}): Reading {
  return (value) => (isRecord(value) ? read(value, readings) : undefined);
}

const amounts: Reading = (value) =>
  isRecord(value)
    ? orNothing(Object.fromEntries(Object.entries(value).map(([key, one]) => [key, quantity(one)])))
    : undefined;

const resources = struct({ limits: amounts, requests: amounts });

/** `spec` of a PersistentVolumeClaim. */
export const claimSpec = struct({
  volumeMode: unset("Filesystem"),
  resources,
  volumeName: zero,
  selector: optional(),
});

/** An item of a StatefulSet's `volumeClaimTemplates`; the server ignores which kind it says that it is. */
export const claimTemplate = struct({
  apiVersion: nothing,
  kind: nothing,
  spec: claimSpec,
  status: struct({ phase: or("Pending") }),
});

export const claimTemplates = list(claimTemplate);

const action = {
  exec: optional(),
  httpGet: optional({ path: or("/"), scheme: or("HTTP"), host: zero }),
  tcpSocket: optional({ host: zero }),
};
const probe = optional({
  ...action,
  grpc: optional({ service: unset("") }),
  initialDelaySeconds: zero,
  timeoutSeconds: or(1),
  periodSeconds: or(10),
  successThreshold: or(1),
  failureThreshold: or(3),
});
const fieldReference = optional({ apiVersion: or("v1") });
const amountReference = optional({
  containerName: zero,
  divisor: (value) => zero(quantity(value)),
});

const containerFields = struct({
  ports: list(struct({ protocol: or("TCP"), hostPort: zero, hostIP: zero, name: zero })),
  env: list(
    struct({
      value: zero,
      valueFrom: optional({
        fieldRef: fieldReference,
        resourceFieldRef: amountReference,
        configMapKeyRef: optional(),
        secretKeyRef: optional(),
      }),
    }),
  ),
  envFrom: list(struct({ prefix: zero, configMapRef: optional(), secretRef: optional() })),
  resources,
  volumeMounts: list(struct({ readOnly: zero, subPath: zero, subPathExpr: zero })),
  livenessProbe: probe,
  readinessProbe: probe,
  startupProbe: probe,
  lifecycle: optional({ postStart: optional(action), preStop: optional(action) }),
  securityContext: optional({ capabilities: optional(), seccompProfile: optional() }),
  terminationMessagePath: or("/dev/termination-log"),
  terminationMessagePolicy: or("File"),
  workingDir: zero,
  stdin: zero,
  stdinOnce: zero,
  tty: zero,
});

/** Fetched anew each time only where the tag moves. */
function pullPolicy(image: unknown): string {
  const name = String(image).split("/").at(-1) ?? "";
  return name.endsWith(":latest") || !/[:@]/.test(name) ? "Always" : "IfNotPresent";
}

const container: Reading = (value) => {
  if (!isRecord(value)) return value;
  return containerFields({
    ...value,
    imagePullPolicy: or(pullPolicy(value["image"]))(value["imagePullPolicy"]),
  });
};

const files = { defaultMode: unset(0o644), items: list(struct({})) };
const downward = list(struct({ fieldRef: fieldReference, resourceFieldRef: amountReference }));
const volumeSources: Readings = {
  configMap: optional(files),
  secret: optional(files),
  downwardAPI: optional({ ...files, items: downward }),
  projected: optional({
    ...files,
    sources: list(
      struct({
        configMap: optional(),
        secret: optional(),
        downwardAPI: optional({ items: downward }),
        serviceAccountToken: optional({ audience: zero, expirationSeconds: unset(3600) }),
      }),
    ),
  }),
  emptyDir: optional({ medium: zero, sizeLimit: quantity }),
  persistentVolumeClaim: optional({ readOnly: zero }),
  ephemeral: optional({ volumeClaimTemplate: optional({ spec: claimSpec }) }),
  hostPath: optional({ type: unset("") }),
  nfs: optional({ readOnly: zero }),
};

const volume: Reading = (value) => {
  if (!isRecord(value)) return value;
  const hasSource = Object.keys(value).some((key) => key !== "name" && value[key] !== null);
  return struct(volumeSources)(hasSource ? value : { ...value, emptyDir: {} });
};

const podFields = struct({
  containers: list(container),
  initContainers: list(container),
  volumes: list(volume),
  restartPolicy: or("Always"),
  dnsPolicy: or("ClusterFirst"),
  schedulerName: or("default-scheduler"),
  terminationGracePeriodSeconds: unset(30),
  securityContext: (value) => optional({ seccompProfile: optional() })(value ?? {}),
  affinity: optional({
    nodeAffinity: optional(),
    podAffinity: optional(),
    podAntiAffinity: optional(),
  }),
  tolerations: list(struct({ key: zero, operator: zero, value: zero, effect: zero })),
  hostNetwork: zero,
  hostPID: zero,
  hostIPC: zero,
  hostname: zero,
  nodeName: zero,
  priorityClassName: zero,
  subdomain: zero,
  serviceAccount: nothing,
  serviceAccountName: zero,
});

/** The service account of a pod, under its name or the older one. */
export function accountOf(spec: Readonly<Record<string, unknown>>): unknown {
  return zero(spec["serviceAccountName"]) ?? zero(spec["serviceAccount"]);
}

/** `spec` of a pod. */
export const podSpec: Reading = (value) =>
  isRecord(value) ? podFields({ ...value, serviceAccountName: accountOf(value) }) : value;

/** `spec.template` of what makes pods. */
export const podTemplate = struct({ spec: podSpec });

/** A map of data, which is not there or empty. */
export const data: Reading = (value) => (isRecord(value) ? value : undefined);
