/** Which changes of an object the API server refuses, by its own rules (those of Kubernetes 1.36). */
import { isDeepStrictEqual } from "node:util";
import { isRecord, type KubeObject, omit } from "./objects";
import { parseQuantity } from "./quantity";
import {
  accountOf,
  anything,
  claimSpec,
  claimTemplates,
  data,
  isSame,
  or,
  podSpec,
  podTemplate,
  type Reading,
  struct,
  unset,
} from "./server-reading";

/** Why a change does not go through. */
export interface UpdateRefusal {
  /** Such as "spec.selector cannot be changed in place". */
  readonly reason: string;
  /** False where what is in the cluster decides, such as whether a storage class lets volumes grow. */
  readonly certain: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

interface Finding {
  readonly field: string;
  /** Default: the field cannot be changed in place. */
  readonly reason?: string;
  /** Default: true. */
  readonly certain?: boolean;
}
type Rule = (before: KubeObject, after: KubeObject) => readonly Finding[];

/**
 * Says whether the API server refuses to make one version of an object out of another, as Helm and
 * server-side apply ask for it: what a cluster itself has filled in stays, where neither version names it.
 *
 * @param before as written when the object was made, or as it is in the cluster
 * @param after as it is wanted
 * @returns undefined when the server accepts
 */
export function refusalOf(before: KubeObject, after: KubeObject): UpdateRefusal | undefined {
  const findings = isBuiltIn(after) ? (rules[after.kind]?.(before, after) ?? []) : [];
  if (findings.length === 0) return undefined;
  const fixed = findings.filter(({ reason }) => reason === undefined).map(({ field }) => field);
  const reasons = [
    ...(fixed.length > 0 ? [`${fixed.join(", ")} cannot be changed in place`] : []),
    ...findings.flatMap(({ field, reason }) =>
      reason === undefined ? [] : [`${field} ${reason}`],
    ),
  ];
  return {
    reason: reasons.join("; "),
    certain: findings.some(({ certain = true }) => certain),
  };
}

/** Kubernetes' own kinds; others have bought their names for their kinds. */
function isBuiltIn({ apiVersion }: KubeObject): boolean {
  const [group = ""] = apiVersion.includes("/") ? apiVersion.split("/") : [];
  return !group.includes(".") || group.endsWith(".k8s.io");
}

function fieldsOf(value: unknown): Fields {
  return isRecord(value) ? value : {};
}

function specOf(object: KubeObject): Fields {
  return fieldsOf(object["spec"]);
}

function at(object: KubeObject, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => fieldsOf(value)[key], object);
}

/** Fields that stay as they are, each by its path. */
function fixed(readings: Readonly<Record<string, Reading>>): Rule {
  return (before, after) =>
    Object.entries(readings)
      .filter(([path, reading]) => !isSame(at(before, path), at(after, path), reading))
      .map(([field]) => ({ field }));
}

/** A `spec` in which only some fields can change. */
function fixedBut(
  changeable: readonly string[],
  readings: Readonly<Record<string, Reading>>,
): Rule {
  return (before, after) => {
    const keys = [before, after].flatMap((object) => Object.keys(specOf(object)));
    const paths = [...new Set([...Object.keys(readings), ...keys])]
      .filter((key) => !changeable.includes(key))
      .map((key) => [`spec.${key}`, readings[key] ?? anything] as const);
    return fixed(Object.fromEntries(paths))(before, after);
  };
}

function all(...some: readonly Rule[]): Rule {
  return (before, after) => some.flatMap((rule) => rule(before, after));
}

/** Data of what its owner has called immutable, which cannot be taken back. */
function sealed(dataOf: (object: KubeObject) => Fields): Rule {
  return (before, after) => {
    if (before["immutable"] !== true) return [];
    const [old, young] = [dataOf(before), dataOf(after)];
    return [
      ...(after["immutable"] === true ? [] : [{ field: "immutable" }]),
      ...Object.keys(old)
        // Empty is stored as nothing, and is something else in what is sent.
        .filter((field) => !isDeepStrictEqual(anything(old[field]), data(young[field])))
        .map((field) => ({ field })),
    ];
  };
}

