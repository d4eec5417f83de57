/** Tests: the preview of a pull request against the real engine, provider and API server. */
import * as assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import type { Fate } from "../../../../ops/commands/preview-pr/data";
import { standIns } from "../../../charts/render";
import {
  createTestSandbox,
  stopTestSandboxes,
  type TestSandbox,
} from "../../../sandbox/support/test-sandbox";
import { requireTools } from "../../../support/tools";
import { Repository, stepsOf } from "./fixture";

type Config = Readonly<Record<string, string | readonly [string]>>;

/** How many Helm releases the stack has. */
const releases = 5;

const mayDelete: Config = { "lgtm:namespacesToDelete": ["lgtm"] };

/** Changes of every kind: in place, by replacement, with and without what depends on it. */
const changes: Readonly<Record<string, Config>> = {
  "values, a Service and fewer resources": {
    "lgtm:tempoIngesterReplicas": "3",
    "lgtm:grafanaServiceType": "NodePort",
    "lgtm:demoEnabled": "false",
  },
  "another namespace, a rule of alerting and another rate of traffic": {
    "lgtm:lgtmNamespace": "elsewhere",
    ...mayDelete,
    "lgtm:alertRunbookUrl": "https://runbooks.example/",
    "lgtm:demoTrafficRequestsPerMinute": "30",
  },
  "another controller of load balancers": {
    "lgtm:grafanaServiceType": "LoadBalancer",
    "lgtm:grafanaService": '{"loadBalancerClass":"example.com/internal"}',
  },
  "another release name and another password": {
    "lgtm:otelCollectorReleaseName": "otel-collector-opentelemetry-collector",
    "lgtm:grafanaAdminUser": "root",
  },
};

/** What the engine would do to each resource, in one word. */
function stepsOfEvents(events: readonly EngineEvent[]): Record<string, string> {
  const steps: Record<string, string> = {};
  for (const { resourcePreEvent } of events) {
    const { op, urn, type } = resourcePreEvent?.metadata ?? {};
    if (op === undefined || urn === undefined || type === "pulumi:pulumi:Stack") continue;
    if (/^(same|read|refresh|discard)/.test(op)) continue;
    const label = `${type?.split(":").at(-1) ?? ""} ${urn.split("::").at(-1) ?? ""}`;
    // Replacements are several steps, in an order that depends on what else is there.
    steps[label] = /replace/.test(op) ? "replace" : op;
  }
  return steps;
}

describe("the preview of a pull request against the real engine, provider and API server", function () {
  this.timeout(180_000);
  this.slow(30_000);
  let sandbox: TestSandbox;
  let repository: Repository;

  before(async function () {
    repository = await Repository.create();
    await requireTools(this, ["helm"]);
    sandbox = await createTestSandbox(this, { stack: "dev" });
    await sandbox.stack.up();
  });
  after(async () => {
    repository.remove();
    await stopTestSandboxes();
  });

  /** What the engine would do in the sandbox with these settings. */
  async function stepsOfEngine(config: Config): Promise<Record<string, string>> {
    const { stack } = sandbox;
    const before = await stack.getAllConfig();
    try {
      for (const [key, value] of Object.entries(config)) {
        if (typeof value === "string") await stack.setConfig(key, { value });
        else await stack.setConfig(`${key}[0]`, { value: value[0] }, true);
      }
      const events: EngineEvent[] = [];
      await stack.preview({ onEvent: (event) => void events.push(event) });
      return stepsOfEvents(events);
    } finally {
      for (const [key, value] of Object.entries(config)) {
        // A list from the defaults would be written as text.
        if (key in before && typeof value === "string")
          await stack.setConfig(key, before[key] ?? { value: "" });
        else await stack.removeConfig(key);
      }
    }
  }

  it("says of data what the program then refuses, and what it does once it may", async () => {
    const config = { "lgtm:lgtmNamespace": "elsewhere" };
    const effects = async (more: Config): Promise<Fate[]> => {
      repository.set("dev", { ...config, ...more });
      const { found } = await repository.preview({ stack: "dev", charts: standIns });
      await repository.reset();
      return (found.stacks[0]?.data ?? []).map(({ fate }) => fate);
    };
    assert.deepEqual(await effects({}), ["refused"]);
    await assert.rejects(stepsOfEngine(config), /no longer name namespace lgtm.* 7 volumes/);
    assert.deepEqual(await effects(mayDelete), ["deleted"]);
    assert.match(
      (await stepsOfEngine({ ...config, ...mayDelete }))["Namespace lgtm"] ?? "",
      /repl/,
    );
  });

  it("knows that a mark given by the settings replaces nothing, which the program allows for its own", async () => {
    const { stackId } = await sandbox.stack.outputs();
    const config = { "lgtm:stackId": String(stackId?.value) };
    repository.set("dev", config);
    const { found, text } = await repository.preview({ stack: "dev", charts: standIns });
    await repository.reset();
    assert.equal(found.stacks[0]?.after.problem, undefined);
    assert.deepEqual(stepsOf(found, "dev"), {});
    const told = /The stack's mark changes on (\d+) resources/.exec(text)?.[1];
    const { "RandomUuid stack": drawn, ...steps } = await stepsOfEngine(config);
    assert.equal(drawn, "delete");
    assert.deepEqual([...new Set(Object.values(steps))], ["update"]);
    // Helm's records bear the same id as before; without a state, preview:pr cannot know that.
    assert.equal(Object.keys(steps).length + releases, Number(told));

    const other = { "lgtm:stackId": "5f0c4f5e-0000-4000-8000-00000000000d" };
    await assert.rejects(stepsOfEngine(other), /with that of another one it would take over/);
  });

  for (const [what, config] of Object.entries(changes)) {
    it(`takes the same steps for ${what}`, async () => {
      repository.set("dev", config);
      const { found } = await repository.preview({ stack: "dev", charts: standIns });
      await repository.reset();
      assert.equal(found.stacks[0]?.after.problem, undefined);

      const steps = await stepsOfEngine(config);
      const own = Object.entries(stepsOf(found, "dev")).map(([label, step]) => [
        label,
        step === "delete, then create" ? "replace" : step,
      ]);
      assert.deepEqual(Object.fromEntries(own), steps);
    });
  }
});
