/** Tests of config/settings.ts. */
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { DemoAppArgs, LgtmStackArgs, OtelCollectorArgs } from "../../components";
import { charts } from "../../config/charts";
import { examples } from "../../config/examples";
import { type SettingKey, settingsSchema } from "../../config/schema";
import { loadSettings } from "../../config/settings";
import { sizes } from "../../config/sizes";
import { projectRoot } from "../../lib/project-root";
import { type RunOptions, setConfig, underMocks, valueOf } from "../../lib/pulumi/mocks/program";
import { type Stack, stacks } from "../../lib/pulumi/stack-files";
import { podsOfComponent, scrapedPods, totals } from "../../config/capacity";

async function settingsOf(stack: Stack, options: RunOptions = {}) {
  setConfig(stack, options);
  return (await underMocks({}, loadSettings)).result;
}

const buckets = {
  storageLogsBucket: "l-1",
  storageMetricsBucket: "m-1",
  storageTracesBucket: "t-1",
};

function prefixed(settings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [`lgtm:${key}`, value]));
}

type OnlyFieldsOf<
  Args,
  Given extends { [Key in keyof Given]: Key extends keyof Args ? unknown : never },
> = Given;

/**
 * Nothing is handed to a component beyond its arguments: `npm run types` fails otherwise. index.ts spreads
 * these objects, where the compiler lets any field pass.
 */
export interface Parts extends ReturnType<typeof loadSettings> {
  lgtm: OnlyFieldsOf<LgtmStackArgs, ReturnType<typeof loadSettings>["lgtm"]>;
  otelCollector: OnlyFieldsOf<OtelCollectorArgs, ReturnType<typeof loadSettings>["otelCollector"]>;
  demo: OnlyFieldsOf<DemoAppArgs, NonNullable<ReturnType<typeof loadSettings>["demo"]>>;
}

