/** Pods keep to the Pod Security Standards. */
import { namespaceOf, podOf } from "../pods";
import { type Level, levels, refusals } from "../pod-security";
import type { Rule } from "../rule";
import { kindOf, metadataOf, type Subject } from "../subject";

/** The label by which a namespace refuses pods. */
export const enforceLabel = "pod-security.kubernetes.io/enforce";

function enforced(namespace: Subject): Level | undefined {
  const label = metadataOf(namespace).labels?.[enforceLabel];
  return levels.find((level) => level === label);
}

function isNamespace(subject: Subject): boolean {
  return subject.type.startsWith("kubernetes:core/") && kindOf(subject) === "Namespace";
}

/** Namespaces refuse pods that could take over a node. */
export const podSecurityLabels: Rule = {
  id: "namespace-pod-security",
  severity: "mandatory",
  text: "Every namespace enforces a Pod Security Standard, baseline or restricted.",
  fix: `Give the namespace the label ${enforceLabel}: baseline, or restricted if every pod in it allows that.`,
  check: (subject) => {
    if (!isNamespace(subject)) return [];
    const level = enforced(subject);
    if (level === "baseline" || level === "restricted") return [];
    return [
      level === undefined ? `has no label ${enforceLabel}` : `enforces ${level}, which is nothing`,
    ];
  },
};

/** Pods that the namespace's own label would refuse: Helm would wait for them in vain. */
export const podsFitTheirNamespace: Rule = {
  id: "pods-fit-pod-security",
  severity: "mandatory",
  text: "Every pod keeps to the Pod Security Standard that its namespace enforces.",
  fix: "Set the pod's securityContext, or lower the namespace's label and say why.",
  check: (subject, { subjects }) => {
    const pod = podOf(subject);
    const namespace = subjects.find(
      (one) => isNamespace(one) && metadataOf(one).name === namespaceOf(subject),
    );
    const level = namespace && enforced(namespace);
    return pod === undefined || level === undefined
      ? []
      : refusals(pod, level).map((why) => `${why}; the namespace enforces ${level}`);
  },
};

/** In a namespace of somebody else's, nothing but this keeps pods away from their nodes. */
export const noNodeFolders: Rule = {
  id: "no-node-folders",
  severity: "mandatory",
  text: "No pod mounts a folder of its node, but the collector of each node's logs.",
  fix: "Keep data on a volume claim; what has to read a node needs an exemption with its reason.",
  check: (subject) =>
    (podOf(subject)?.volumes ?? [])
      .map(({ hostPath }) => hostPath)
      .filter((folder) => typeof folder === "object" && folder !== null)
      .map((folder) => `mounts ${String((folder as { path?: unknown }).path)} of its node`),
};
