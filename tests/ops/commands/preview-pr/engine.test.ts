import * as assert from "node:assert/strict";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { standIns } from "../../../charts/render";
import {
  createTestSandbox,
  stopTestSandboxes,
  type TestSandbox,
} from "../../../sandbox/support/test-sandbox";
import { requireTools } from "../../../support/tools";
import { Repository, stepsOf } from "./fixture";

type Config = Readonly<Record<string, string>>;

/** Changes of every kind: in place, by replacement, with and without what depends on it. */
const changes: Readonly<Record<string, Config>> = {
  "values, a Service and fewer resources": {
    "lgtm:tempoIngesterReplicas": "3",
    "lgtm:grafanaServiceType": "NodePort",
    "lgtm:demoEnabled": "false",
  },
  "another namespace, a rule of alerting and another rate of traffic": {
    "lgtm:lgtmNamespace": "elsewhere",
    "lgtm:alertRunbookUrl": "https://runbooks.example/",
    "lgtm:demoTrafficRequestsPerMinute": "30",
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

  for (const [what, config] of Object.entries(changes)) {
    it(`takes the same steps for ${what}`, async () => {
      repository.set("dev", config);
      const { found } = await repository.preview({ stack: "dev", charts: standIns });
      await repository.reset();
      assert.equal(found.stacks[0]?.after.problem, undefined);

      const before = await sandbox.stack.getAllConfig();
      for (const [key, value] of Object.entries(config))
        await sandbox.stack.setConfig(key, { value });
      const events: EngineEvent[] = [];
      await sandbox.stack.preview({ onEvent: (event) => void events.push(event) });
      for (const key of Object.keys(config)) {
        if (key in before) await sandbox.stack.setConfig(key, before[key] ?? { value: "" });
        else await sandbox.stack.removeConfig(key);
      }

      const own = Object.entries(stepsOf(found, "dev")).map(([label, step]) => [
        label,
        step === "delete, then create" ? "replace" : step,
      ]);
      assert.deepEqual(Object.fromEntries(own), stepsOfEvents(events));
    });
  }
});
