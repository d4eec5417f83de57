/** Tests of config/names.ts. */
import * as assert from "node:assert/strict";
import { namesOf, type StackNames } from "../../config/names";
import { collectorFullName } from "../../config/services";
import { type Recorded, type RunOptions, runProgram } from "../../lib/pulumi/mocks/program";
import { type Stack, stackConfig, stacks } from "../../lib/pulumi/stack-files";
import { settingsSchema } from "../../config/schema";

/** The names of a stack with some settings changed, and the resources that the program registers then. */
async function bothOf(
  stack: Stack,
  changed: Readonly<Record<string, string>> = {},
): Promise<{ readonly names: StackNames; readonly resources: readonly Recorded[] }> {
  const config: RunOptions["config"] = Object.fromEntries(
    Object.entries(changed).map(([key, value]) => [`lgtm:${key}`, value]),
  );
  const declared = Object.entries(stackConfig(stack))
    .filter(([key]) => key.startsWith("lgtm:"))
    .map(([key, value]) => [key.slice("lgtm:".length), value]);
  const settings = settingsSchema.parse({ ...Object.fromEntries(declared), ...changed });
  const { resources } = await runProgram(stack, { config });
  return { names: namesOf(settings), resources };
}

interface Metadata {
  readonly name?: string;
  readonly namespace?: string;
}

function placeOf({ name = "", namespace }: Metadata): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** `Kind place` of everything that the program makes under a name that it chooses. */
function made(resources: readonly Recorded[]): string[] {
  return resources
    .filter(
      ({ type, id }) =>
        type.startsWith("kubernetes:") && !type.endsWith("Patch") && id === undefined,
    )
    .flatMap(({ type, inputs }) => {
      const metadata = (inputs["metadata"] ?? {}) as Metadata;
      const kind = type.split(":").at(-1) ?? "";
      if (kind === "Release") return [`Release ${placeOf(inputs)}`];
      return metadata.name === undefined ? [] : [`${kind} ${placeOf(metadata)}`];
    })
    .sort();
}

/** The same, as the settings say it. */
function claimed({ namespaces, releases, objects }: StackNames): string[] {
  return [
    ...namespaces.filter(({ existing }) => !existing).map(({ name }) => `Namespace ${name}`),
    ...releases.map((one) => `Release ${placeOf(one)}`),
    ...objects
      .filter(({ release }) => release === undefined)
      .map((one) => `${one.kind} ${placeOf(one)}`),
  ].sort();
}

const umbrella = { chartSet: "umbrella" };

/** The tutorial's image sends to the default names and to nothing else. */
const otherNames = {
  ...{ lgtmNamespace: "a", otelCollectorNamespace: "b", demoNamespace: "c" },
  ...{ lgtmReleaseName: "d", otelCollectorReleaseName: "e" },
  demoImage: "registry.example/app:1",
};

const variants: readonly (readonly [Stack, Readonly<Record<string, string>>])[] = [
  ...stacks.map((stack) => [stack, {}] as const),
  ["dev", { demoEnabled: "false" }],
  ["dev", { demoTrafficRequestsPerMinute: "0" }],
  ["dev", { otelCollectorReplicas: "3" }],
  ["dev", { existingNamespaces: '["lgtm","otel","flask-app"]' }],
  ["dev", { ...otherNames, otelCollectorReplicas: "2" }],
  ["dev", { clusterSignals: '{"enabled":true}' }],
  ["dev", { clusterSignals: '{"enabled":false}' }],
  [
    "dev",
    {
      ...{ ...otherNames, clusterSignals: '{"namespaces":["shop"]}' },
      ...{ nodeCollectorNamespace: "nodes", existingNamespaces: '["nodes"]' },
    },
  ],
  ["dev", umbrella],
  ["tutorial", { minioRegistry: "quay.io" }],
  ["dev", { ...umbrella, ...otherNames }],
];

