/** The program's values, rendered by the maintained charts. */
import * as assert from "node:assert/strict";
import type { KubernetesObject, V1Deployment, V1StatefulSet } from "@kubernetes/client-node";
import { type Part, podsOfComponent } from "../../config/capacity";
import { charts } from "../../config/charts";
import { lgtmServices, storeReleaseName, type StorePart } from "../../config/services";
import { type Size, sizeNames, sizes } from "../../config/sizes";
import { type StoreName, stores } from "../components/values/support";
import { skip } from "../support/skip";
import { requireTools } from "../support/tools";
import { configFile, ofKind, render, standIns } from "./render";
import { locationsOf, type StoreCase, storeCases } from "./store-cases";

type Workload = V1Deployment | V1StatefulSet;

function workloads(objects: readonly KubernetesObject[]): readonly Workload[] {
  return [...ofKind(objects, "Deployment"), ...ofKind(objects, "StatefulSet")];
}

function containers(workload: Workload) {
  const pod = workload.spec?.template.spec;
  return [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])];
}

function component(workload: Workload): string {
  return workload.spec?.template.metadata?.labels?.["app.kubernetes.io/component"] ?? "";
}

/** What is no store, and has no business with its keys. */
const helpers = ["gateway", "nginx", "memcached"];

/** `name:port` of every Service. */
function services(objects: readonly KubernetesObject[]): string[] {
  return ofKind(objects, "Service").flatMap(({ metadata, spec }) =>
    (spec?.ports ?? []).map(({ port }) => `${metadata?.name ?? ""}:${String(port)}`),
  );
}

/** The tutorial's Services that each chart has; Grafana's is the program's own. */
const tutorialServices: Readonly<Record<StorePart, readonly string[]>> = {
  grafana: [],
  loki: [`my-lgtm-${lgtmServices.lokiGateway}:80`],
  mimir: [`my-lgtm-${lgtmServices.mimirNginx}:80`],
  tempo: [
    `my-lgtm-${lgtmServices.tempoDistributor}:3200`,
    `my-lgtm-${lgtmServices.tempoQueryFrontend}:3100`,
  ],
};

/** Claims that hold data, by the names that the umbrella chart has given them, but for the single process. */
function claims(part: StorePart, size: Size): readonly string[] {
  switch (part) {
    case "grafana":
      return [];
    case "loki":
      return size.loki.processes === "one"
        ? ["storage-my-lgtm-loki"]
        : ["data-my-lgtm-loki-compactor", "data-my-lgtm-loki-ingester"];
    case "tempo":
      return ["data-my-lgtm-tempo-ingester"];
    case "mimir":
      return [
        ...("alertmanager" in size.requests.mimir ? ["storage-my-lgtm-mimir-alertmanager"] : []),
        ...["compactor", "ingester", "store-gateway"].map((one) => `storage-my-lgtm-mimir-${one}`),
      ];
  }
}

const clusterWide = /^(Cluster|CustomResource|.*WebhookConfiguration|PriorityClass|Namespace)/;

