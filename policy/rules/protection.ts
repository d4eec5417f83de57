/** Data of production is protected. */
import type { Rule } from "../rule";
import { kindOf, type Subject } from "../subject";

/** Names of stacks that people depend on. */
export function isProduction(name: string): boolean {
  return /(^|[-_.])prod(uction)?$/.test(name);
}

/** The stores' release, and the namespace that it is in: deleting either deletes volumes. */
function keepsData(subject: Subject, subjects: readonly Subject[]): boolean {
  const stores = subjects.find(
    ({ type, props }) =>
      type.startsWith("kubernetes:helm.sh/") && String(props["chart"]).includes("lgtm-distributed"),
  );
  if (subject === stores) return true;
  const name = (subject.props["metadata"] as { name?: string } | undefined)?.name;
  return (
    kindOf(subject) === "Namespace" &&
    subject.release === undefined &&
    name !== undefined &&
    name === stores?.props["namespace"]
  );
}

/** What holds the data of prod cannot be deleted by a slip. */
export const protectedData: Rule = {
  id: "prod-data-protected",
  severity: "mandatory",
  text: "In production, the stores' namespace and release are protected from deletion.",
  fix: "pulumi config set lgtm:protectData true",
  check: (subject, stack) =>
    isProduction(stack.name) && subject.protect === false && keepsData(subject, stack.subjects)
      ? ["holds the stack's volumes, and pulumi destroy would delete it"]
      : [],
};
