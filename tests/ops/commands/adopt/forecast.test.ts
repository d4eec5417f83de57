/** Tests of ops/commands/adopt/forecast.ts. */
import assert from "node:assert/strict";
import type { HelmRelease } from "../../../../lib/helm/release";
import type { KubeObject } from "../../../../lib/kubernetes/objects";
import type { CliError } from "../../../../lib/terminal/errors";
import { changeOf, compareObjects } from "../../../../ops/commands/adopt/comparison";
import { asFound, type Forecast } from "../../../../ops/commands/adopt/forecast";
import { deletedClaims, lossesOf } from "../../../../ops/commands/adopt/losses";
import type { OwnObject } from "../../../../ops/commands/adopt/own-objects";
import { refusalsOf, restartsOf, showForecast } from "../../../../ops/commands/adopt/forecast-text";
import {
  type Installed,
  refuseOwned,
  refuseUndeployed,
} from "../../../../ops/commands/adopt/preconditions";
import { encrypted, secretOf } from "../../../../ops/takeover/secret-values";
import { release, workload } from "../../support/releases";
import { hints } from "../../support/snapshots";

const password = "XVRDiDCQ88bwzkOHW9pf5Zbrn98AY4VE5oTULfby";

describe("adopt: the forecast", () => {
  const before = [
    workload("Deployment", "my-lgtm-grafana", { template: { spec: { a: 1 } } }),
    workload("StatefulSet", "my-lgtm-loki-ingester", {}),
    workload("Service", "my-lgtm-grafana", { type: "ClusterIP" }),
    workload("PersistentVolumeClaim", "my-lgtm-grafana"),
  ];
  const after = [
    workload("Deployment", "my-lgtm-grafana", { template: { spec: { a: 2 } } }),
    workload("StatefulSet", "my-lgtm-loki-ingester", { volumeClaimTemplates: [{}] }),
  ];
  const changes = compareObjects(before, after, "lgtm");
  const resource = { urn: "urn", type: "kubernetes:helm.sh/v3:Release" };
  const own = (kind: string, name: string, spec: [object, object]): OwnObject => {
    const [old, young] = spec.map((one) => ({
      ...workload(kind, name, one),
      metadata: { name, namespace: "lgtm" },
    })) as [KubeObject, KubeObject];
    const type = `kubernetes:core/v1:${kind}`;
    return {
      ...{ path: "/", object: old, noted: true, contested: true, refused: undefined },
      change: changeOf(old, young),
      takeover: {
        id: `lgtm/${name}`,
        resource: { urn: name, type, inputs: young },
      },
    };
  };
  const service = { ...workload("Service", "x"), metadata: { namespace: "lgtm", name: "x" } };
  const all: Forecast = {
    resources: [],
    releases: [{ resource, release: release({ objects: before }), changes }],
    own: [
      own("Deployment", "demo", [{ template: { a: 1 } }, { template: { a: 2 } }]),
      own("Service", "my-lgtm-grafana", [{ type: "ClusterIP" }, { type: "LoadBalancer" }]),
    ],
    created: [],
    losses: lossesOf(before, changes),
    patches: [{ path: "/", object: service, contested: false, refused: "duplicate port" }],
    deleted: deletedClaims(changes),
    later: undefined,
  };

  it("names what restarts, what is refused and what to do about it", () => {
    assert.deepEqual(restartsOf(all), ["deployment lgtm/my-lgtm-grafana", "deployment lgtm/demo"]);
    assert.deepEqual(
      refusalsOf(all).map(({ object, command }) => [object, command]),
      [
        [
          "statefulset lgtm/my-lgtm-loki-ingester",
          "delete statefulset -n lgtm my-lgtm-loki-ingester",
        ],
        ["service lgtm/x", undefined],
      ],
    );
    assert.match(
      refusalsOf(all)[1]?.why ?? "",
      /^duplicate port; .*kubectl edit service -n lgtm x$/,
    );
  });

  it("restarts, loses and deletes nothing as found, and says what comes later", () => {
    const first = asFound(all);
    assert.deepEqual(restartsOf(first), []);
    assert.deepEqual([first.losses, first.deleted], [[], []]);
    const [now = "", later = ""] = showForecast(first, [], "Pulumi.tutorial.yaml").split(
      /^An up without lgtm:adoptedAsFound/m,
    );
    assert.match(now, /changes service lgtm\/my-lgtm-grafana: type\n {2}It restarts nothing/);
    assert.match(now, /No volume is deleted/);
    assert.match(later, /restarts the pods of 2 workloads:\n {4}deployment lgtm\/my-lgtm-grafana/);
    assert.match(later, /keeps service lgtm\/my-lgtm-grafana, which leaves its release/);
    assert.match(later, /deletes the volumes my-lgtm-grafana, with all that is on them/);
    // The first up has done that.
    assert.doesNotMatch(later, /changes service/);
  });

  it("shows no secret", () => {
    const secret = { key: "grafanaAdminPassword", value: password, secret: true, why: "found" };
    const text = showForecast(all, [secret], "Pulumi.tutorial.yaml");
    assert.match(text, /lgtm:grafanaAdminPassword = \[secret\], found/);
    assert.ok(!text.includes(password));
  });
});

