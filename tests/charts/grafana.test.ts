/** Tests: Grafana in the stand-in charts. */
import * as assert from "node:assert/strict";
import { requireTools } from "../support/tools";
import { grafanaValues } from "../../components/values/grafana";
import { charts } from "../../config/charts";
import { sizes } from "../../config/sizes";
import { grafanaArgs, ownDatabase } from "../components/values/support";
import { detailsOf } from "./compare";
import { configFile, lgtmCharts, lgtmLocations, named, ofKind, render } from "./render";
import { standardValues } from "./standard";
import { locationsOf } from "./store-cases";

describe("Grafana in the stand-in charts", () => {
  let helm: string;

  before(async function () {
    ({ helm } = await requireTools(this, ["helm"]));
  });

  for (const chart of lgtmCharts) {
    it(`${chart} takes the administrator from the Secret that it is given`, async () => {
      const admin = { existingSecret: "ours", userKey: "user", passwordKey: "password" };
      const objects = await render(helm, chart, { grafana: { admin } });
      const { spec } = named(objects, "Deployment", "my-lgtm-grafana");
      assert.deepEqual(
        spec?.template.spec?.containers[0]?.env?.map(({ valueFrom }) => valueFrom?.secretKeyRef),
        [
          { name: "ours", key: "user" },
          { name: "ours", key: "password" },
        ],
      );
      const secrets = ofKind(objects, "Secret").map(({ metadata }) => metadata?.name);
      assert.deepEqual(secrets, ["my-lgtm-minio"]);
    });

    it(`${chart} makes a Secret with a random password otherwise`, async () => {
      const passwords = await Promise.all(
        [1, 2].map(async () => {
          const objects = await render(helm, chart);
          return named(objects, "Secret", "my-lgtm-grafana").data?.["admin-password"];
        }),
      );
      assert.notEqual(passwords[0], passwords[1]);
    });

    it(`${chart} leaves the Service out, and nothing else, when it is disabled`, async () => {
      const admin = { existingSecret: "ours" };
      const all = await render(helm, chart, { grafana: { admin } });
      const without = await render(helm, chart, {
        grafana: { admin, service: { enabled: false } },
      });
      const isGrafanaService = ({ kind, metadata }: (typeof all)[number]): boolean =>
        kind === "Service" && metadata?.name === "my-lgtm-grafana";
      assert.equal(all.filter(isGrafanaService).length, 1);
      assert.deepEqual(
        without,
        all.filter((object) => !isGrafanaService(object)),
      );
    });

    it(`${chart} renders the Service's source ranges for a LoadBalancer only`, async () => {
      for (const [type, ranges] of [
        ["LoadBalancer", ["10.0.0.0/8"]],
        ["NodePort", undefined],
      ] as const) {
        const annotations = { why: "test" };
        const service = { type, annotations, loadBalancerSourceRanges: ["10.0.0.0/8"] };
        const objects = await render(helm, chart, { grafana: { service } });
        const { metadata, spec } = named(objects, "Service", "my-lgtm-grafana");
        assert.equal(spec?.type, type);
        assert.deepEqual(spec.loadBalancerSourceRanges, ranges);
        assert.deepEqual(metadata?.annotations, annotations);
      }
    });

    it(`${chart} mounts dashboards and alerting files, and reads variables from a Secret`, async () => {
      const providers = { apiVersion: 1, providers: [{ name: "ours" }] };
      const alerting = "/etc/grafana/provisioning/alerting";
      const objects = await render(helm, chart, {
        grafana: {
          dashboardProviders: { "ours.yaml": providers },
          dashboardsConfigMaps: { ours: "our-dashboards" },
          extraConfigmapMounts: [
            { name: "alerting", configMap: "our-alerting", mountPath: alerting, readOnly: true },
          ],
          envFromSecret: "our-contact",
        },
      });
      assert.deepEqual(configFile(objects, "my-lgtm-grafana", "ours.yaml"), providers);
      const grafana = detailsOf(objects).pods["my-lgtm-grafana"];
      assert.deepEqual(grafana?.envFrom, [{ secretRef: { name: "our-contact" } }]);
      assert.equal(grafana.mounts[alerting], "ConfigMap our-alerting");
      assert.equal(grafana.mounts["/var/lib/grafana/dashboards/ours"], "ConfigMap our-dashboards");
      const file = "/etc/grafana/provisioning/dashboards/ours.yaml";
      assert.equal(grafana.mounts[file], "ConfigMap my-lgtm-grafana");
    });

    it(`${chart} takes images from other registries`, async () => {
      const repository = "mirror.example/x";
      const objects = await render(helm, chart, {
        global: { imageRegistry: "mirror.example", image: { registry: "mirror.example" } },
        mimir: {
          image: { repository },
          nginx: { image: { registry: "mirror.example" } },
          rollout_operator: { image: { repository } },
          minio: { image: { repository }, mcImage: { repository } },
        },
      });
      const images = JSON.stringify(objects).match(/"image":"[^"]+"/g) ?? [];
      assert.ok(images.length > 20);
      assert.deepEqual(
        images.filter((image) => !image.startsWith('"image":"mirror.example/')),
        [],
      );
    });
  }
});

