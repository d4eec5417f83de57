/** Tests: the NetworkPolicies let through what every stack needs, and nothing else. */
import * as assert from "node:assert/strict";
import type { V1Container } from "@kubernetes/client-node";
import { type End, isAllowed, type NetworkPolicy, selects } from "../support/network-policy";
import { requireTools } from "../support/tools";
import { realCharts } from "./render";
import { stackCases, wholeStack, type WholeStack, type Workload } from "./stack";

/** A connection that must come about: from a workload to a port of another. */
interface Way {
  readonly from: End;
  readonly to: Workload;
  readonly port: number;
  readonly why: string;
}

const stranger: End = { namespace: "strangers", labels: { app: "anything" } };
/** Whoever comes from outside of the cluster is no pod, and no selector holds for it. */
const outside: End = { namespace: "", labels: {} };

const storeName = ({ labels }: End): string | undefined => labels["app.kubernetes.io/name"];
const isNamed =
  (...names: readonly string[]) =>
  (one: End): boolean =>
    names.includes(storeName(one) ?? "");
const isStore = isNamed("loki", "mimir", "tempo");
const isApp =
  (...names: readonly string[]) =>
  ({ labels }: End): boolean =>
    names.includes(labels["app"] ?? "");

/** Collectors of the cluster's own signals: they send, and nobody has anything to ask them. */
const isAgent = ({ labels }: End): boolean =>
  /-(node|cluster)$/.test(labels["app.kubernetes.io/instance"] ?? "");

function containerPorts({ spec }: Workload) {
  return spec.containers.flatMap(({ ports = [] }: V1Container) => ports);
}

/** The pods behind a port of a Service, and their own port. */
function behind(
  { services, workloads }: WholeStack,
  namespace: string,
  name: string,
  port: number,
): { readonly to: Workload; readonly port: number }[] {
  const service = services.find(
    (one) => one.namespace === namespace && one.metadata?.name === name,
  );
  const selector = service?.spec?.selector;
  if (selector === undefined) return [];
  const target = service?.spec?.ports?.find((one) => one.port === port)?.targetPort ?? port;
  return workloads
    .filter((one) => one.namespace === namespace && selects({ matchLabels: selector }, one.labels))
    .flatMap((to) => {
      const number =
        typeof target === "number"
          ? target
          : containerPorts(to).find((one) => one.name === target)?.containerPort;
      return number === undefined ? [] : [{ to, port: number }];
    });
}

/** Every `host:port` of a Service in values, with or without a URL around it. */
function addressesIn(
  values: unknown,
): { name: string; namespace: string | undefined; port: number }[] {
  const text = JSON.stringify(values);
  const found = text.matchAll(
    /(?:"|https?:\/\/)([a-z][\w-]*-(?:gateway|distributor|nginx|frontend))(?:\.([a-z][\w-]*))?(?:\.svc)?(?::(\d+))?(?=[/"\\])/g,
  );
  return [...found].map(([, name = "", namespace, port]) => ({
    ...{ name, namespace },
    port: Number(port ?? 80),
  }));
}

