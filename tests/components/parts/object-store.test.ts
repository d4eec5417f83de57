/** The bundled object store: its volume, its keys and its pod. */
import * as assert from "node:assert/strict";
import type { V1Container, V1StatefulSetSpec } from "@kubernetes/client-node";
import { bucketsFolder, flushScript } from "../../../components/values/object-store";
import { find } from "../../../lib/pulumi/mocks/recording";
import { situations } from "../../support/component";
import { maintained, make } from "../lgtm-stack";

describe("ObjectStore", () => {
  // An up, in which the keys have been drawn.
  const { cloud = {} } = situations.at(-1) ?? {};

  async function podsOf(): Promise<V1StatefulSetSpec> {
    const { inputs } = find(await make(cloud, maintained), "StatefulSet one-object-store");
    return inputs["spec"] as V1StatefulSetSpec;
  }

  it("keeps its data on a volume that no release and no setting deletes", async () => {
    const { volumeClaimTemplates, persistentVolumeClaimRetentionPolicy } = await podsOf();
    assert.deepEqual(volumeClaimTemplates?.[0]?.spec, {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "10Gi" } },
    });
    assert.equal(persistentVolumeClaimRetentionPolicy, undefined);
  });

  it("has a container beside it that flushes the volume, which it does not do itself", async () => {
    const [store, ...others] = (await podsOf()).template.spec?.containers ?? [];
    const flushing = others.find(({ command }) => command?.includes(flushScript) === true);
    assert.ok(flushing !== undefined, "nobody runs the script");
    const volumeOf = ({ volumeMounts = [] }: V1Container): string | undefined =>
      volumeMounts.find(({ mountPath }) => bucketsFolder.startsWith(`${mountPath}/`))?.name;
    assert.ok(store !== undefined && store.args?.includes(bucketsFolder) === true);
    assert.deepEqual([volumeOf(store), volumeOf(flushing)], ["data", "data"]);
  });

  it("fits the strictest of the Pod Security standards", async () => {
    const { spec } = (await podsOf()).template;
    assert.equal(spec?.securityContext?.runAsNonRoot, true);
    assert.deepEqual(spec.securityContext.seccompProfile, { type: "RuntimeDefault" });
    for (const { securityContext } of [...spec.containers, ...(spec.initContainers ?? [])]) {
      assert.equal(securityContext?.allowPrivilegeEscalation, false);
      assert.deepEqual(securityContext.capabilities, { drop: ["ALL"] });
    }
  });

  it("makes each bucket for the store whose it is, and none again", async () => {
    const script = (await podsOf()).template.spec?.initContainers?.[0]?.command?.at(-1) ?? "";
    for (const [bucket, store] of [
      ["loki", "loki"],
      ["mimir-tsdb", "mimir"],
      ["tempo", "tempo"],
    ] as const)
      assert.match(
        script,
        new RegExp(
          `\\[ -d /data/buckets/${bucket} \\] \\|\\| .*--bucket ${bucket} --owner ${store}`,
        ),
      );
  });

  it("shows no key outside of Secrets", async () => {
    const run = await make(cloud, maintained);
    const secret = find(run, "Secret one-object-store");
    assert.deepEqual(secret.secretInputs, ["stringData"]);
    const { accessAccounts } = JSON.parse(
      (secret.inputs["stringData"] as Record<string, string>)["users.json"] ?? "",
    ) as { accessAccounts: Record<string, { secret: string; role: string }> };
    assert.deepEqual(Object.keys(accessAccounts), ["loki", "mimir", "tempo"]);
    for (const { secret: key, role } of Object.values(accessAccounts)) {
      assert.equal(role, "user");
      assert.ok(!run.resources.some(({ clear }) => clear.includes(key)));
    }
  });
});