/** What a Secret holds, in whichever of its two fields it is written; the coding aside. */
function secretData(object: KubeObject): Fields {
  const decoded = Object.entries(fieldsOf(object["data"])).map(([key, value]) => {
    const text = String(value);
    const bytes = Buffer.from(text, "base64");
    // What stands for a secret that is not shown is no base64.
    return [key, bytes.toString("base64") === text ? bytes.toString("latin1") : text];
  });
  const clear = Object.entries(fieldsOf(object["stringData"])).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString("latin1"),
  ]);
  const isThere = isRecord(object["data"]) || clear.length > 0;
  return { data: isThere ? Object.fromEntries([...decoded, ...clear]) : undefined };
}

function isSuspended(object: KubeObject): boolean {
  return specOf(object)["suspend"] === true;
}

/** Without what can change in the pods of a Job that has never run. */
function withoutScheduling(template: unknown): unknown {
  const pod = fieldsOf(fieldsOf(template)["spec"]);
  return {
    spec: {
      ...omit(pod, "nodeSelector", "tolerations", "schedulingGates"),
      affinity: anything(omit(fieldsOf(pod["affinity"]), "nodeAffinity")),
      containers: eachWithout(pod["containers"], "resources"),
      initContainers: eachWithout(pod["initContainers"], "resources"),
    },
  };
}

function eachWithout(list: unknown, ...keys: readonly string[]): unknown {
  return Array.isArray(list) ? list.map((one) => omit(fieldsOf(one), ...keys)) : undefined;
}

const jobTemplate: Rule = (before, after) => {
  const free = isSuspended(before) ? withoutScheduling : (template: unknown) => template;
  const [old, young] = [before, after].map((object) => fieldsOf(specOf(object)["template"]));
  const kept = { ...young, spec: withAccount(fieldsOf(young?.["spec"]), fieldsOf(old?.["spec"])) };
  return isSame(free(old), free(kept), podTemplate) ? [] : [{ field: "spec.template" }];
};

/** The server keeps the name in two fields, so that who leaves one out takes nothing away. */
function withAccount(young: Fields, old: Fields): Fields {
  return { ...young, serviceAccountName: accountOf(young) ?? accountOf(old) };
}

/** How often a Job is to succeed; with an index for each time, together with how many run at once. */
const jobCompletions: Rule = (before, after) => {
  const completions = (object: KubeObject): unknown => {
    const { completions: wanted, parallelism } = specOf(object);
    return wanted ?? (parallelism === undefined || parallelism === null ? 1 : undefined);
  };
  const changed = completions(before) !== completions(after);
  const { completionMode, parallelism } = specOf(after);
  const together = completionMode === "Indexed" && completions(after) === (parallelism ?? 1);
  return changed && !together ? [{ field: "spec.completions" }] : [];
};

const podFailurePolicy: Reading = (value) => {
  const { rules: some, ...rest } = fieldsOf(value);
  const conditions = (one: unknown): unknown => fieldsOf(one)["onPodConditions"];
  return anything({
    ...rest,
    rules: Array.isArray(some)
      ? some.map((one) => {
          const list = conditions(one);
          const read = Array.isArray(list) ? list.map(struct({ status: or("True") })) : undefined;
          return { ...fieldsOf(one), onPodConditions: read };
        })
      : undefined,
  });
};

/** A claim: its volume may grow, and take another class of attributes; nothing else. */
const claim: Rule = (before, after) => {
  const [old, young] = [before, after].map((object) => splitClaim(specOf(object)));
  const keys = new Set([...Object.keys(old?.rest ?? {}), ...Object.keys(young?.rest ?? {})]);
  const changed = [...keys].filter((key) => !isSame(old?.rest[key], young?.rest[key]));
  const filledIn = ["storageClassName", "volumeName"];
  // Named and empty, it is taken away by a merge, on whichever side.
  const emptied = filledIn.filter((key) =>
    [before, after].some((object) => {
      const value = specOf(object)[key];
      return value === null || (value === "" && key === "volumeName");
    }),
  );
  const size = sizeFinding(old?.size, young?.size);
  return [
    ...changed.map((key): Finding => {
      const field = `spec.${key}`;
      if (!filledIn.includes(key) || old?.rest[key] !== undefined) return { field };
      const reason = "can only be set to what the cluster has filled in";
      return { field, reason, certain: false };
    }),
    ...emptied
      .filter((key) => !changed.includes(key))
      .map((key) => ({
        field: `spec.${key}`,
        reason: "cannot be emptied once the cluster has filled it in",
        certain: false,
      })),
    ...(size === undefined ? [] : [size]),
    ...(old?.attributes !== undefined && young?.attributes === undefined
      ? [
          {
            field: "spec.volumeAttributesClassName",
            reason: "cannot be taken away once the volume has it",
            certain: false,
          },
        ]
      : []),
  ];
};