describe("the names that a stack takes", () => {
  for (const [stack, changed] of variants)
    it(`are those that the program gives: ${stack} ${JSON.stringify(changed)}`, async () => {
      const { names, resources } = await bothOf(stack, changed);
      assert.ok(names.releases.length > 1 && names.namespaces.length > 1);
      assert.deepEqual(claimed(names), made(resources));
    });

  it("know each namespace by the name of its resource", async () => {
    const { names, resources } = await bothOf("dev");
    for (const { name, resource } of names.namespaces) {
      const found = resources.find(({ label }) => label === `Namespace ${resource}`);
      assert.equal((found?.inputs["metadata"] as Metadata | undefined)?.name, name);
    }
  });

  it("leave out what the settings do not deploy", async () => {
    const ofRelease = async (changed: Readonly<Record<string, string>>, stack: Stack = "dev") =>
      (await bothOf(stack, changed)).names.objects
        .filter(({ release }) => release !== undefined)
        .map(({ kind, name }) => `${kind} ${name}`);
    const s3 = {
      ...{ storage: "s3", storageRegion: "eu-west-1", storageLogsBucket: "aaa" },
      ...{ storageMetricsBucket: "bbb", storageTracesBucket: "ccc" },
      storageIdentityFromCluster: "true",
    };
    const [bundled, without, tutorial] = [
      await ofRelease(umbrella),
      await ofRelease({ ...umbrella, ...s3 }),
      await ofRelease({ minioRegistry: "quay.io" }, "tutorial"),
    ];
    assert.deepEqual(
      bundled.filter((one) => !without.includes(one)),
      ["Service my-lgtm-minio", "ServiceAccount minio-sa"],
    );
    assert.deepEqual(
      bundled.filter((one) => !tutorial.includes(one)),
      [
        "ClusterRole otel-collector-opentelemetry-collector",
        "ClusterRoleBinding otel-collector-opentelemetry-collector",
      ],
    );
    const secret = async (changed: Readonly<Record<string, string>>, stack: Stack = "dev") =>
      (await bothOf(stack, changed)).names.objects.filter(({ kind }) => kind === "Secret").length;
    assert.deepEqual(
      [await secret(umbrella), await secret({ ...umbrella, ...s3 }), await secret({}, "tutorial")],
      [1, 0, 0],
    );
    const own = async (changed: Readonly<Record<string, string>>) =>
      claimed((await bothOf("dev", changed)).names);
    const withS3 = await own(s3);
    assert.deepEqual(
      (await own({})).filter((one) => !withS3.includes(one)),
      ["Service lgtm/my-lgtm-object-store", "StatefulSet lgtm/my-lgtm-object-store"],
    );
    const { objects, claims } = (await bothOf("tutorial", {})).names;
    assert.ok(!objects.some(({ name }) => name.includes("minio")));
    assert.ok(
      claims.some(
        (one) => one.name === "my-lgtm" && one.claims.test("data-my-lgtm-object-store-0"),
      ),
    );
  });

  it("say which names are of the whole cluster, and by which setting each can be another", async () => {
    const ofCollector = [1, 2].map(
      () => "otelCollectorReleaseName otel-collector-opentelemetry-collector",
    );
    const clusterWide = ({ objects: all }: StackNames) =>
      all
        .filter(({ namespace }) => namespace === undefined)
        .map(({ setting, name }) => `${setting} ${name}`);
    assert.deepEqual(clusterWide((await bothOf("dev")).names), ofCollector);
    const { names } = await bothOf("dev", umbrella);
    const { objects } = names;
    assert.deepEqual(clusterWide(names), [
      "lgtmReleaseName my-lgtm-grafana-clusterrole",
      "lgtmReleaseName my-lgtm-grafana-clusterrolebinding",
      ...ofCollector,
    ]);
    const other = (await bothOf("dev", { ...umbrella, ...otherNames })).names;
    const places = ({ objects: all }: StackNames) =>
      all.map((one) => `${one.kind} ${placeOf(one)}`);
    assert.deepEqual(
      places(names).filter((one) => places(other).includes(one)),
      [],
    );
    assert.equal(objects.find(({ name }) => name === "minio-sa")?.setting, "lgtmNamespace");
  });

  it("know the volume claims that pods of a release take", async () => {
    const [lgtm, collector] = (await bothOf("dev", umbrella)).names.releases;
    assert.ok(lgtm !== undefined && collector !== undefined);
    assert.ok(lgtm.claims.test("my-lgtm-minio"));
    assert.ok(lgtm.claims.test("storage-my-lgtm-mimir-store-gateway-12"));
    assert.ok(!lgtm.claims.test("data-my-lgtm-2-loki-ingester-0"));
    assert.ok(collector.claims.test("queue-otel-collector-opentelemetry-collector-0"));
    assert.ok(!collector.claims.test("queue-otel-collector-0"));
  });
});

describe("the collector's full name", () => {
  for (const [release, name] of [
    ["otel-collector", "otel-collector-opentelemetry-collector"],
    ["my-opentelemetry-collector", "my-opentelemetry-collector"],
    ["a".repeat(40), `${"a".repeat(40)}-opentelemetry-collector`.slice(0, 63)],
    ["a".repeat(39), `${"a".repeat(39)}-opentelemetry-collector`],
    ["a".repeat(62), "a".repeat(62)],
  ] as const)
    it(`is ${name} for ${release}`, () => {
      assert.equal(collectorFullName(release), name);
    });
});
