/** Tests of ops/commands/e2e/refusals.ts. */
import assert from "node:assert/strict";
import { namesOf, type StackNames } from "../../../../config/names";
import { settingsSchema } from "../../../../config/schema";
import type { KubeObject } from "../../../../lib/kubernetes/objects";
import { mergedConfig, projectFile } from "../../../../lib/pulumi/stack-files";
import { CliError } from "../../../../lib/terminal/errors";
import { clusterScoped, refuseOccupied } from "../../../../ops/commands/e2e/refusals";
import type { Answer, FakeCluster } from "../../support/fake-cluster";
import { imitationOf, live } from "../../support/imitation";
import { markedBy, stackId } from "../../support/states";

const clusters: FakeCluster[] = [];
afterEach(async () => {
  for (const one of clusters.splice(0)) await one.stop();
});

function names(changed: Readonly<Record<string, string>> = {}): StackNames {
  const defaults = Object.entries(mergedConfig(projectFile(), {})).map(([key, value]) => [
    key.slice(key.indexOf(":") + 1),
    value,
  ]);
  return namesOf(settingsSchema.parse({ ...Object.fromEntries(defaults), ...changed }));
}

async function refusal(
  objects: readonly KubeObject[],
  { refusals = {}, wanted = names() }: Options = {},
): Promise<CliError | undefined> {
  const made = await imitationOf(objects, refusals);
  clusters.push(made);
  try {
    await refuseOccupied(made.cluster, wanted);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof CliError, String(error));
    return error;
  }
}
interface Options {
  readonly refusals?: Readonly<Record<string, Answer>>;
  readonly wanted?: StackNames;
}

const others = [live("Namespace", "kube-system"), live("ConfigMap", "shop/settings")];

describe("a cluster for a run of e2e", () => {
  it("may have what others have elsewhere", async () => {
    assert.equal(await refusal([...others, live("Namespace", "shop")]), undefined);
  });

  it("is refused when one of the namespaces holds something, and what is said", async () => {
    const objects = [live("Namespace", "lgtm"), live("ConfigMap", "lgtm/notes")];
    const error = await refusal([...others, ...objects]);
    assert.match(error?.message ?? "", /namespace lgtm holds configmap lgtm\/notes/);
    assert.match(error?.message ?? "", /Nothing was changed/);
    assert.equal(error?.exitCode, 4);
  });

  it("is refused when a namespace is there and empty, unless the settings say that it is", async () => {
    const objects = [...others, live("Namespace", "otel")];
    assert.match((await refusal(objects))?.message ?? "", /otel is there already, and empty/);
    const wanted = names({ existingNamespaces: '["otel"]' });
    assert.equal(await refusal(objects, { wanted }), undefined);
    const full = [...objects, live("Secret", "otel/token")];
    assert.match((await refusal(full, { wanted }))?.message ?? "", /otel holds secret otel\/token/);
  });

  it("is refused when a stack of this program is on it under other names", async () => {
    const error = await refusal([...others, live("Namespace", "logs", markedBy(stackId))]);
    assert.match(error?.message ?? "", /namespace logs is of stack unknown\/unknown \(id 5f0c/);
  });

  it("is refused when an object of the whole cluster bears a name that it would take", async () => {
    const path =
      "/apis/rbac.authorization.k8s.io/v1/clusterroles/otel-collector-opentelemetry-collector";
    const object = live("ClusterRole", "otel-collector-opentelemetry-collector");
    const error = await refusal(others, { refusals: { [path]: { object } } });
    assert.match(
      error?.message ?? "",
      /clusterrole otel-collector-opentelemetry-collector is there/,
    );
  });

  it("is refused when nobody may look", async () => {
    const path = "/api/v1/namespaces/lgtm";
    const error = await refusal(others, { refusals: { [path]: { status: 403, message: "no" } } });
    assert.match(error?.message ?? "", /not allowed to look: .*no/);
    assert.equal(error?.exitCode, 3);
  });

  it("is remembered by its objects without a namespace", async () => {
    const made = await imitationOf([...others, live("PersistentVolume", "disk")], {});
    clusters.push(made);
    const found = await clusterScoped(made.cluster);
    assert.deepEqual(found, ["namespace kube-system", "persistentvolume disk"]);
  });
});