describe("Grafana with a database of the owner's", () => {
  let helm: string;

  before(async function () {
    ({ helm } = await requireTools(this, ["helm"]));
  });

  const [version] = Object.keys(charts.grafana.versions);
  const ofOwnChart = grafanaValues(
    grafanaArgs({ size: sizes.maintained.laptop, grafanaDatabase: ownDatabase }),
  );
  const cases = [
    ...locationsOf({ part: "grafana", version: version ?? "" }).map(([title, location]) => ({
      ...{ title, location, values: ofOwnChart },
    })),
    ...lgtmLocations.map(({ chart, location, title }) => ({
      ...{ title, location, values: standardValues(chart, "bundled", "laptop", ownDatabase) },
    })),
  ];
  for (const { title, location, values } of cases) {
    it(`of ${title} has no claim, and both containers its address and certificates`, async function () {
      this.timeout(60_000);
      const release = values === ofOwnChart ? "my-lgtm-grafana" : "my-lgtm";
      const objects = await render(helm, location, values, { release });
      const { spec } = named(objects, "Deployment", "my-lgtm-grafana");
      assert.equal(spec?.strategy?.type, "Recreate");
      assert.equal(spec.replicas, 1);
      const pod = spec.template.spec;
      assert.deepEqual(
        (pod?.volumes ?? []).flatMap((volume) => volume.persistentVolumeClaim ?? []),
        [],
      );
      const claims = ofKind(objects, "PersistentVolumeClaim").map(({ metadata }) => metadata?.name);
      assert.ok(!claims.includes("my-lgtm-grafana"), claims.join());
      const source = pod?.volumes?.find(({ name }) => name === "database-ca");
      assert.equal(source?.configMap?.name, "the-authority");
      const secretsOf = (container = pod?.containers[0]) =>
        (container?.envFrom ?? []).map(({ secretRef }) => secretRef?.name);
      const fileOf = (container = pod?.containers[0]) =>
        container?.volumeMounts?.find(({ name }) => name === "database-ca")?.mountPath;
      const [reset] = pod?.initContainers ?? [];
      assert.equal(reset?.name, "admin-password");
      assert.deepEqual(secretsOf(reset), ["the-database"]);
      assert.deepEqual(secretsOf(), ["the-contact", "the-database"]);
      assert.deepEqual(
        [fileOf(reset), fileOf()],
        ["/etc/grafana/database", "/etc/grafana/database"],
      );
      // The one that sets the password is of the same version as the one that it is set for.
      const tag = (image = "") => image.replace(/^.*grafana\/grafana:/, "");
      assert.equal(tag(reset.image), tag(pod?.containers[0]?.image));
    });
  }
});