describe("loadSettings", () => {
  for (const stack of stacks) {
    it(`accepts the ${stack} stack as it is`, async () => {
      await settingsOf(stack);
    });
  }

  it("takes the bundled store unasked but under three copies, and three copies in a store of one's own", async () => {
    const undecided = { "lgtm:bundledStoreInProduction": "false" };
    await settingsOf("dev", { config: undecided });
    await settingsOf("dev", { config: { ...undecided, "lgtm:size": "standard" } });
    await settingsOf("prod", {
      config: {
        ...undecided,
        "lgtm:storage": "gcs",
        "lgtm:storageLogsBucket": "acme-logs",
        "lgtm:storageMetricsBucket": "acme-metrics",
        "lgtm:storageTracesBucket": "acme-traces",
        "lgtm:storageServiceAccountAnnotations":
          '{"iam.gke.io/gcp-service-account":"lgtm@acme.iam.gserviceaccount.com"}',
      },
    });
  });

  it("sorts the settings into what each component takes", async () => {
    const { lgtm, otelCollector, demo } = await settingsOf("dev", {
      config: { "lgtm:chartSet": "umbrella" },
    });
    assert.deepEqual(lgtm, {
      namespace: "lgtm",
      namespaceExists: false,
      releaseName: "my-lgtm",
      bundledService: "minio",
      charts: {
        set: "umbrella",
        chart: {
          chart: "lgtm-distributed",
          version: "3.0.1",
          repositoryOpts: { repo: "https://grafana.github.io/helm-charts" },
        },
        version: charts.lgtm.versions["3.0.1"],
      },
      helmValues: {},
      pods: {},
      parts: {},
      profile: "standard",
      timeoutSeconds: 1200,
      protectData: false,
      grafana: {
        serviceType: "ClusterIP",
        loadBalancerSourceRanges: [],
        service: undefined,
        adminUser: "admin",
        adminPassword: undefined,
        passwordRotation: undefined,
        rootUrl: "",
        ingress: undefined,
        route: undefined,
        oidc: undefined,
        database: undefined,
        files: undefined,
      },
      size: sizes.umbrella.laptop,
      imageSource: { registry: "", pullSecrets: [] },
      minioRegistry: "",
      storage: {
        kind: "bundled",
        buckets: { logs: "loki", metrics: "mimir-tsdb", traces: "tempo" },
        region: "",
        endpoint: "",
        account: "",
        serviceAccountAnnotations: {},
      },
      storageRotation: undefined,
      storageClass: "",
      storageSecret: undefined,
      clusterDns: { namespace: "kube-system", service: "kube-dns", domain: "cluster.local" },
      clusterSignals: false,
      retentionDays: { logs: 7, metrics: 30, traces: 7 },
      alerting: {
        contactPoint: "none",
        runbookUrl: "",
        contact: undefined,
        smtp: { host: "", from: "", user: "", password: undefined },
        locations: {
          lgtmNamespace: "lgtm",
          collectorNamespace: "otel",
          collectorName: "otel-collector-opentelemetry-collector",
          storePods: scrapedPods(lgtm.size),
          cluster: undefined,
        },
      },
      kubectl: "kubectl --context test",
    });
    assert.deepEqual(otelCollector, {
      namespace: "otel",
      namespaceExists: false,
      releaseName: "otel-collector",
      chart: {
        chart: "opentelemetry-collector",
        version: "0.129.0",
        repositoryOpts: { repo: "https://open-telemetry.github.io/opentelemetry-helm-charts" },
      },
      timeoutSeconds: 1200,
      helmValues: undefined,
      additions: {},
      placement: {},
      envFrom: [],
      signalPods: undefined,
      image: { repository: "otel/opentelemetry-collector-contrib", tag: "0.130.0" },
      imagePullSecrets: [],
      logsExporter: "loki",
      profile: "standard",
      replicas: 1,
      memoryLimitMiB: 512,
      queueVolume: { sizeGiB: 2, storageClass: "" },
    });
    assert.deepEqual(demo, {
      namespace: "flask-app",
      namespaceExists: false,
      placement: {},
      image: "gasbugs21c/my-flask-app:lgtm",
      imagePullSecrets: [],
      serviceType: "ClusterIP",
      loadBalancerSourceRanges: [],
      service: undefined,
      traffic: { placement: {}, requestsPerMinute: 60, image: "curlimages/curl:8.15.0" },
      kubectl: "kubectl --context test",
    });
  });

  it("writes kubectl with the stack's cluster, and shows nothing that is secret", async () => {
    const kubectl = async (options: Parameters<typeof settingsOf>[1]): Promise<string> =>
      (await settingsOf("dev", options)).lgtm.kubectl;
    const context = { "kubernetes:context": "kind-a" };
    assert.equal(await kubectl({ config: context }), "kubectl --context kind-a");
    const kubeconfig = "package.json";
    assert.equal(
      await kubectl({ config: { ...context, "kubernetes:kubeconfig": kubeconfig } }),
      "kubectl --kubeconfig package.json --context kind-a",
    );
    const secrets = { "kubernetes:kubeconfig": kubeconfig };
    assert.equal(await kubectl({ config: context, secrets }), "kubectl --context kind-a");
    const strange = { "kubernetes:context": "a; rm -rf x" };
    assert.equal(await kubectl({ config: strange }), "kubectl");
  });

  it("takes the port of Tempo from the chart's version", async () => {
    const { charts: used } = (await settingsOf("tutorial")).lgtm;
    assert.equal(used.set === "umbrella" && used.version.tempoHttpPort, 3100);
  });

  it("takes a chart for each store by default, and the collector that goes with them", async () => {
    const { lgtm, otelCollector } = await settingsOf("dev", {
      config: { "lgtm:mimirChartVersion": "5.8.0" },
    });
    const community = { repo: "https://grafana-community.github.io/helm-charts" };
    const grafana = { repo: "https://grafana.github.io/helm-charts" };
    const from = (chart: string, version: string, repositoryOpts: object) => ({
      ...{ chart, version, repositoryOpts },
    });
    assert.deepEqual(lgtm.charts, {
      set: "maintained",
      loki: {
        chart: from("loki", "18.11.0", community),
        version: charts.loki.versions["18.11.0"],
      },
      tempo: {
        chart: from("tempo-distributed", "2.26.2", community),
        version: charts.tempo.versions["2.26.2"],
      },
      mimir: {
        chart: from("mimir-distributed", "5.8.0", grafana),
        version: charts.mimir.versions["5.8.0"],
      },
      grafana: {
        chart: from("grafana", "12.10.4", community),
        version: charts.grafana.versions["12.10.4"],
      },
    });
    assert.deepEqual(lgtm.size, sizes.maintained.laptop);
    assert.equal(otelCollector.chart.version, "0.170.0");
    assert.equal(otelCollector.image.tag, "0.158.0");
    assert.equal(otelCollector.logsExporter, "otlphttp");
  });

  it("takes replicas and copies from the size, unless a setting says otherwise", async () => {
    const { lgtm, otelCollector } = await settingsOf("prod", {
      config: { "lgtm:tempoIngesterReplicas": "9", "lgtm:otelCollectorMemoryLimitMiB": "2048" },
    });
    assert.deepEqual(lgtm.size.loki, { replicas: 3, replicationFactor: 3, processes: "many" });
    assert.deepEqual(lgtm.size.tempo, { replicas: 9, replicationFactor: 3 });
    assert.equal(otelCollector.replicas, 3);
    assert.equal(otelCollector.memoryLimitMiB, 2048);
  });

  it("gives the tutorial the replicas of its own command", async () => {
    const { size } = (await settingsOf("tutorial")).lgtm;
    assert.deepEqual(size.mimir, { replicas: 2, replicationFactor: 3 });
    assert.deepEqual(size.tempo, { replicas: 2, replicationFactor: 3 });
  });

  for (const [minioRegistry, service, volume] of [
    ["", "objectStore", "data-my-lgtm-object-store-0"],
    ["quay.io", "minio", "my-lgtm-minio"],
  ] as const)
    it(`gives the tutorial ${service} where minioRegistry is "${minioRegistry}"`, async () => {
      const config = { "lgtm:minioRegistry": minioRegistry };
      const { lgtm, ownership } = await settingsOf("tutorial", { config });
      assert.equal(lgtm.bundledService, service);
      assert.deepEqual(Object.keys(lgtm.size.requests[service]), [service]);
      assert.equal(ownership.data.store, `the bundled store (volume lgtm/${volume})`);
    });

  for (const [storage, settings] of Object.entries({
    "S3 with a key": {
      storage: "s3",
      storageRegion: "ap-northeast-2",
      storageAccount: "AKIAEXAMPLE",
    },
    "another S3 service with a key": {
      storage: "s3",
      storageEndpoint: "https://s3.example.com:9000",
      storageAccount: "user",
    },
    "Google with a key": { storage: "gcs" },
    "Azure with a key": { storage: "azure", storageAccount: "account" },
  })) {
    it(`takes ${storage}, which stays secret`, async () => {
      const key = storage.startsWith("Google") ? '{"private_key": "x"}' : "key-of-the-store";
      const { lgtm } = await settingsOf("dev", {
        config: prefixed({ ...buckets, ...settings }),
        secrets: { "lgtm:storageSecret": key },
      });
      assert.ok(lgtm.storageSecret);
      assert.equal(await pulumi.isSecret(lgtm.storageSecret), true);
      assert.deepEqual(lgtm.storage.buckets, { logs: "l-1", metrics: "m-1", traces: "t-1" });
    });
  }

  for (const [url, address, said] of [
    [
      "postgres://grafana@db.example/grafana",
      { host: "db.example", port: 5432, name: "grafana", user: "grafana", tls: "verify-full" },
      "the database grafana at db.example:5432",
    ],
    [
      "postgresql://graf%40srv@10.0.0.9:80/lgtm-grafana?sslmode=require",
      { host: "10.0.0.9", port: 80, name: "lgtm-grafana", user: "graf@srv", tls: "require" },
      "the database lgtm-grafana at 10.0.0.9:80",
    ],
    [
      "postgres://g@[fd00::1]:5433/g?sslmode=disable",
      { host: "[fd00::1]", port: 5433, name: "g", user: "g", tls: "disable" },
      "the database g at [fd00::1]:5433",
    ],
  ] as const) {
    it(`takes Grafana's database from ${url}, and its password as the secret that it is`, async () => {
      const { lgtm, ownership } = await settingsOf("dev", {
        config: { "lgtm:grafanaDatabase": url },
        secrets: { "lgtm:grafanaDatabasePassword": "planted-db-password" },
      });
      const { password, ...rest } = lgtm.grafana.database ?? {};
      assert.deepEqual(rest, { ...address, authority: "" });
      assert.ok(password);
      assert.equal(await pulumi.isSecret(password), true);
      assert.equal(ownership.data.grafana, said);
    });
  }

  it("says where Grafana keeps what people make: its volume, or nowhere", async () => {
    const of = async (chartSet: string) =>
      (await settingsOf("dev", { config: { "lgtm:chartSet": chartSet } })).ownership.data.grafana;
    assert.equal(await of("maintained"), "the volume lgtm/my-lgtm-grafana");
    assert.equal(await of("umbrella"), undefined);
  });

  it("takes an identity of the cloud instead of a key", async () => {
    const annotations = { "eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/lgtm" };
    const { lgtm } = await settingsOf("dev", {
      config: prefixed({
        ...buckets,
        storage: "s3",
        storageRegion: "eu-west-1",
        storageServiceAccountAnnotations: JSON.stringify(annotations),
      }),
    });
    assert.deepEqual(lgtm.storage.serviceAccountAnnotations, annotations);
    assert.equal(lgtm.storageSecret, undefined);
  });

  it("has no demo when demoEnabled is false", async () => {
    assert.equal((await settingsOf("prod")).demo, undefined);
  });

  it("reads lists, booleans and numbers from text", async () => {
    const { lgtm } = await settingsOf("dev", {
      config: {
        "lgtm:grafanaServiceType": "LoadBalancer",
        "lgtm:grafanaLoadBalancerSourceRanges": '["10.0.0.0/8","2001:db8::/32"]',
        "lgtm:protectData": "true",
        "lgtm:plainHttpInProduction": "true",
        "lgtm:lokiIngesterReplicas": "50",
      },
    });
    assert.deepEqual(lgtm.grafana.loadBalancerSourceRanges, ["10.0.0.0/8", "2001:db8::/32"]);
    assert.equal(lgtm.protectData, true);
    assert.equal(lgtm.size.loki.replicas, 50);
  });

  it("takes rotation numbers, as text or not, each for its own credentials", async () => {
    const numbers = async (rotation: string) => {
      const { lgtm } = await settingsOf("dev", { config: { "lgtm:rotation": rotation } });
      return [lgtm.grafana.passwordRotation, lgtm.storageRotation];
    };
    assert.deepEqual(await numbers('{"grafana":"3"}'), ["3", undefined]);
    assert.deepEqual(await numbers('{"storage":2}'), [undefined, "2"]);
  });

  it("takes additions to the collector that name where their secrets are", async () => {
    const collectorConfig = {
      exporters: {
        "otlp_http/elsewhere": {
          endpoint: "https://otlp.example.com",
          headers: { authorization: "Bearer ${env:ELSEWHERE_TOKEN}", "api-key": "${env:KEY}" },
        },
      },
      service: { pipelines: { traces: { exporters: ["otlp_http/elsewhere"] } } },
    };
    const config = { "lgtm:collectorConfig": JSON.stringify(collectorConfig) };
    assert.deepEqual(
      (await settingsOf("dev", { config })).otelCollector.additions,
      collectorConfig,
    );
  });

  it("reckons with what single parts ask for, wherever pods and volumes are counted", async () => {
    const parts = {
      mimirIngester: { milliCpu: 70, memoryMiB: 300, volumeGiB: 7 },
      otelCollector: { volumeGiB: 9 },
    };
    const config = { "lgtm:parts": JSON.stringify(parts) };
    const { lgtm, otelCollector, ownership } = await settingsOf("dev", { config });
    const { requests, memoryLimitMiB } = podsOfComponent(lgtm.size, "mimir", "ingester");
    assert.deepEqual([requests, memoryLimitMiB], [[70, 300], 1200]);
    assert.equal(otelCollector.queueVolume.sizeGiB, 9);
    const volumes = ownership.holders?.statefulSets.map(({ name, volumeGiB }) => [name, volumeGiB]);
    assert.deepEqual(
      volumes?.find(([name]) => name === "my-lgtm-mimir-ingester"),
      ["my-lgtm-mimir-ingester", 7],
    );
    const plain = (await settingsOf("dev")).lgtm.size;
    assert.equal(totals(lgtm.size).memoryMiB - totals(plain).memoryMiB, 300 - 192);
  });

  it("takes Helm values that name where their secrets are", async () => {
    const helmValues = {
      grafana: {
        "grafana.ini": {
          smtp: { password: "${SMTP_PASSWORD}" },
          "auth.generic_oauth": { client_secret: "$__file{/etc/secrets/oidc}" },
        },
        envValueFrom: { SMTP_PASSWORD: { secretKeyRef: { name: "smtp", key: "password" } } },
      },
      loki: { extraObjects: ["url: https://${env:USER}:${env:PASSWORD}@elsewhere.example"] },
    };
    const config = { "lgtm:helmValues": JSON.stringify(helmValues) };
    assert.deepEqual((await settingsOf("dev", { config })).lgtm.helmValues, helmValues);
  });

  it("keeps a given password secret from the first read", async () => {
    const given = "correct-horse-battery";
    const { lgtm } = await settingsOf("dev", {
      secrets: { "lgtm:grafanaAdminPassword": given },
    });
    const password = lgtm.grafana.adminPassword;
    assert.ok(password);
    assert.equal(await pulumi.isSecret(password), true);
    assert.equal(await valueOf(password), given);
  });

  describe("the cluster", () => {
    it("can be a context", async () => {
      assert.deepEqual((await settingsOf("dev")).cluster, { context: "test" });
    });

    it("can be the contents of a kubeconfig, which stay secret", async () => {
      const contents = "apiVersion: v1\nkind: Config\n";
      const { cluster } = await settingsOf("dev", {
        config: { "kubernetes:context": undefined },
        secrets: { "kubernetes:kubeconfig": contents },
      });
      assert.ok(cluster.kubeconfig);
      assert.equal(await pulumi.isSecret(cluster.kubeconfig), true);
      assert.equal(await valueOf(cluster.kubeconfig), contents);
      assert.equal(cluster.context, undefined);
    });

    it("can be a kubeconfig file", async () => {
      const { cluster } = await settingsOf("dev", {
        config: { "kubernetes:kubeconfig": `${projectRoot}/package.json` },
      });
      assert.ok(cluster.kubeconfig);
      assert.equal(cluster.context, "test");
    });
  });
});