describe("adopt: what it does not take over", () => {
  const refusal = (other: Partial<HelmRelease>): CliError | undefined => {
    try {
      refuseUndeployed(release(other));
      return undefined;
    } catch (error) {
      return error as CliError;
    }
  };

  it("a release that has failed or is pending, with the command that mends it", () => {
    assert.equal(refusal({}), undefined);
    const failed = refusal({ status: "failed", description: "timed out waiting" });
    assert.match(
      failed?.message ?? "",
      /lgtm\/my-lgtm is failed since revision 3: timed out waiting/,
    );
    assert.match(failed?.fix ?? "", /helm rollback my-lgtm 2 -n lgtm/);
    const never = refusal({ status: "failed", lastGood: undefined });
    assert.match(never?.fix ?? "", /helm uninstall my-lgtm -n lgtm/);
    const pending = refusal({ status: "pending-upgrade" });
    assert.match(pending?.message ?? "", /cut off at it, or is at it now/);
    assert.match(pending?.fix ?? "", /wait for Helm; .*helm rollback my-lgtm 2/);
  });

  const namespace = (metadata: object): { readonly object: KubeObject }[] => [
    { object: { apiVersion: "v1", kind: "Namespace", metadata: { name: "lgtm", ...metadata } } },
  ];
  const installed = (more: {
    readonly values?: Readonly<Record<string, unknown>>;
    readonly metadata?: object;
    readonly recordLabels?: Readonly<Record<string, string>>;
  }): Installed[] => {
    const { values = {}, metadata = {}, recordLabels = {} } = more;
    const live = [workload("Deployment", "x")].map((one) => ({
      ...one,
      metadata: { ...one.metadata, ...metadata },
    }));
    return [{ release: release({ values }), live, recordLabels }];
  };
  const by = (manager: string, operation: string) => ({ managedFields: [{ manager, operation }] });

  it("what another stack has made, marked or not", () => {
    assert.throws(() => {
      refuseOwned(namespace(by("pulumi-kubernetes-1a2b", "Apply")), [], hints);
    }, /Pulumi has made namespace lgtm already, for another stack/);
    assert.throws(() => {
      refuseOwned(namespace({ labels: { "lgtm/stack-id": "theirs" } }), [], hints);
    }, /namespace lgtm belongs to stack unknown\/unknown \(id theirs\)\. Nothing was changed/);
    assert.throws(() => {
      const values = { global: { lgtmStack: { id: "theirs", project: "lgtm", stack: "dev" } } };
      refuseOwned([], installed({ values }), hints);
    }, /Helm release lgtm\/my-lgtm belongs to stack lgtm\/dev \(id theirs\)/);
    assert.throws(() => {
      const metadata = by("pulumi-resource-kubernetes", "Update");
      refuseOwned([], installed({ metadata }), hints);
    }, /Helm release lgtm\/my-lgtm is managed by a Pulumi stack/);
    refuseOwned(
      namespace(by("helm", "Update")),
      installed({ metadata: by("helm", "Update") }),
      hints,
    );
  });

  it("what Flux, Argo CD or another tool manages, which would put it back", () => {
    const refusal = (parts: Parameters<typeof installed>[0]): string => {
      try {
        refuseOwned([], installed(parts), hints);
        return "";
      } catch (error) {
        return (error as CliError).message;
      }
    };
    const flux = { "helm.toolkit.fluxcd.io/name": "lgtm" };
    const annotations = { "argocd.argoproj.io/tracking-id": "lgtm:apps/Deployment:lgtm/x" };
    const is = "Helm release lgtm/my-lgtm is managed by";
    assert.equal(
      refusal({ metadata: { labels: flux } }),
      `${is} Flux HelmRelease lgtm. Nothing was changed.`,
    );
    assert.match(refusal({ recordLabels: flux }), /Flux HelmRelease lgtm/);
    assert.match(refusal({ metadata: by("helm-controller", "Update") }), /a Flux HelmRelease/);
    assert.match(refusal({ metadata: { annotations } }), /managed by Argo CD lgtm:apps/);
    const managed = (name: string) => ({ labels: { "app.kubernetes.io/managed-by": name } });
    assert.match(refusal({ metadata: managed("kapp") }), /managed by kapp/);
    assert.equal(refusal({ metadata: managed("Helm") }), "");
    assert.throws(() => {
      const labels = { "kustomize.toolkit.fluxcd.io/name": "apps" };
      refuseOwned(namespace({ labels }), [], hints);
    }, /namespace lgtm is managed by Flux Kustomization apps/);
  });
});

describe("adopt: secrets in a release's values", () => {
  it("are encrypted by their names, wherever they stand", () => {
    const values = {
      grafana: { adminPassword: password, replicas: 1, admin: { existingSecret: "a-secret" } },
      hosts: [{ token: "abc", name: "x" }],
    };
    assert.deepEqual(encrypted(values), {
      grafana: {
        adminPassword: secretOf(password),
        replicas: 1,
        admin: { existingSecret: "a-secret" },
      },
      hosts: [{ token: secretOf("abc"), name: "x" }],
    });
  });
});