function splitClaim(spec: Fields): {
  readonly size: number | undefined;
  readonly attributes: unknown;
  readonly rest: Fields;
} {
  const { volumeAttributesClassName, resources, ...others } = spec;
  const { requests, ...limits } = fieldsOf(resources);
  const { storage, ...otherRequests } = fieldsOf(requests);
  const rest = claimSpec({ ...others, resources: { ...limits, requests: otherRequests } });
  return {
    size: parseQuantity(storage),
    attributes: anything(volumeAttributesClassName),
    rest: fieldsOf(rest),
  };
}

function sizeFinding(before: number | undefined, after: number | undefined): Finding | undefined {
  const field = "spec.resources.requests.storage";
  if (before === after) return undefined;
  return (after ?? 0) < (before ?? 0)
    ? { field, reason: "cannot become less: a volume never shrinks" }
    : { field, reason: "can grow only where the storage class allows it", certain: false };
}

/** Everything of a volume that says where it is. */
const volume: Rule = (before, after) => {
  const about = ["capacity", "accessModes", "persistentVolumeReclaimPolicy", "storageClassName"];
  const more = ["mountOptions", "claimRef", "volumeAttributesClassName", "nodeAffinity"];
  const affinity = specOf(before)["nodeAffinity"];
  return [
    ...fixedBut([...about, ...more], {
      volumeMode: unset("Filesystem"),
      hostPath: hostFolder,
      csi: driverVolume(specOf(before)["csi"]),
    })(before, after),
    ...(anything(affinity) === undefined
      ? []
      : fixed({ "spec.nodeAffinity": anything })(before, after)),
    ...(specOf(before)["volumeAttributesClassName"] !== undefined &&
    specOf(after)["volumeAttributesClassName"] === undefined
      ? [{ field: "spec.volumeAttributesClassName" }]
      : []),
  ];
};

const hostFolder: Reading = (value) =>
  isRecord(value) ? struct({ type: unset("") })(value) : undefined;

/** The Secret for growing can be named later, once. */
function driverVolume(before: unknown): Reading {
  const named = fieldsOf(before)["controllerExpandSecretRef"] !== undefined;
  return (value) => {
    const { controllerExpandSecretRef, readOnly, ...rest } = fieldsOf(value);
    return anything({
      ...rest,
      ...(readOnly === true && { readOnly }),
      ...(named && { controllerExpandSecretRef }),
    });
  };
}

/** A pod: its images, tolerations that are added, and an earlier end. */
const pod: Rule = (before, after) => {
  const kept = withAccount(specOf(after), specOf(before));
  const [old, young] = [before["spec"], kept].map((spec) => fieldsOf(podSpec(spec)));
  const rest = (spec: Fields = {}): Fields => ({
    // A default that pods have and their templates have not.
    enableServiceLinks: true,
    ...omit(spec, "activeDeadlineSeconds", "tolerations"),
    containers: eachWithout(spec["containers"], "image", "imagePullPolicy"),
    initContainers: eachWithout(spec["initContainers"], "image", "imagePullPolicy"),
  });
  const tolerations = (spec: Fields = {}): readonly unknown[] =>
    Array.isArray(spec["tolerations"]) ? spec["tolerations"] : [];
  const lost = tolerations(old).some(
    (one) => !tolerations(young).some((other) => isSame(one, other)),
  );
  return isSame(rest(old), rest(young)) && !lost ? [] : [{ field: "spec" }];
};

const service: Rule = (before, after) => {
  const [old, young] = [specOf(before), specOf(after)];
  if (old["type"] === "ExternalName" || young["type"] === "ExternalName") return [];
  return [
    ...addressFindings(old, young),
    ...familyFindings(old, young),
    ...balancerFindings(old, young),
  ];
};

function addressOf({ clusterIP, clusterIPs }: Fields): unknown {
  return clusterIP === "" ? undefined : (clusterIP ?? (clusterIPs as unknown[] | undefined)?.[0]);
}