describe("identities that need neither key nor annotation", () => {
  for (const storage of ["s3", "gcs"]) {
    it(`are taken for ${storage}, and the stores have no credentials`, async () => {
      const { lgtm } = await settingsOf("dev", {
        config: prefixed({
          ...buckets,
          storage,
          ...(storage === "s3" && { storageRegion: "cn-north-1" }),
          storageIdentityFromCluster: "true",
        }),
      });
      assert.equal(lgtm.storageSecret, undefined);
      assert.deepEqual(lgtm.storage.serviceAccountAnnotations, {});
    });
  }
});

describe("mail servers", () => {
  for (const host of ["[fd00::1]:587", "mail:25", "10.0.0.9:65535", "smtp.example.com:587"]) {
    it(`can be ${host}`, async () => {
      await settingsOf("dev", {
        config: prefixed({
          alertContactPoint: "email",
          alertSmtpFrom: "a@b.example",
          alertSmtpHost: host,
        }),
        secrets: { "lgtm:alertContact": "ops@example.com" },
      });
    });
  }
});

describe("an example of a fix", () => {
  for (const [key, example] of Object.entries(examples)) {
    it(`is a value for ${key}`, () => {
      const text = example.replace(/^'(.*)'$/, "$1");
      if (text.startsWith('"$(')) return; // the content of a file
      const { success } = settingsSchema.shape[key as SettingKey].safeParse(text);
      assert.equal(success, true, text);
    });
  }
});