/** What has to get through, told by what the pods are configured to do, not by the policies' own table. */
function needed(stack: WholeStack): Way[] {
  const { workloads, services, values } = stack;
  const ways: Way[] = [];
  const add = (from: readonly End[], to: ReturnType<typeof behind>, why: string): void => {
    for (const one of from) for (const end of to) ways.push({ from: one, ...end, why });
  };
  const all = workloads.filter(isNamed("opentelemetry-collector"));
  const collectors = all.filter((one) => !isAgent(one));
  const grafana = workloads.filter(isNamed("grafana"));
  const stores = workloads.filter(isStore);
  const home = grafana[0]?.namespace ?? "";

  for (const [release, of] of values) {
    const { config, alternateConfig } = of as { config?: object; alternateConfig?: object };
    const isCollector = release === "otel";
    const said = addressesIn(isCollector ? [config, alternateConfig] : of);
    for (const { name, namespace = home, port } of said) {
      const from = isCollector ? collectors : [...grafana, ...stores.filter(isNamed("tempo"))];
      add(from, behind(stack, namespace, name, port), `${release} is told ${name}`);
    }
  }
  // The kinds of ports that components of one store have for each other.
  for (const service of services.filter(({ namespace }) => namespace === home))
    for (const { port } of service.spec?.ports ?? [])
      for (const end of behind(stack, home, service.metadata?.name ?? "", port)) {
        const isOpen = containerPorts(end.to).some((one) => one.containerPort === end.port);
        if (!isStore(end.to) || !isOpen) continue;
        const peers = stores.filter((one) => storeName(one) === storeName(end.to));
        add(peers, [end], `Service ${service.metadata?.name ?? ""}`);
      }
  // What the collector's rules for scraping keep (tests/dataplane/scraping.test.ts).
  for (const to of workloads.filter((one) => isStore(one) || isApp("minio")(one)))
    for (const { name = "", containerPort: port } of containerPorts(to))
      if (/^http(-metrics?)?$/.test(name)) add(collectors, [{ to, port }], "scraped");
  for (const to of grafana) add([...collectors, outside, stranger], [{ to, port: 3000 }], "asked");
  const storage = workloads.filter((one) => isNamed("object-store")(one) || isApp("minio")(one));
  const jobs = workloads.filter(isApp("minio-job", "mimir-job"));
  for (const to of storage) add([...stores, ...jobs], [{ to, port: 9000 }], "keeps data there");
  const demo = workloads.filter(isApp("my-flask-app"));
  const traffic = workloads.filter(isApp("traffic-generator"));
  for (const to of demo) add(traffic, [{ to, port: 5000 }], "traffic");
  for (const to of collectors)
    for (const port of [4317, 4318])
      add(
        [stranger, outside, ...demo, ...all.filter(isAgent)],
        [{ to, port }],
        "applications of any namespace",
      );
  // By the API server's proxy, for verify and migrate: nobody knows from which address.
  for (const to of collectors) add([outside], [{ to, port: 8888 }], "verify");
  return ways;
}

/** Ports that everybody may reach. */
function isMeant(to: Workload, port: number, isDemoPublic: boolean): boolean {
  if (isNamed("opentelemetry-collector")(to))
    return !isAgent(to) && [4317, 4318, 8888].includes(port);
  if (isNamed("grafana")(to)) return port === 3000;
  return isApp("my-flask-app")(to) && isDemoPublic && port === 5000;
}

function said({ from, to, port, why }: Way): string {
  const who = "name" in from ? String(from.name) : from.namespace;
  return `${who} to ${to.name}:${String(port)} (${why})`;
}

/** The ways of a stack that policies do not let through. */
function broken(stack: WholeStack, policies: readonly NetworkPolicy[]): string[] {
  return needed(stack)
    .filter((way) => !isAllowed(policies, way))
    .map(said);
}

/** What somebody reaches who should not. */
function open(stack: WholeStack, from: End, isDemoPublic: boolean): string[] {
  const numbers = new Set([7946, 9001, 11211, 13133]);
  for (const one of stack.workloads)
    for (const { containerPort } of containerPorts(one)) numbers.add(containerPort);
  return stack.workloads.flatMap((to) =>
    [...numbers]
      .filter((port) => isAllowed(stack.policies, { from, to, port }))
      .filter((port) => !isMeant(to, port, isDemoPublic))
      .map((port) => `${to.name}:${String(port)}`),
  );
}

