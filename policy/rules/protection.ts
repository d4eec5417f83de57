/** Data of production is protected. */
import { charts, chartsOfSet } from "../../config/charts";
import type { Rule } from "../rule";
import { kindOf, type Subject } from "../subject";

/** Names of stacks that people depend on. */
export function isProduction(name: string): boolean {
  return /(^|[-_.])prod(uction)?$/.test(name);
}

/** Charts of the stores, of either set. */
const stores = Object.values(chartsOfSet)
  .flat()
  .map((part) => charts[part].name);

/** Name of the chart: `loki`, also where it is a folder, an archive or a reference with that name. */
function chartOf({ type, props }: Subject): string | undefined {
  if (!type.startsWith("kubernetes:helm.sh/")) return undefined;
  const file = String(props["chart"]).split("/").at(-1) ?? "";
  return stores.find((name) => new RegExp(`^${name}(-\\d.*)?$`).test(file));
}

/**
 * The namespace that the stores are in, with which its volumes go, and the umbrella's release, of which
 * MinIO's is an object. What the maintained charts make leaves its volumes when it goes: Helm is told to
 * keep Grafana's, and the others are of StatefulSets, the bundled object store's too.
 */
function keepsData(subject: Subject, subjects: readonly Subject[]): boolean {
  if (chartOf(subject) === charts.lgtm.name) return true;
  const store = subjects.find((one) => chartOf(one) !== undefined);
  const name = (subject.props["metadata"] as { name?: string } | undefined)?.name;
  return (
    kindOf(subject) === "Namespace" &&
    subject.release === undefined &&
    name !== undefined &&
    name === store?.props["namespace"]
  );
}

/** What holds the data of prod cannot be deleted by a slip. */
export const protectedData: Rule = {
  id: "prod-data-protected",
  severity: "mandatory",
  text: "In production, the stores' namespace, and the release of the umbrella chart, are protected from deletion.",
  fix: "pulumi config set lgtm:protectData true",
  check: (subject, stack) =>
    isProduction(stack.name) && subject.protect === false && keepsData(subject, stack.subjects)
      ? ["holds the stack's volumes, and pulumi destroy would delete it"]
      : [],
};
