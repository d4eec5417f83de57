/** Tests: what the pods of every stack may do to their node, and who has a token of the API server. */
import * as assert from "node:assert/strict";
import type { PodSpec } from "../../policy/pods";
import { refusals } from "../../policy/pod-security";
import { requireTools } from "../support/tools";
import { realCharts } from "./render";
import { type StackCase, stackCases, wholeStack, type WholeStack } from "./stack";

const label = (mode: string): string => `pod-security.kubernetes.io/${mode}`;

/** Pods with a token, each with the reason. Everybody else asks the API server nothing, and cannot. */
const withToken: readonly (readonly [name: RegExp, why: string])[] = [
  [/^(otel-collector|gather)-opentelemetry-collector$/, "looks for pods and nodes to scrape"],
  [/^otel-collector-node-opentelemetry-collector-agent$/, "asks its node's kubelet, and for pods"],
  [/^otel-collector-cluster-opentelemetry-collector$/, "asks for workloads, nodes and events"],
  [/-rollout-operator$/, "updates Mimir's StatefulSets; umbrella chart only"],
  [
    /-mimir-/,
    "the chart has no value against it; its account has no role, so the token opens nothing",
  ],
  [/-minio(-post-job)?$/, "the same; umbrella chart only"],
];

/** Pods that `restricted` refuses; the chart has no values for them, or nobody can say as what they run. */
const unrestricted: readonly (readonly [name: RegExp, why: string])[] = [
  [/-minio(-post-job)?$|-make-minio-buckets-/, "MinIO's chart gives its containers no context"],
  [/-(loki|tempo)-/, "no seccomp profile in the umbrella's Loki and Tempo"],
  [/^my-flask-app$/, "the tutorial's image runs as root"],
  [/-agent$/, "reads the logs of its node, which are root's"],
];

const tutorial: StackCase = { title: "tutorial", stack: "tutorial", config: {} };

describe("pods of every stack", function () {
  this.timeout(120_000);
  const stacks = new Map<string, WholeStack>();
  const titles = [...stackCases, tutorial].flatMap(({ title }) => [
    title,
    ...(realCharts === undefined ? [] : [`real charts, ${title}`]),
  ]);

  before(async function () {
    const { helm } = await requireTools(this, ["helm"]);
    for (const one of [...stackCases, tutorial]) {
      stacks.set(one.title, await wholeStack(helm, one));
      if (realCharts !== undefined)
        stacks.set(`real charts, ${one.title}`, await wholeStack(helm, one, true));
    }
  });

  for (const title of titles) {
    const stackOf = (): WholeStack => {
      const stack = stacks.get(title);
      assert.ok(stack);
      return stack;
    };
    // The stand-ins have no security contexts but the collector's: what the charts give, the real ones show.
    const isReal = title.startsWith("real charts");

    it(`${title}: every namespace refuses what its pods do not need, and none of its pods`, () => {
      const { namespaces, workloads } = stackOf();
      for (const [name, labels] of namespaces) {
        const enforced = labels[label("enforce")];
        // No other level lets in folders of the node, and nothing else is in there.
        if (name === "otel-nodes") assert.equal(enforced, "privileged");
        else assert.ok(enforced === "baseline" || enforced === "restricted", name);
        assert.equal(labels[label("warn")], "restricted");
        assert.equal(labels[label("audit")], "restricted");
        const within = workloads.filter(({ namespace }) => namespace === name);
        assert.ok(within.length > 0, name);
        const refused = within.filter(
          ({ spec }) => refusals(spec as unknown as PodSpec, enforced).length > 0,
        );
        if (isReal || name === "otel")
          assert.deepEqual(
            refused.map((one) => one.name),
            [],
            name,
          );
        const loose = within.filter(
          ({ spec }) => refusals(spec as unknown as PodSpec, "restricted").length > 0,
        );
        // `restricted` wherever it can be, and where it cannot, it is known why.
        if (isReal) assert.equal(enforced === "restricted", loose.length === 0, name);
      }
      if (isReal && title !== "real charts, tutorial")
        for (const { name, spec } of workloads) {
          const why = unrestricted.find(([names]) => names.test(name));
          const isMaintained = /maintained|prod|other names/.test(title);
          const isKnown = why !== undefined && !(isMaintained && /-(loki|tempo)-/.test(name));
          assert.equal(
            refusals(spec as unknown as PodSpec, "restricted").length > 0,
            isKnown,
            name,
          );
        }
    });

    it(`${title}: tokens are where they are used, or where no chart takes them away`, () => {
      if (title.endsWith("tutorial")) return;
      const { accounts, workloads } = stackOf();
      for (const { name, namespace, spec } of workloads) {
        const account = accounts.find(
          (one) =>
            one.namespace === namespace &&
            one.metadata?.name === (spec.serviceAccountName ?? "default"),
        );
        const has =
          spec.automountServiceAccountToken ?? account?.automountServiceAccountToken ?? true;
        assert.equal(
          has,
          withToken.some(([names]) => names.test(name)),
          name,
        );
      }
    });
  }
});
