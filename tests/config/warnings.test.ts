/** Tests: settings that work, are seldom meant, and are warned of. */
import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { unusual } from "../../config/rules/unusual";
import { loadSettings } from "../../config/settings";
import { ignoredKeys } from "../../config/surroundings";
import { nearest } from "../../lib/nearest";
import { setConfig, underMocks } from "../../lib/pulumi/mocks/program";
import { type Stack } from "../../lib/pulumi/stack-files";
import { defaultSettings } from "../ops/support/settings";

const of = (other: Readonly<Record<string, string>> = {}): string[] =>
  unusual(defaultSettings(other));

/** What a run with these settings warns of. */
async function warned(stack: Stack, config: Readonly<Record<string, string>>): Promise<string[]> {
  const { warn } = pulumi.log;
  const said: string[] = [];
  const log = pulumi.log as { warn: typeof warn };
  log.warn = (text) => {
    said.push(text);
    return Promise.resolve();
  };
  try {
    setConfig(stack, { config });
    await underMocks({}, loadSettings);
    return said;
  } finally {
    log.warn = warn;
  }
}

describe("what is warned of", () => {
  it("is nothing by default", async () => {
    assert.deepEqual(of(), []);
    for (const stack of ["dev", "prod"] as const) assert.deepEqual(await warned(stack, {}), []);
  });

  for (const store of ["loki", "mimir", "tempo"] as const) {
    it(`is ${store} with many times the ingesters of its size`, () => {
      const [said = "", ...others] = of({ [`${store}IngesterReplicas`]: "50" });
      assert.match(said, new RegExp(`^lgtm:${store}IngesterReplicas = 50: size laptop has \\d`));
      assert.deepEqual(others, []);
      assert.deepEqual(of({ [`${store}IngesterReplicas`]: "3" }), []);
    });
  }

  it("is a retention that the bundled store's volume was not made for", () => {
    const [said = "", ...others] = of({ logsRetentionDays: "3650" });
    assert.match(said, /^lgtm:logsRetentionDays = 3650: .* the bundled store's volume of \d+ GiB/);
    assert.deepEqual(others, []);
    assert.deepEqual(of({ logsRetentionDays: "3650", storage: "gcs" }), []);
    assert.deepEqual(of({ metricsRetentionDays: "92" }), []);
  });

  it("is Grafana open to everybody, in production too", async () => {
    const open = { "lgtm:grafanaServiceType": "LoadBalancer" };
    for (const [stack, more] of [
      ["dev", {}],
      ["prod", { "lgtm:plainHttpInProduction": "true" }],
    ] as const) {
      const [said = ""] = await warned(stack, { ...open, ...more });
      assert.match(said, /Grafana has an address .* for everybody who reaches it/);
    }
  });

  it("is what belongs to a demo that is off, all of it alike", () => {
    const off = {
      demoEnabled: "false",
      demoServiceType: "LoadBalancer",
      demoLoadBalancerSourceRanges: '["203.0.113.0/24"]',
      demoImage: "registry.example/app:1",
      demoNamespace: "lgtm",
      demoTrafficRequestsPerMinute: "9",
      demoTrafficImage: "registry.example/curl:1",
    };
    const said = of(off);
    assert.equal(said.length, Object.keys(off).length - 1);
    for (const one of said)
      assert.match(
        one,
        /^lgtm:demo\w+ means nothing with lgtm:demoEnabled = false, so it is ignored/,
      );
  });

  it("lets a demo that is off have any of it", async () => {
    const said = await warned("prod", {
      "lgtm:demoNamespace": "lgtm",
      "lgtm:demoLoadBalancerSourceRanges": '["203.0.113.0/24"]',
    });
    assert.equal(said.length, 2);
  });

  it("is a version of a chart of the other set", () => {
    assert.match(
      of({ lgtmChartVersion: "2.1.0" }).join("\n"),
      /^lgtm:lgtmChartVersion means nothing with lgtm:chartSet = maintained/,
    );
  });
});

describe("keys outside of the project", () => {
  it("are warned of where they are near one that is read", () => {
    const said = ignoredKeys("lgtm", {
      "kubernetes:context": "x",
      "kubernetes:contxt": "x",
      "kubernetes:namespace": "x",
      "kubernets:context": "x",
      "LGTM:size": "ha",
      "lgtn:size": "ha",
      "lgtm:size": "ha",
      "aws:region": "x",
      "pulumi:tags": "{}",
      "gcp:project": "x",
    });
    assert.deepEqual(
      said.map((text) => text.split(" ")[0]),
      ["kubernetes:contxt", "kubernetes:namespace", "kubernets:context", "LGTM:size", "lgtn:size"],
    );
    assert.match(said[0] ?? "", /did you mean kubernetes:context\?/);
    assert.doesNotMatch(said[1] ?? "", /did you mean/);
    assert.match(said[3] ?? "", /did you mean lgtm:size\?/);
  });

  it("reach the user", async () => {
    const said = await warned("dev", { "LGTM:size": "ha", "kubernetes:contxt": "y" });
    assert.equal(said.length, 2, said.join("\n"));
  });
});

describe("the nearest name", () => {
  it("is none for a word that is another", () => {
    assert.equal(nearest("replicas", ["rotation", "profile"]), undefined);
    assert.equal(nearest("Size", ["size", "profile"]), "size");
  });
});
