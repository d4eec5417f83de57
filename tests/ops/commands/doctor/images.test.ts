/** Tests of ops/commands/doctor/images.ts: a stand-in registry is asked for the images of a stack. */
import assert from "node:assert/strict";
import { images as ownImages } from "../../../../config/charts";
import type { KubeNode } from "../../../../lib/kubernetes/types";
import { askRegistries } from "../../../../lib/registry/registry";
import {
  checkImages,
  imageFindings,
  type NeededImage,
  neededImages,
  pullLogins,
} from "../../../../ops/commands/doctor/images";
import type { Scope } from "../../../../ops/commands/doctor/snapshot";
import { type FakeRegistry, fakeRegistry, tokenRegistry } from "../../../support/fake-registry";
import { type FakeCluster, fakeCluster } from "../../support/fake-cluster";
import { fakePulumi, runCli } from "../../support/run-cli";
import { defaultSettings, defaultTexts } from "../../support/settings";
import { hints, node, pod, snapshot } from "../../support/snapshots";

const password = "planted-password-4711";
const scope = { namespaces: ["lgtm"], shared: new Set<string>(), releases: [] } as object as Scope;

function having(name: string, ...names: string[]): KubeNode {
  const one = node(name);
  return { ...one, status: { ...one.status, images: [{ names }] } };
}

function needs(image: string, ...parts: string[]): NeededImage {
  return { image, parts };
}

