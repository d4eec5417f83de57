/** Tests: what is derived from settings, of pods and their volumes, is what the charts make of the same settings. */
import * as assert from "node:assert/strict";
import { holdersOf } from "../../config/holders";
import { storePodsOf } from "../../config/parts";
import type { Settings } from "../../config/schema";
import { parseQuantity } from "../../lib/kubernetes/quantity";
import { defaultSettings } from "../ops/support/settings";
import { requireTools } from "../support/tools";
import { stackCases, type WholeStack, wholeStack } from "./stack";

const gibibytes = (quantity: string | undefined): number =>
  (parseQuantity(quantity) ?? 0) / 2 ** 30;

const sorted = (lines: readonly string[]): string[] => [...lines].sort();

/** Components whose pods nobody asks for metrics. */
const unasked = ["gateway", "memcached", "nginx", "rollout-operator"];

for (const one of stackCases.filter(({ stack }) => stack === "dev")) {
  describe(`the charts' pods, ${one.title}`, function () {
    this.timeout(60_000);
    let settings: Settings;
    let made: WholeStack;

    before(async function () {
      const { helm } = await requireTools(this, ["helm"]);
      const texts = Object.entries(one.config).map(([key, text]) => [
        key.split(":")[1] ?? "",
        text,
      ]);
      settings = defaultSettings(Object.fromEntries(texts) as Record<string, string>);
      made = await wholeStack(helm, one);
    });

    it("keep on volumes what the look before an up takes them for", () => {
      const rendered = made.statefulSets.flatMap(({ namespace, metadata, spec }) => {
        const [template] = spec?.volumeClaimTemplates ?? [];
        if (template === undefined) return [];
        const size = gibibytes(template.spec?.resources?.requests?.["storage"]);
        return [
          `${namespace}/${metadata?.name ?? ""}: ${String(spec?.replicas)} x ${String(size)}`,
        ];
      });
      const expected = holdersOf(settings)?.statefulSets.map(
        ({ namespace, name, replicas, volumeGiB }) =>
          `${namespace}/${name}: ${String(replicas)} x ${String(volumeGiB)}`,
      );
      assert.deepEqual(sorted(expected ?? []), sorted(rendered));
    });

    it("have the claims of releases that the look takes for theirs", () => {
      const rendered = made.claims.map(
        ({ namespace, metadata, spec }) =>
          `${namespace}/${metadata?.name ?? ""}: ${String(gibibytes(spec?.resources?.requests?.["storage"]))}`,
      );
      const expected = holdersOf(settings)?.claims.map(
        ({ namespace, name, volumeGiB }) => `${namespace}/${name}: ${String(volumeGiB)}`,
      );
      assert.deepEqual(sorted(expected ?? []), sorted(rendered));
    });

    it("are as many as the alert on missing ones counts", () => {
      const rendered = made.workloads.flatMap(({ kind, labels, replicas }) => {
        const store = labels["app.kubernetes.io/name"] ?? labels["app"] ?? "";
        const component = labels["app.kubernetes.io/component"] ?? "";
        const isAsked = ["loki", "mimir", "tempo", "grafana", "minio"].includes(store);
        if (kind === "Job" || !isAsked || unasked.includes(component)) return [];
        return [`${store} ${component}: ${String(replicas)}`];
      });
      const expected = storePodsOf(settings).map(
        ({ store, component, replicas }) => `${store} ${component}: ${String(replicas)}`,
      );
      assert.deepEqual(sorted(expected), sorted(rendered));
    });
  });
}