describe("NetworkPolicies", function () {
  this.timeout(120_000);
  let helm: string;
  const stacks = new Map<string, WholeStack>();

  before(async function () {
    ({ helm } = await requireTools(this, ["helm"]));
    for (const one of stackCases) {
      stacks.set(one.title, await wholeStack(helm, one));
      if (realCharts !== undefined)
        stacks.set(`real charts, ${one.title}`, await wholeStack(helm, one, true));
    }
  });

  const titles = stackCases.flatMap(({ title }) => [
    title,
    ...(realCharts === undefined ? [] : [`real charts, ${title}`]),
  ]);
  const stackOf = (title: string): WholeStack => {
    const stack = stacks.get(title);
    assert.ok(stack);
    return stack;
  };

  for (const title of titles) {
    describe(title, () => {
      const isDemoPublic = title.endsWith("public demo");

      it("let through whatever the stack needs", () => {
        const stack = stackOf(title);
        const ways = needed(stack);
        // Each store is written to, asked and scraped; nothing is missing because a label was not found.
        for (const store of ["loki", "mimir", "tempo"])
          for (const why of [/^otel is told/, /^(lgtm[\w-]*) is told/, /^scraped/, /^Service/])
            assert.ok(
              ways.some((way) => storeName(way.to) === store && why.test(way.why)),
              `${store} ${String(why)}`,
            );
        assert.deepEqual(broken(stack, stack.policies), []);
      });

      it("let strangers of another namespace, of the same one, and the demo reach nothing else", () => {
        const stack = stackOf(title);
        assert.deepEqual(open(stack, stranger, isDemoPublic), []);
        for (const { namespace } of stack.workloads)
          assert.deepEqual(open(stack, { ...stranger, namespace }, isDemoPublic), []);
        for (const one of stack.workloads.filter(isApp("my-flask-app", "traffic-generator")))
          assert.deepEqual(
            open(stack, one, true).filter((to) => !to.startsWith("my-flask-app")),
            [],
          );
      });

      it("let somebody with the stores' labels in a namespace of his own reach nothing else", () => {
        const stack = stackOf(title);
        for (const { labels } of stack.workloads)
          assert.deepEqual(open(stack, { namespace: "strangers", labels }, isDemoPublic), []);
      });

      it("let Grafana and the collector reach no keys' data, and the object store nobody", () => {
        const stack = stackOf(title);
        const storage = stack.workloads.filter(isNamed("object-store"));
        for (const to of storage)
          for (const from of stack.workloads.filter(isNamed("grafana", "opentelemetry-collector")))
            assert.equal(isAllowed(stack.policies, { from, to, port: 9000 }), false);
        for (const from of storage)
          for (const to of [stranger, outside, ...stack.workloads])
            assert.equal(isAllowed(stack.policies, { from, to, port: 443 }), false);
      });

      it("leave the pods of others in the same namespaces as they are", () => {
        const { policies, workloads } = stackOf(title);
        for (const namespace of new Set(workloads.map((one) => one.namespace))) {
          const neighbour = { ...stranger, namespace };
          assert.equal(isAllowed(policies, { from: outside, to: neighbour, port: 443 }), true);
          assert.equal(isAllowed(policies, { from: neighbour, to: outside, port: 443 }), true);
        }
      });

      it("restrict no way out of any other pod", () => {
        const stack = stackOf(title);
        for (const from of stack.workloads.filter((one) => !isNamed("object-store")(one)))
          assert.equal(isAllowed(stack.policies, { from, to: outside, port: 443 }), true);
      });
    });
  }

  it("let the pods of either chart set work while a stack moves to the other", () => {
    const [maintained, umbrella] = [stackOf("maintained, ha"), stackOf("umbrella, ha")];
    const isStoreWay = (said: string): boolean => !/my-lgtm-minio|object-store/.test(said);
    assert.deepEqual(broken(umbrella, maintained.policies).filter(isStoreWay), []);
    assert.deepEqual(broken(maintained, umbrella.policies).filter(isStoreWay), []);
  });

  it("are not there where a setting says so, nor in the tutorial", async () => {
    const off = {
      title: "off",
      stack: "dev",
      config: { "lgtm:networkPolicies": "false" },
    } as const;
    assert.deepEqual((await wholeStack(helm, off)).policies, []);
    const tutorial = { title: "tutorial", stack: "tutorial", config: {} } as const;
    assert.deepEqual((await wholeStack(helm, tutorial)).policies, []);
  });
});