describe("doctor, of images,", () => {
  const running: (FakeRegistry | FakeCluster)[] = [];
  afterEach(async () => {
    await Promise.all(running.splice(0).map((one) => one.stop()));
  });

  /** A registry that has the tag 1 of everything. */
  const registryWithOne = async (login?: string): Promise<FakeRegistry> => {
    const reply = tokenRegistry({}, login);
    const registry = await fakeRegistry((asked, host) => {
      const answer = reply(asked, host);
      return answer.status === 404 && asked.path.endsWith("/manifests/1")
        ? { status: 200 }
        : answer;
    });
    running.push(registry);
    return registry;
  };

  const look = async (needed: readonly NeededImage[], nodes: readonly KubeNode[] = []) =>
    imageFindings(needed, await askRegistries(needed.map(({ image }) => image)), nodes, hints);

  it("names those that cannot be pulled, what needs them, and the fix", async () => {
    const { host } = await registryWithOne();
    const found = await look([
      needs(`${host}/grafana/loki:1`, "Loki"),
      needs(`${host}/minio/minio:2`, "MinIO"),
      needs(`${host}/otel/x:2`, "the collector"),
      needs(`${host}/grafana/mimir:2`, "Mimir", "pod x"),
    ]);
    const texts = found.map(({ level, symptom, object, message, fix }) =>
      [level, symptom, object, message, fix].join(" "),
    );
    const [minio = "", collector = "", mimir = "", ok = ""] = texts;
    assert.match(
      minio,
      /^problem image-missing image \S+minio:2 cannot be pulled: it does not exist \(404\)\. MinIO needs it\./,
    );
    assert.match(minio, /config set lgtm:minioRegistry.*lgtm:chartSet = maintained/);
    assert.match(
      collector,
      /The collector needs it\..*lgtm:otelCollectorImage.*lgtm:imageRegistry/,
    );
    assert.match(mimir, /Mimir, pod x need it\..*lgtm:imageRegistry/);
    assert.match(ok, /^ok {2}images 1 of 4 can be pulled\./);
    assert.equal(texts.length, 4);
  });

  it("says that all can be pulled", async () => {
    const { host } = await registryWithOne();
    const found = await look([needs(`${host}/a:1`, "Loki"), needs(`${host}/b:1`, "Mimir")]);
    assert.deepEqual(found, [{ level: "ok", object: "images", message: "all 2 can be pulled." }]);
  });

  it("says where they are cached: on every node their pods still run", async () => {
    const { host } = await registryWithOne();
    const image = `${host}/minio/minio:2`;
    const on = async (...nodes: KubeNode[]) => (await look([needs(image, "MinIO")], nodes))[0];
    const everywhere = await on(having("a", image), having("b", "x@sha256:1", image));
    assert.equal(everywhere?.level, "warning");
    assert.match(everywhere.message, /All 2 nodes have it already, so that pods run there still/);
    const half = await on(having("a", image), having("b"));
    assert.equal(half?.level, "problem");
    assert.match(half.message, /1 of 2 nodes has it already.*elsewhere none starts/);
    const none = await on(having("a"), having("b"));
    assert.equal(none?.level, "problem");
    assert.doesNotMatch(none.message, /node/);
  });

  it("takes a cached short name for the whole one", () => {
    const answers = new Map([["docker.io/memcached:1", { kind: "missing", reason: "x" } as const]]);
    const nodes = [having("a", "docker.io/library/memcached:1")];
    const [found] = imageFindings([needs("docker.io/memcached:1", "x")], answers, nodes, hints);
    assert.equal(found?.level, "warning");
  });

  it("does not take a registry that says nothing for a failure", async () => {
    const gone = await registryWithOne();
    await gone.stop();
    running.length = 0;
    const found = await look([
      needs(`${gone.host}/a:1`, "Loki"),
      needs(`${gone.host}/b:1`, "Mimir"),
    ]);
    assert.equal(found.length, 1);
    assert.equal(found[0]?.level, "warning");
    assert.equal(found[0].symptom, "image-unknown");
    assert.match(
      found[0].message,
      /whether 2 images can be pulled is not known: \S+ cannot be reached/,
    );
  });

  it("does not know which logins the nodes of a cloud have", () => {
    for (const [image, level] of [
      ["1.dkr.ecr.eu-west-1.amazonaws.com/a:1", "warning"],
      ["eu-docker.pkg.dev/p/a:1", "warning"],
      ["mirror.example/a:1", "problem"],
    ] as const) {
      const answers = new Map([[image, { kind: "denied", reason: "a login" } as const]]);
      const [found] = imageFindings([needs(image, "Loki")], answers, [], hints);
      assert.equal(found?.level, level, image);
      assert.match(found.fix ?? "", /lgtm:imagePullSecrets/);
    }
  });

  it("knows every image of the settings, and what the charts have installed besides", () => {
    const settings = defaultSettings({ chartSet: "umbrella" });
    const workload = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "memcached" },
      spec: {
        template: {
          spec: {
            containers: [{ name: "c", image: "example.org/unknown:1" }],
            initContainers: [{ name: "i", image: "grafana/rollout-operator:v0.28.0" }],
          },
        },
      },
    };
    const release = { release: { objects: [workload] } } as never;
    const needed = neededImages(settings, { releases: [release], pods: [pod({})] });
    const of = (image: string) => needed.find((one) => one.image === image)?.parts;
    assert.deepEqual(of("example.org/unknown:1"), ["Deployment memcached"]);
    assert.deepEqual(of("grafana/mimir:9.9.9"), ["pod store-0"]);
    assert.deepEqual(of("grafana/rollout-operator:v0.28.0"), ["Mimir's rollout operator"]);
    assert.deepEqual(of("quay.io/minio/minio:RELEASE.2024-12-18T13-15-44Z"), ["MinIO"]);
    const maintained = neededImages(defaultSettings({ chartSet: "maintained" }), snapshot());
    assert.ok(maintained.some(({ image }) => image === ownImages.objectStore));
    assert.ok(!maintained.some(({ image }) => image.includes("minio")));
  });

  const secretOf = (host: string) => ({
    type: "kubernetes.io/dockerconfigjson",
    data: {
      ".dockerconfigjson": Buffer.from(
        JSON.stringify({ auths: { [host]: { username: "puller", password } } }),
      ).toString("base64"),
    },
  });

  it("asks with the pull secrets of the settings and of the pods, and never shows them", async () => {
    const registry = await registryWithOne(`puller:${password}`);
    const other = await registryWithOne();
    const fake = await fakeCluster((path) => {
      if (path === "/api/v1/namespaces/lgtm/secrets/mirror-login")
        return { object: secretOf(registry.host) };
      if (path === "/api/v1/namespaces/lgtm/secrets/opaque")
        return { object: { type: "Opaque", data: {} } };
      if (path === "/api/v1/namespaces/lgtm/secrets/hidden") return { status: 403, message: "no" };
      return undefined;
    });
    running.push(fake);
    const steps: string[] = [];
    const found = await checkImages(
      {
        ...defaultSettings({ chartSet: "maintained", imageRegistry: registry.host }),
        demoImage: `${registry.host}/demo:1`,
        otelCollectorImage: `${other.host}/collector`,
        imagePullSecrets: ["gone", "opaque"],
      },
      scope,
      snapshot({
        pods: [
          pod(
            {},
            {
              containers: [{ name: "c", image: `${other.host}/x:1` }],
              imagePullSecrets: ["hidden", "mirror-login", "../x;y"].map((name) => ({ name })),
            },
          ),
        ],
      }),
      fake.cluster,
      hints,
      { signal: new AbortController().signal, progress: { begin: (step) => steps.push(step) } },
    );
    assert.ok(fake.asked.some((path) => path.endsWith("/lgtm/secrets/hidden")));
    const missing = found.filter(({ symptom }) => symptom === "pull-secret-missing");
    assert.deepEqual(
      missing.map(({ object }) => object),
      ["secret lgtm/gone", "secret lgtm/opaque"],
    );
    const refused = found.filter(({ symptom }) => symptom === "image-missing");
    // Everything that the registry has only another tag of: not what it gives to this login.
    assert.ok(refused.length > 5);
    assert.ok(refused.every(({ message }) => message.includes("does not exist (404)")));
    assert.ok(!refused.some(({ object }) => object.includes("/demo:1")));
    assert.ok(
      registry.asked.some(({ authorization }) => authorization?.startsWith("Basic ") === true),
    );
    assert.ok(other.asked.length > 0);
    assert.ok(other.asked.every(({ authorization = "" }) => !authorization.startsWith("Basic ")));
    const text = JSON.stringify([found, steps]);
    assert.doesNotMatch(
      text,
      new RegExp(`${password}|${Buffer.from(`puller:${password}`).toString("base64")}`),
    );
    assert.match(steps.at(-1) ?? "", /^asking the registries, \d+ of \d+ images$/);
  });

  it("is part of what a user sees, for every image of the settings", async function () {
    this.timeout(60_000);
    const registry = await registryWithOne();
    const fake = await fakeCluster((path) =>
      path === "/version"
        ? { object: { major: "1", minor: "34", gitVersion: "v1.34.0" } }
        : /\/(nodes|pods|services|storageclasses|namespaces|secrets)$/.test(path)
          ? { object: { items: [] } }
          : undefined,
    );
    running.push(fake);
    const texts = defaultTexts({ chartSet: "maintained", imageRegistry: registry.host });
    const config = Object.entries(texts).map(([key, value]) => [
      `lgtm:${key}`,
      { value, secret: false },
    ]);
    const pulumi = fakePulumi({
      stack: "mine",
      config: {
        "kubernetes:kubeconfig": { secret: true },
        "kubernetes:context": { value: "fake", secret: false },
        ...(Object.fromEntries(config) as Readonly<Record<string, unknown>>),
      },
      kubeconfig: fake.kubeconfig,
    });
    try {
      const { stdout, stderr } = await runCli(["doctor", "--no-sandbox", "--json"], pulumi.env);
      assert.match(stdout, /"findings"/, stderr);
      const { findings } = JSON.parse(stdout) as {
        findings: { symptom?: string; object: string }[];
      };
      const missing = findings.filter(({ symptom }) => symptom === "image-missing");
      const names = missing.map(({ object }) => object).join();
      for (const name of ["grafana/loki", "grafana/mimir", "versity/versitygw", "my-flask-app"])
        assert.ok(names.includes(`${registry.host}/`) && names.includes(name), `${name}: ${names}`);
    } finally {
      pulumi.remove();
    }
  });

  it("reads no Secret outside of the stack's namespaces", async () => {
    const fake = await fakeCluster(() => undefined);
    running.push(fake);
    const settings = { imagePullSecrets: ["login"] };
    const { findings } = await pullLogins(
      settings,
      { namespaces: ["lgtm"] },
      { pods: [] },
      fake.cluster,
    );
    assert.deepEqual(fake.asked, ["/api/v1/namespaces/lgtm/secrets/login"]);
    assert.equal(findings[0]?.symptom, "pull-secret-missing");
  });
});