/** A Service keeps its address, also the one that the cluster has drawn; and having none. */
function addressFindings(old: Fields, young: Fields): Finding[] {
  const [had, wants] = [addressOf(old), addressOf(young)];
  const field = "spec.clusterIP";
  if (wants === undefined) {
    const needsOne = /^(NodePort|LoadBalancer)$/.test(String(young["type"]));
    return had === "None" && needsOne
      ? [{ field, reason: "stays None, which this type of Service cannot have" }]
      : [];
  }
  return had === wants ? [] : [{ field }];
}

function familyFindings(old: Fields, young: Fields): Finding[] {
  if (addressOf(old) === "None") return [];
  const [had, wants] = [old, young].map(
    (spec) => (spec["ipFamilies"] as unknown[] | undefined)?.[0],
  );
  return had === undefined || wants === undefined || had === wants
    ? []
    : [{ field: "spec.ipFamilies" }];
}

function balancerFindings(old: Fields, young: Fields): Finding[] {
  const isBalancer = ({ type }: Fields): boolean => type === "LoadBalancer";
  if (!isBalancer(old) || !isBalancer(young)) return [];
  const local = [old, young].every((spec) => spec["externalTrafficPolicy"] === "Local");
  const port = or(undefined)(young["healthCheckNodePort"]);
  return [
    ...(isSame(old["loadBalancerClass"], young["loadBalancerClass"])
      ? []
      : [{ field: "spec.loadBalancerClass" }]),
    // The cluster has drawn one where none was given.
    ...(local && port !== undefined && port !== old["healthCheckNodePort"]
      ? [{ field: "spec.healthCheckNodePort" }]
      : []),
  ];
}

/** The server has filled in how a rolling update goes, and a merge leaves that beside another type. */
const updateStrategy: Rule = (before, after) => {
  const [old, young] = [before, after].map((object) => fieldsOf(specOf(object)["updateStrategy"]));
  const isRolling = ({ type = "RollingUpdate" }: Fields = {}): boolean => type === "RollingUpdate";
  const isLeft = isRecord(old?.["rollingUpdate"]) || "rollingUpdate" in (young ?? {});
  return isRolling(old) && !isRolling(young) && !isLeft
    ? [
        {
          field: "spec.updateStrategy",
          reason:
            "keeps the rollingUpdate that the server has filled in, unless that is set to null",
        },
      ]
    : [];
};

const selector = fixed({ "spec.selector": anything });
const roleRef = fixed({ roleRef: struct({ apiGroup: or("rbac.authorization.k8s.io") }) });

const rules: Readonly<Record<string, Rule>> = {
  ClusterRoleBinding: roleRef,
  ConfigMap: sealed((object) => ({
    // Never nothing: what is left out is read as empty.
    data: { "": "", ...fieldsOf(object["data"]) },
    binaryData: object["binaryData"],
  })),
  DaemonSet: selector,
  Deployment: selector,
  IngressClass: fixed({ "spec.controller": anything }),
  Job: all(
    jobTemplate,
    jobCompletions,
    fixed({
      "spec.selector": anything,
      "spec.completionMode": unset("NonIndexed"),
      "spec.backoffLimitPerIndex": anything,
      "spec.managedBy": anything,
      "spec.podFailurePolicy": podFailurePolicy,
      "spec.successPolicy": anything,
    }),
  ),
  PersistentVolume: volume,
  PersistentVolumeClaim: claim,
  Pod: pod,
  PriorityClass: fixed({ value: or(0), preemptionPolicy: unset("PreemptLowerPriority") }),
  ReplicaSet: selector,
  RoleBinding: roleRef,
  RuntimeClass: fixed({ handler: anything }),
  Secret: all(fixed({ type: or("Opaque") }), sealed(secretData)),
  Service: service,
  StatefulSet: all(
    updateStrategy,
    fixedBut(
      [
        ...["replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit"],
        ...["persistentVolumeClaimRetentionPolicy", "minReadySeconds"],
      ],
      {
        serviceName: or(""),
        podManagementPolicy: or("OrderedReady"),
        volumeClaimTemplates: claimTemplates,
      },
    ),
  ),
  StorageClass: fixed({
    provisioner: anything,
    parameters: anything,
    reclaimPolicy: unset("Delete"),
    volumeBindingMode: unset("Immediate"),
  }),
  VolumeAttributesClass: fixed({ driverName: anything, parameters: anything }),
};
