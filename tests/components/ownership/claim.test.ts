/** Tests of components/ownership/claim.ts. */
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { claimNames, type ClaimedNames } from "../../../components/ownership/claim";
import type { StateEntry } from "../../../components/ownership/own";
import { SettingsError } from "../../../config/problems";
import { mockCloud } from "../../../lib/pulumi/mocks/cloud";
import { type ApiServer, apiServer, endApiServers, helmRecord } from "./api-server";
import { claimed, markedBy, otherId, ownId, stateOf, valuesOf } from "./fixture";

interface InvokeRequest {
  getTok(): string;
  getArgs(): { toJavaScript(): Record<string, unknown> };
}
interface InvokeResponse {
  getReturn(): Struct | undefined;
  getFailuresList(): unknown[];
}
type Answer = (error: Error | null, response?: InvokeResponse) => void;
interface Settings {
  setMockOptions(
    monitor: unknown,
    project: string,
    stack: string,
    preview: boolean,
    organization?: string,
  ): void;
}

/** What the engine tells of this stack's state; an error is its refusal. */
type Told = readonly StateEntry[] | Error | "nothing";

let asked: Record<string, unknown> | undefined;

/** The engine, as far as a program asks it for its own state. */
function engine(told: Told, preview = false, organization = "acme"): void {
  const monitor = {
    invoke: (request: InvokeRequest, answer: Answer) => {
      assert.equal(request.getTok(), "pulumi:pulumi:readStackResourceOutputs");
      asked = request.getArgs().toJavaScript();
      if (told instanceof Error) {
        answer(told);
        return;
      }
      const outputs = Object.fromEntries(
        told === "nothing" ? [] : told.map(({ urn, ...entry }) => [urn, entry]),
      );
      const result = told === "nothing" ? {} : { outputs };
      // Like the wire, it knows no undefined.
      const plain = JSON.parse(JSON.stringify(result)) as typeof result;
      answer(null, { getReturn: () => Struct.fromJavaScript(plain), getFailuresList: () => [] });
    },
  };
  (pulumi.runtime as unknown as Settings).setMockOptions(
    monitor,
    "lgtm",
    "dev",
    preview,
    organization,
  );
}

