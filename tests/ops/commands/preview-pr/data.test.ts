/** Tests of ops/commands/preview-pr/data.ts. */
import * as assert from "node:assert/strict";
import { settingsSchema } from "../../../../config/schema";
import { dataEffects, type Fate, showEffects } from "../../../../ops/commands/preview-pr/data";
import type {
  ClaimFact,
  DataFacts,
  VolumeSet,
} from "../../../../ops/commands/preview-pr/data-facts";

type Settings = Readonly<Record<string, string>>;

const defaults: Settings = {
  lgtmNamespace: "lgtm",
  lgtmReleaseName: "my-lgtm",
  otelCollectorNamespace: "otel",
  otelCollectorReleaseName: "otel-collector",
  demoEnabled: "true",
  demoNamespace: "flask-app",
  existingNamespaces: "[]",
  namespacesToDelete: "[]",
  protectData: "false",
  profile: "standard",
  storage: "bundled",
  logsRetentionDays: "7",
  metricsRetentionDays: "30",
  tracesRetentionDays: "7",
};

const neverDeletes = { deleted: false, scaled: false };

/** What the program and the charts make of settings, as far as data is concerned. */
function factsOf(changed: Settings, more: Partial<DataFacts> = {}): DataFacts {
  const settings = { ...defaults, ...changed };
  const existing = JSON.parse(settings["existingNamespaces"] ?? "[]") as string[];
  const [lgtm = "", otel = ""] = [settings["lgtmNamespace"], settings["otelCollectorNamespace"]];
  const protect = settings["protectData"] === "true";
  const maintained = settings["chartSet"] === "maintained";
  const release = `${lgtm}/${settings["lgtmReleaseName"] ?? ""}${maintained ? "-loki" : ""}`;
  const gather = `${otel}/${settings["otelCollectorReleaseName"] ?? ""}`;
  const name = settings["lgtmReleaseName"] ?? "";
  return {
    project: "lgtm",
    settings,
    context: "kind-lgtm",
    namespaces: [
      lgtm,
      otel,
      ...(settings["demoEnabled"] === "true" ? [settings["demoNamespace"] ?? ""] : []),
    ]
      .filter((one) => !existing.includes(one))
      .map((one) => ({ name: one, protect: protect && one === lgtm })),
    releases: [
      { place: release, namespace: lgtm, protect: protect && !maintained },
      { place: gather, namespace: otel, protect: false },
    ],
    claims:
      settings["storage"] === "bundled" && !maintained
        ? [{ release, namespace: lgtm, name: `${name}-minio`, keep: true }]
        : [],
    sets: [
      {
        ...{ release, namespace: lgtm, name: `${name}-loki-ingester`, replicas: 3 },
        ...{ claims: ["data"], deletesWhen: neverDeletes },
      },
      ...(settings["storage"] === "bundled" && maintained
        ? [
            {
              ...{ release: undefined, namespace: lgtm, name: `${name}-object-store` },
              ...{ replicas: 1, claims: ["data"], deletesWhen: neverDeletes },
            },
          ]
        : []),
    ],
    looksFirst: true,
    unrendered: [],
    ...more,
  };
}

/** A change of settings after one another, and what is said to it. */
type Row = readonly [
  before: Settings,
  after: Settings,
  expected: readonly (readonly [Fate, RegExp])[],
];

const s3 = {
  storage: "s3",
  storageRegion: "eu-west-1",
  storageLogsBucket: "a",
  storageMetricsBucket: "b",
  storageTracesBucket: "c",
};
const volumes = /`my-lgtm-minio`, `data-my-lgtm-loki-ingester-\*`/;