describe("the program's values on the charts of the stores", () => {
  let helm: string;

  before(async function () {
    ({ helm } = await requireTools(this, ["helm"]));
  });

  const rendered = (
    { part }: StoreCase,
    location: string,
    values: object,
  ): Promise<KubernetesObject[]> =>
    render(helm, location, values, { release: storeReleaseName("my-lgtm", part) });

  for (const one of storeCases) {
    const { part, imageTag, values } = one;
    const locations = locationsOf(one);
    if (locations.length === 0) {
      it(`${charts[part].name} ${one.version}: nothing to render`, function () {
        skip(this, `no ${charts[part].name} ${one.version} in ${standIns}`);
      });
    }
    for (const [title, location] of locations) {
      for (const sizeName of sizeNames) {
        describe(`${title}, ${sizeName}`, () => {
          const size = sizes.maintained[sizeName];
          let objects: KubernetesObject[];

          before(async function () {
            this.timeout(60_000);
            objects = await rendered(one, location, values(size));
          });

          it("have the tutorial's Services, and leave Tempo's OTLP port to its patch", () => {
            const found = services(objects);
            for (const service of tutorialServices[part])
              assert.ok(found.includes(service), service);
            assert.deepEqual(
              found.filter((service) => service.endsWith(":4317")),
              [],
            );
          });

          it("come to the pods and the requests of the size", () => {
            const expected = Object.keys(size.requests[part as Part]).map((name) => {
              const { replicas, requests, memoryLimitMiB } = podsOfComponent(size, part, name);
              return `${String(replicas)} x ${requests.join()} of ${String(memoryLimitMiB)}`;
            });
            const found = workloads(objects).map(({ spec }) => {
              const resources = spec?.template.spec?.containers.map((each) => each.resources) ?? [];
              assert.equal(resources.length, 1);
              const { cpu = "", memory = "" } = resources[0]?.requests ?? {};
              const limit = resources[0]?.limits?.["memory"] ?? "";
              return `${String(spec?.replicas)} x ${String(parseInt(cpu))},${String(parseInt(memory))} of ${String(parseInt(limit))}`;
            });
            assert.deepEqual(found.sort(), expected.sort());
          });

          it("make nothing of the whole cluster, no Secret, no Job and no hook", () => {
            const refused = objects
              .filter(
                ({ kind = "", metadata }) =>
                  clusterWide.test(kind) ||
                  ["Job", "CronJob", "Secret"].includes(kind) ||
                  metadata?.annotations?.["helm.sh/hook"] !== undefined,
              )
              .map(({ kind, metadata }) => `${kind ?? ""} ${metadata?.name ?? ""}`);
            assert.deepEqual(refused, []);
          });

          it("name a tag for each image, and ours for the store's", () => {
            for (const workload of workloads(objects)) {
              for (const { image = "" } of containers(workload)) {
                assert.match(image, /:[\w.-]+$/);
                if (helpers.includes(component(workload))) continue;
                assert.ok(image.endsWith(`grafana/${part}:${imageTag}`), image);
              }
            }
          });

          it("demand another node for copies of the same data only, and only of several", () => {
            const demanding = workloads(objects).filter(
              ({ spec }) =>
                (spec?.template.spec?.affinity?.podAntiAffinity
                  ?.requiredDuringSchedulingIgnoredDuringExecution?.length ?? 0) > 0,
            );
            const ingesters = size.nodes > 1 && part !== "grafana" ? ["ingester"] : [];
            assert.deepEqual(demanding.map(component), ingesters);
          });

          it("prefer another zone for each copy, and demand none", () => {
            const copies = workloads(objects).filter(
              (workload) => component(workload) === "ingester" && size.nodes > 1,
            );
            for (const { metadata, spec } of copies) {
              const rules = spec?.template.spec?.affinity?.podAntiAffinity;
              const preferred = (rules?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
                ({ podAffinityTerm }) => podAffinityTerm,
              );
              const zones = preferred.filter(
                ({ topologyKey }) => topologyKey === "topology.kubernetes.io/zone",
              );
              assert.equal(zones.length, 1, metadata?.name);
              for (const [label, value] of Object.entries(
                zones[0]?.labelSelector?.matchLabels ?? {},
              )) {
                // Or the rule would speak of nobody.
                assert.equal(spec?.template.metadata?.labels?.[label], value, metadata?.name);
              }
              const demanded = rules?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
              assert.ok(demanded.every(({ topologyKey }) => topologyKey.endsWith("/hostname")));
            }
          });

          it("let one pod of each be away", () => {
            for (const { metadata, spec } of ofKind(objects, "PodDisruptionBudget")) {
              assert.equal(spec?.maxUnavailable, 1, metadata?.name);
            }
            const several = workloads(objects).filter(({ spec }) => (spec?.replicas ?? 1) > 1);
            const budgets = ofKind(objects, "PodDisruptionBudget").map(
              ({ metadata }) => metadata?.name,
            );
            for (const { metadata } of several) {
              assert.ok(budgets.includes(metadata?.name), metadata?.name);
            }
          });

          it("give the keys to the pods of the store, and to no other", () => {
            if (part === "grafana") return;
            for (const workload of workloads(objects)) {
              const holds = JSON.stringify(workload).includes("the-credentials");
              assert.equal(holds, !helpers.includes(component(workload)), workload.metadata?.name);
            }
          });

          it("give no pod a token of the API server, but Mimir's, whose chart cannot do without", () => {
            const accounts = ofKind(objects, "ServiceAccount");
            for (const { metadata, spec } of workloads(objects)) {
              const { automountServiceAccountToken: own, serviceAccountName } =
                spec?.template.spec ?? {};
              const account = accounts.find((each) => each.metadata?.name === serviceAccountName);
              const token = own ?? account?.automountServiceAccountToken ?? true;
              assert.equal(token, part === "mimir", metadata?.name);
            }
          });

          it("end within two minutes but for what flushes, and are looked at soon", () => {
            for (const workload of workloads(objects)) {
              const { terminationGracePeriodSeconds: seconds = 30, containers: [container] = [] } =
                workload.spec?.template.spec ?? {};
              const flushes = ["ingester", "metrics-generator", "single-binary"];
              if (!flushes.includes(component(workload)))
                assert.ok(seconds <= 120, component(workload));
              const args =
                container?.args?.filter((arg) => arg.startsWith("-shutdown-delay=")) ?? [];
              // Go's flags: the last one counts.
              assert.ok(args.length === 0 || args.at(-1) === "-shutdown-delay=35s", args.join());
              const aborts =
                container?.args?.filter((arg) => arg.includes(".abort-if-fast-join-fails=")) ?? [];
              assert.ok(aborts.at(-1)?.endsWith("=false") ?? true, aborts.join());
              assert.ok((container?.readinessProbe?.initialDelaySeconds ?? 0) <= 5);
            }
          });

          it("keep what is not flushed where the umbrella chart kept it", () => {
            const found = ofKind(objects, "StatefulSet").flatMap(({ metadata, spec }) =>
              (spec?.volumeClaimTemplates ?? []).map((claim) => {
                assert.equal(claim.spec?.storageClassName, "fast");
                return `${claim.metadata?.name ?? ""}-${metadata?.name ?? ""}`;
              }),
            );
            assert.deepEqual(found.sort(), claims(part, size));
          });
        });
      }

      for (const store of Object.keys(stores) as StoreName[]) {
        if (part === "grafana") continue;
        it(`${title} tells the store of ${store}, without a key in clear`, async function () {
          this.timeout(60_000);
          const objects = await rendered(one, location, values(sizes.maintained.standard, store));
          const [name, file] = (
            {
              loki: ["my-lgtm-loki", "config.yaml"],
              mimir: ["my-lgtm-mimir-config", "mimir.yaml"],
              tempo: ["my-lgtm-tempo-config", "tempo.yaml"],
            } as const
          )[part];
          const config = JSON.stringify(configFile(objects, name, file));
          const { logs, metrics, traces } = stores[store].buckets;
          const bucket = { loki: logs, mimir: metrics, tempo: traces }[part];
          assert.ok(config.includes(`"${bucket}"`), bucket);
          const keyed = !store.endsWith("identity") && !store.startsWith("Google");
          assert.equal(config.includes("${STORAGE_SECRET_ACCESS_KEY}"), keyed);
          // The chart leaves the block of Kafka there, without an address, and unused.
          assert.doesNotMatch(config, /kafka":\{[^}]*address/);
          assert.doesNotMatch(config, /ingest_storage":\{"enabled":true/);
        });
      }
    }
  }
});