describe("formats that must be accepted", () => {
  const accepted: readonly (readonly [string, string])[] = [
    ["lgtmNamespace", "a"],
    ["lgtmNamespace", "a".repeat(63)],
    ["lgtmNamespace", "0bs"],
    ["lgtmReleaseName", "a".repeat(25)],
    ["lgtmChartRepository", "oci://registry.example:5000/charts"],
    ["lgtmChartRepository", "http://mirror.example"],
    ["helmTimeoutSeconds", "60"],
    ["helmTimeoutSeconds", "7200"],
    ["grafanaAdminUser", "ops@example.org"],
    ["tempoIngesterReplicas", "50"],
    ["otelCollectorImage", "registry.example:5000/otel/opentelemetry-collector-contrib"],
    ["otelCollectorMemoryLimitMiB", "128"],
    ["otelCollectorMemoryLimitMiB", "16384"],
    ["otelCollectorReleaseName", "otel-collector-opentelemetry-collector"],
    ["demoImage", "registry.example:5000/team/app:1.2.3"],
    ["demoImage", `app@sha256:${"0".repeat(64)}`],
    ["demoImage", `app:1@sha256:${"0".repeat(64)}`],
    ["demoTrafficRequestsPerMinute", "0"],
    ["demoTrafficRequestsPerMinute", "6000"],
    ["grafanaServiceType", "NodePort"],
    ["grafanaRootUrl", "https://grafana.example.com"],
    ["grafanaRootUrl", "http://[fd00::1]:3000/"],
    ["lgtmChartRepository", "https://charts.example/lgtm-distributed"],
    ["lgtmChartRepository", "oci://registry.example/team/loki-charts"],
    ["otelCollectorImage", "registry.example/acme-otelcol"],
    ["alertRunbookUrl", "https://wiki.example.com/alerts?page=1#top"],
    ["grafanaLoadBalancerSourceRanges", "[]"],
  ];
  for (const [key, value] of accepted) {
    it(`${key} = ${value}`, async () => {
      await settingsOf("dev", { config: { [`lgtm:${key}`]: value } });
    });
  }
});