const ns = "/api/v1/namespaces";
const minio = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: my-lgtm-minio }
`;

/** A cluster in which stack dev is deployed, from before Helm was told to keep its volume. */
async function ownCluster(): Promise<ApiServer> {
  return apiServer({
    [`${ns}/kube-system`]: { uid: "cluster-1" },
    ...Object.fromEntries(
      ["lgtm", "otel", "flask-app"].map((name) => [`${ns}/${name}`, markedBy(ownId, "dev")]),
    ),
    ...helmRecord("lgtm/my-lgtm", { values: valuesOf(ownId), manifest: minio }),
    [`${ns}/lgtm/persistentvolumeclaims/my-lgtm-minio`]: {},
  });
}

async function claim({ url }: ApiServer, stackId?: string): Promise<ClaimedNames> {
  const kubeconfig = JSON.stringify({
    ...{ apiVersion: "v1", kind: "Config", "current-context": "prod" },
    clusters: [{ name: "c", cluster: { server: url, "insecure-skip-tls-verify": true } }],
    contexts: [{ name: "prod", context: { cluster: "c", user: "u" } }],
    users: [{ name: "u", user: {} }],
  });
  const asks = claimed(stackId === undefined ? {} : { stackId });
  return claimNames({ ...asks, access: { context: "prod", kubeconfig } });
}

function written({ asked: all }: ApiServer): string[] {
  return all.filter((one) => !one.startsWith("/"));
}

describe("the look before the program makes anything", () => {
  afterEach(endApiServers);
  after(async () => pulumi.runtime.setMocks(mockCloud({}), "lgtm", "test", false));

  it("asks the engine for the state of this very stack", async () => {
    engine(stateOf());
    assert.deepEqual(await claim(await ownCluster()), {
      ...{ clusterId: "cluster-1", stackId: undefined, takesOver: false, fixedGiB: {} },
    });
    assert.deepEqual(asked, { stackName: "acme/lgtm/dev" });
  });

  it("refuses with a SettingsError, and changes nothing", async () => {
    engine([]);
    const server = await ownCluster();
    await assert.rejects(claim(server), (error) => {
      assert.ok(error instanceof SettingsError);
      assert.deepEqual(
        error.problems.map(({ key }) => key),
        ["lgtmNamespace", "otelCollectorNamespace", "demoNamespace", "lgtmReleaseName"].map(
          (key) => `lgtm:${key}`,
        ),
      );
      return true;
    });
    assert.deepEqual(written(server), []);
  });

  it("keeps volumes in an up, and changes nothing in a preview", async () => {
    engine(stateOf(), true);
    const [previewed, upped] = [await ownCluster(), await ownCluster()];
    await claim(previewed);
    assert.deepEqual(written(previewed), []);
    engine(stateOf());
    await claim(upped);
    assert.deepEqual(written(upped), [`PATCH ${ns}/lgtm/persistentvolumeclaims/my-lgtm-minio`]);
  });

  it("goes on with a lost state by its id", async () => {
    engine([]);
    assert.deepEqual(await claim(await ownCluster(), ownId), {
      ...{ clusterId: "cluster-1", stackId: ownId, takesOver: true, fixedGiB: {} },
    });
  });

  it("keeps an id that was given, once the settings no longer give it", async () => {
    engine(stateOf({ given: true }));
    assert.deepEqual(await claim(await ownCluster()), {
      ...{ clusterId: "cluster-1", stackId: ownId, takesOver: false, fixedGiB: {} },
    });
  });

  it("keeps it where the run that was given it has not come to its end, and another was drawn before", async () => {
    engine(stateOf({ drawn: otherId }));
    assert.deepEqual(await claim(await ownCluster()), {
      ...{ clusterId: "cluster-1", stackId: ownId, takesOver: false, fixedGiB: {} },
    });
  });

  it("keeps the cluster's id where this account may not read it: without it, a renamed context replaces all", async () => {
    engine(stateOf());
    const server = await ownCluster();
    server.refuse(`${ns}/kube-system`);
    assert.equal((await claim(server)).clusterId, "cluster-1");
  });

  it("does not judge what adopt asks in a preview; an up is judged whoever asks", async () => {
    process.env["LGTM_ADOPT_FORECAST"] = "true";
    try {
      engine([], true);
      assert.equal((await claim(await ownCluster())).clusterId, "cluster-1");
      engine([]);
      await assert.rejects(claim(await ownCluster()), SettingsError);
    } finally {
      delete process.env["LGTM_ADOPT_FORECAST"];
    }
    engine([], true);
    await assert.rejects(claim(await ownCluster()), SettingsError);
  });

  for (const [what, told, words, organization] of [
    [
      "an engine that does not know the question",
      Object.assign(new Error(), { details: "unknown function" }),
      /unknown function/,
      "acme",
    ],
    ["an engine that answers nothing", "nothing", /it answers without any/, "acme"],
    ["an engine that names no organization", [], /Missing organization/, ""],
  ] as const)
    it(`tells ${what} in plain words`, async () => {
      engine(told, false, organization);
      const server = await ownCluster();
      await assert.rejects(claim(server), (error) => {
        assert.ok(pulumi.RunError.isInstance(error), String(error));
        assert.match(
          error.message,
          /^Nothing was changed: whose the names .* could not be seen\. /,
        );
        assert.match(error.message, words);
        assert.match(error.message, /\n {4}fix: run pulumi version/);
        assert.doesNotMatch(error.message, / at |mistake in the command/);
        return true;
      });
      assert.deepEqual(server.asked, [], "it has looked without knowing what is its own");
    });

  it("tells a cluster that does not answer, or refuses, in plain words", async () => {
    engine(stateOf());
    const server = await ownCluster();
    server.refuse(`${ns}/lgtm`);
    await assert.rejects(claim(server), (error) => {
      assert.ok(pulumi.RunError.isInstance(error));
      assert.match(
        error.message,
        /The cluster answers 403 to .*lgtm.*\n {4}fix: ask for the right/,
      );
      return true;
    });
    endApiServers();
    await assert.rejects(claim(server), (error) => {
      assert.ok(pulumi.RunError.isInstance(error));
      assert.match(error.message, /^Nothing was changed: .*\n {4}fix: /);
      return true;
    });
  });

  it("does not look under mocks", async () => {
    (pulumi.runtime as unknown as Settings).setMockOptions(
      new MockMonitor(mockCloud({})),
      "lgtm",
      "dev",
      false,
    );
    const nowhere = { url: "http://127.0.0.1:1" } as ApiServer;
    assert.deepEqual(await claim(nowhere, otherId), {
      ...{ clusterId: undefined, stackId: otherId, takesOver: true, fixedGiB: {} },
    });
  });
});