const rows: Readonly<Record<string, readonly Row[]>> = {
  lgtmNamespace: [
    [
      {},
      { lgtmNamespace: "elsewhere" },
      [
        [
          "refused",
          /namespace `lgtm`, with the volumes in it: .*minio.*`lgtm:lgtmNamespace` is now `elsewhere`.*once `lgtm:namespacesToDelete` names it/,
        ],
      ],
    ],
    [{}, { lgtmNamespace: "elsewhere", namespacesToDelete: '["lgtm"]' }, [["deleted", volumes]]],
    [
      { protectData: "true" },
      { protectData: "true", lgtmNamespace: "elsewhere", namespacesToDelete: '["lgtm"]' },
      [["refused", /Pulumi lets nothing go that `lgtm:protectData` protects/]],
    ],
    // A namespace that was there before the stack stays, and the release in it goes.
    [
      { existingNamespaces: '["lgtm"]' },
      { lgtmNamespace: "elsewhere" },
      [["unread", /volumes of Helm release `lgtm\/my-lgtm`, which goes: `my-lgtm-minio`, `data-/]],
    ],
  ],
  otelCollectorNamespace: [
    [
      {},
      { otelCollectorNamespace: "elsewhere" },
      [["deleted", /namespace `otel`, with all that is in it; this stack has no volume there/]],
    ],
  ],
  demoNamespace: [
    [{}, { demoNamespace: "elsewhere" }, [["deleted", /`flask-app`.*no volume there/]]],
  ],
  demoEnabled: [
    [
      {},
      { demoEnabled: "false" },
      [["deleted", /`flask-app`.*no volume there.*`lgtm:demoEnabled` is now `false`/]],
    ],
    [{ demoEnabled: "false" }, {}, []],
  ],
  existingNamespaces: [
    [
      {},
      { existingNamespaces: '["lgtm"]', namespacesToDelete: '["lgtm"]' },
      [["refused", /namespace `lgtm`.*`lgtm:existingNamespaces` names it/]],
    ],
    [{ existingNamespaces: '["lgtm"]' }, {}, []],
  ],
  namespacesToDelete: [[{}, { namespacesToDelete: '["lgtm"]' }, []]],
  lgtmReleaseName: [
    [
      {},
      { lgtmReleaseName: "other" },
      [["unread", /volumes of Helm release `lgtm\/my-lgtm`, which goes: `my-lgtm-minio`, `data-/]],
    ],
    [
      { protectData: "true" },
      { protectData: "true", lgtmReleaseName: "other" },
      [["refused", /Helm release `lgtm\/my-lgtm` would be replaced/]],
    ],
  ],
  chartSet: [
    [
      {},
      { chartSet: "maintained" },
      [
        ["refused", /`lgtm:chartSet` is now `maintained`, and one run cannot change the charts/],
        ["unread", /Helm release `lgtm\/my-lgtm`, which goes/],
      ],
    ],
    [
      { chartSet: "maintained" },
      { chartSet: "umbrella" },
      [
        ["refused", /is now `umbrella`/],
        ["unread", /Helm release `lgtm\/my-lgtm-loki`, which goes/],
        ["unread", /StatefulSet `lgtm\/my-lgtm-object-store`, which goes/],
      ],
    ],
    [{}, { chartSet: "umbrella" }, []],
    [
      { chartSet: "maintained" },
      { ...s3, chartSet: "maintained" },
      [
        ["unread", /the volumes of StatefulSet `lgtm\/my-lgtm-object-store`, which goes: `data-/],
        ["unread", /in `the bundled store \(volume lgtm\/data-my-lgtm-object-store-0\)`.*to `s3 /],
      ],
    ],
    [
      { chartSet: "maintained" },
      { chartSet: "maintained", lgtmNamespace: "elsewhere" },
      [["refused", /namespace `lgtm`, with the volumes in it: .*`data-my-lgtm-object-store-\*`/]],
    ],
    [
      { chartSet: "maintained" },
      { chartSet: "maintained", lgtmReleaseName: "other" },
      [
        ["unread", /Helm release `lgtm\/my-lgtm-loki`, which goes: `data-my-lgtm-loki-ingester-/],
        ["unread", /StatefulSet `lgtm\/my-lgtm-object-store`, which goes/],
      ],
    ],
  ],
  otelCollectorReleaseName: [[{}, { otelCollectorReleaseName: "other" }, []]],
  storage: [
    [
      {},
      s3,
      [
        ["unread", /volume `lgtm\/my-lgtm-minio`, which release `lgtm\/my-lgtm` no longer has/],
        [
          "unread",
          /in `the bundled store \(volume lgtm\/my-lgtm-minio\)`.*to `s3 eu-west-1, a, b, c`/,
        ],
      ],
    ],
    [s3, {}, [["unread", /in `s3 eu-west-1, a, b, c`. New data goes to `the bundled store/]]],
  ],
  storageLogsBucket: [
    [s3, { ...s3, storageLogsBucket: "x" }, [["unread", /`s3 .* a, b, c`.* `s3 .* x, b, c`/]]],
    [{}, { storageLogsBucket: "x" }, []],
  ],
  storageMetricsBucket: [[s3, { ...s3, storageMetricsBucket: "x" }, [["unread", /a, x, c/]]]],
  storageTracesBucket: [[s3, { ...s3, storageTracesBucket: "x" }, [["unread", /a, b, x/]]]],
  storageRegion: [[s3, { ...s3, storageRegion: "us-east-1" }, [["unread", /us-east-1/]]]],
  storageEndpoint: [
    [s3, { ...s3, storageEndpoint: "https://s3.example.com" }, [["unread", /s3\.example/]]],
  ],
  storageAccount: [
    // The key of S3, which is changed without the buckets.
    [s3, { ...s3, storageAccount: "AKIA2" }, []],
    [
      { ...s3, storage: "azure", storageAccount: "one" },
      { ...s3, storage: "azure", storageAccount: "two" },
      [["unread", /azure one,.*azure two,/]],
    ],
  ],
  logsRetentionDays: [
    [
      {},
      { logsRetentionDays: "1" },
      [
        [
          "deleted",
          /^logs older than 1 day, as `lgtm:logsRetentionDays` says \(until now 7 days\)/,
        ],
      ],
    ],
    [{}, { logsRetentionDays: "10" }, []],
  ],
  metricsRetentionDays: [
    [{}, { metricsRetentionDays: "7" }, [["deleted", /^metrics older than 7 days/]]],
  ],
  tracesRetentionDays: [
    [{}, { tracesRetentionDays: "6" }, [["deleted", /^traces older than 6 days/]]],
  ],
  protectData: [
    [
      { protectData: "true" },
      {},
      [["exposed", /`lgtm:protectData` is switched off.*`pulumi destroy` may delete every volume/]],
    ],
    [{}, { protectData: "true" }, []],
  ],
  profile: [
    [
      { minioRegistry: "quay.io" },
      { profile: "tutorial", minioRegistry: "quay.io" },
      [["unread", /logs and traces so far.*go with the pods/]],
    ],
    [
      { profile: "tutorial", minioRegistry: "quay.io" },
      {},
      [["deleted", /logs and traces so far/]],
    ],
    [
      {},
      { profile: "tutorial" },
      [
        ["refused", /the chart's MinIO would go/],
        ["unread", /logs and traces/],
      ],
    ],
    [
      { profile: "tutorial" },
      {},
      [
        ["deleted", /logs and traces so far/],
        ["unread", /data-my-lgtm-object-store-0.*New data goes to .*my-lgtm-minio/],
      ],
    ],
  ],
  minioRegistry: [
    [
      { profile: "tutorial", minioRegistry: "quay.io" },
      { profile: "tutorial" },
      [["refused", /`lgtm:minioRegistry` names no registry.*my-lgtm-minio.*object-store-0/]],
    ],
    [
      { profile: "tutorial" },
      { profile: "tutorial", minioRegistry: "quay.io" },
      [["unread", /object-store-0.*New data goes to .*my-lgtm-minio/]],
    ],
    [{}, { minioRegistry: "quay.io" }, []],
  ],
  grafanaDatabase: [
    [{}, { grafanaDatabase: "postgres://g@db/a" }, []],
    [{ grafanaDatabase: "postgres://g@db/a" }, { grafanaDatabase: "postgres://g@db/a" }, []],
    [
      { grafanaDatabase: "postgres://g:hidden@db/a" },
      { grafanaDatabase: "postgres://g:hidden@db/b" },
      [
        [
          "unread",
          /^what people have made in Grafana, in `postgres:\/\/db\/a`\. .*what is in `postgres:\/\/db\/b`\.$/,
        ],
      ],
    ],
    [
      { grafanaDatabase: "postgres://g@db/a" },
      { grafanaDatabase: "" },
      [["unread", /in `postgres:\/\/db\/a`\. Grafana goes on with what is on its volume/]],
    ],
  ],
  rotation: [[{}, { rotation: '{"storage":2,"grafana":2}' }, []]],
};

/** Settings that change nothing about where data is; what charts make of them is in the tests below. */
const without = [
  ...["lgtmChartRepository", "lgtmChartVersion", "helmTimeoutSeconds", "stackId", "size"],
  ...["adoptedAsFound", "storageServiceAccountAnnotations", "storageClass", "alertContactPoint"],
  ...["alertSmtpHost", "alertSmtpFrom", "alertSmtpUser", "alertRunbookUrl", "grafanaServiceType"],
  ...["grafanaLoadBalancerSourceRanges", "grafanaAdminUser", "grafanaDatabaseCa"],
  ...["grafanaRootUrl", "grafanaIngress", "grafanaRoute", "grafanaOidc", "componentReplicas"],
  ...["grafanaFolder"],
  ...["grafanaService", "demoService", "storageIdentityFromCluster"],
  ...["communityChartRepository", "lokiChartVersion", "tempoChartVersion", "mimirChartVersion"],
  ...["grafanaChartVersion", "imageRegistry", "imagePullSecrets", "bundledStoreInProduction"],
  ...["networkPolicies", "plainHttpInProduction"],
  ...["lokiIngesterReplicas", "lokiReplicationFactor", "mimirIngesterReplicas"],
  ...["mimirReplicationFactor", "tempoIngesterReplicas", "tempoReplicationFactor"],
  ...["otelCollectorChartRepository", "otelCollectorChartVersion", "otelCollectorImage"],
  ...["otelCollectorImageTag", "otelCollectorLogsExporter", "otelCollectorReplicas"],
  ...["otelCollectorMemoryLimitMiB", "demoImage", "demoServiceType"],
  ...["demoLoadBalancerSourceRanges", "demoTrafficRequestsPerMinute", "demoTrafficImage"],
  ...["helmValues", "collectorConfig", "collectorEnvFrom", "pods", "parts"],
  ...["dnsService", "clusterDomain", "clusterSignals", "nodeCollectorNamespace"],
];

function assertSaid(
  effects: ReturnType<typeof dataEffects>,
  expected: readonly (readonly [Fate, RegExp])[],
): void {
  assert.deepEqual(
    effects.map(({ fate }) => fate),
    expected.map(([fate]) => fate),
    showEffects(effects),
  );
  expected.forEach(([, says], index) => {
    assert.match(effects[index]?.text ?? "", says);
  });
}

describe("what a preview says of data", () => {
  it("looks at every setting: a new one has to be added to the rows, or to those without", () => {
    assert.deepEqual(
      [...Object.keys(rows), ...without].sort(),
      Object.keys(settingsSchema.shape).sort(),
    );
  });

  for (const [setting, some] of Object.entries(rows)) {
    some.forEach(([before, after, expected]) => {
      it(`${setting}: ${JSON.stringify(before)} to ${JSON.stringify(after)}`, () => {
        assertSaid(dataEffects(factsOf(before), factsOf(after)), expected);
      });
    });
  }

  it("is nothing for a stack that is new, and one that stays", () => {
    assert.deepEqual(dataEffects(undefined, factsOf({})), []);
    assert.deepEqual(dataEffects(factsOf({}), factsOf({})), []);
  });

  const claim: ClaimFact = {
    ...{ release: "lgtm/my-lgtm", namespace: "lgtm", name: "x" },
    keep: false,
  };
  const set = (more: Partial<VolumeSet>): VolumeSet => ({
    ...{ release: "lgtm/my-lgtm", namespace: "lgtm", name: "s", replicas: 3, claims: ["data"] },
    deletesWhen: neverDeletes,
    ...more,
  });
  const withSets = (...sets: VolumeSet[]): DataFacts => factsOf({}, { sets });
  const withClaims = (...claims: ClaimFact[]): Partial<DataFacts> => ({ claims });

  it("tells claims that Helm keeps from those that it deletes", () => {
    const [had, has] = [factsOf({}, withClaims(claim)), factsOf({}, withClaims())];
    assertSaid(dataEffects(factsOf({}, withClaims({ ...claim, keep: true })), has), [
      ["unread", /volume `lgtm\/x`, which release `lgtm\/my-lgtm` no longer has\.$/],
    ]);
    // The program tells Helm to keep it, before Helm is asked to upgrade.
    assertSaid(dataEffects(had, has), [["unread", /`up` tells Helm to keep it/]]);
    assertSaid(dataEffects(had, { ...has, looksFirst: false }), [["deleted", /`lgtm\/x`/]]);
  });

  it("tells claims that an uninstall would delete", () => {
    const had = factsOf({}, { ...withClaims(claim), sets: [] });
    const has = factsOf({ lgtmReleaseName: "other" }, withClaims());
    assertSaid(dataEffects(had, has), [["refused", /Helm would delete `x` with it/]]);
    assertSaid(dataEffects(had, { ...has, looksFirst: false }), [["deleted", /which goes: `x`/]]);
  });

  it("tells namespaces that a program without the look deletes", () => {
    const has = factsOf({ lgtmNamespace: "elsewhere" }, { looksFirst: false });
    assertSaid(dataEffects(factsOf({}), has), [["deleted", volumes]]);
    const moved = factsOf({ existingNamespaces: '["lgtm"]' }, { looksFirst: false });
    assertSaid(dataEffects(factsOf({}), moved), [["deleted", volumes]]);
  });

  it("tells StatefulSets that leave volumes behind", () => {
    const had = withSets(set({}));
    assertSaid(dataEffects(had, withSets()), [["unread", /StatefulSet `lgtm\/s`, which goes/]]);
    assertSaid(dataEffects(had, withSets(set({ claims: ["storage"] }))), [
      ["unread", /the volumes `data-s-\*`, which StatefulSet `lgtm\/s` no longer claims/],
    ]);
    assertSaid(dataEffects(had, withSets(set({ claims: ["data", "more"], replicas: 5 }))), []);
    assertSaid(dataEffects(had, withSets(set({ replicas: 1 }))), [
      ["unread", /beyond its first 1 of 3 pods, until there are as many again/],
    ]);
  });

  it("tells StatefulSets whose volumes Kubernetes deletes", () => {
    const deletes = { deletesWhen: { deleted: true, scaled: true } };
    const had = withSets(set(deletes));
    assertSaid(dataEffects(had, withSets()), [["deleted", /StatefulSet `lgtm\/s`/]]);
    assertSaid(dataEffects(had, withSets(set({ ...deletes, replicas: 1 }))), [
      ["deleted", /beyond its first 1 of 3 pods\.$/],
    ]);
    assertSaid(dataEffects(withSets(set({})), withSets(set(deletes))), [
      ["exposed", /when it is deleted and with each pod fewer from then on/],
    ]);
    const renamed = factsOf({ lgtmReleaseName: "other" });
    assertSaid(dataEffects({ ...had, claims: [] }, renamed), [["deleted", /`data-s-\*`/]]);
  });

  it("tells another context, and does not where nobody has chosen one", () => {
    const at = (context: string, more = {}): DataFacts => factsOf({}, { context, ...more });
    assertSaid(dataEffects(at("a"), at("b")), [["refused", /`b` instead of `a`/]]);
    assertSaid(dataEffects(at("a"), at("b", { looksFirst: false })), [["deleted", /everything/]]);
    assertSaid(dataEffects(at("not-chosen-yet"), at("b")), []);
  });

  it("says what it cannot know, and the worst first", () => {
    const has = factsOf({ logsRetentionDays: "1", storage: "gcs" }, { unrendered: ["lgtm"] });
    assertSaid(dataEffects(factsOf({}), has), [
      ["deleted", /logs/],
      ["unread", /minio/],
      ["unread", /bundled/],
      ["unknown", /release `lgtm`, which could not be rendered/],
    ]);
  });

  it("gives names no meaning in Markdown", () => {
    const evil = "x` **free** @admin <img> [a](https://b)";
    const text = showEffects(
      dataEffects(
        factsOf({ lgtmNamespace: evil, ...s3, storageLogsBucket: evil }),
        factsOf({ lgtmNamespace: "lgtm", lgtmReleaseName: evil }, { context: evil }),
      ),
    );
    assert.ok(text.includes("free"));
    // Inside two backticks, because there is one in the name.
    for (const line of text.split("\n"))
      assert.doesNotMatch(line.replace(/(`+)(?!`)[^]*?[^`]\1(?!`)/g, ""), /free|@admin|<img|\]\(/);
  });

  it("lists no more than the first few volumes", () => {
    const sets = Array.from({ length: 12 }, (_, index) => set({ name: `s${String(index)}` }));
    const [first] = dataEffects(
      factsOf({}, { sets, claims: [] }),
      factsOf({ lgtmReleaseName: "other" }),
    );
    assert.match(first?.text ?? "", /`data-s7-\*` and 4 more/);
  });
});
