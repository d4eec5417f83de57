/** Tests: the components in a program of somebody's own. */
import * as assert from "node:assert/strict";
import { createRequire } from "node:module";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import ts from "typescript";
import { LgtmStack, type LgtmStackArgs, OtelCollector, type OtelCollectorArgs } from "lgtm";
import { SettingsError } from "../../config/problems";
import { projectRoot } from "../../lib/project-root";
import { runProgram, underMocks, valueOf } from "../../lib/pulumi/mocks/program";
import type { Recording } from "../../lib/pulumi/mocks/recording";

/** Inputs by label, without what a program of one's own has not: names and marks of its stack. */
function inputsOf({ resources }: Recording): Map<string, unknown> {
  const marks = /^(lgtm\/|lgtmStack$|pulumi\.com\/patchForce$)/;
  const bare = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(bare);
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value)
      .filter(([key]) => !marks.test(key))
      .map(([key, item]) => [key, bare(item)] as const)
      .filter(([key, item]) => !isEmptyHolder(key, item));
    return Object.fromEntries(entries);
  };
  return new Map(
    resources
      .filter(({ type }) => type.startsWith("kubernetes:"))
      .map(({ label, inputs }) => [label, bare(inputs)]),
  );
}

/** What the marks alone were in. */
function isEmptyHolder(key: string, value: unknown): boolean {
  const holders = ["annotations", "global", "labels"];
  return holders.includes(key) && JSON.stringify(value) === "{}";
}

const stores: OtelCollectorArgs = {
  lokiPushUrl: "http://loki/push",
  lokiOtlpUrl: "http://loki/otlp",
  mimirPushUrl: "http://mimir/push",
  mimirOtlpUrl: "http://mimir/otlp",
  tempoOtlpEndpoint: "tempo:4317",
  lgtmNamespace: "stores",
};

/** What a component with these arguments is refused with, and what was registered before. */
async function refused(make: () => unknown): Promise<string> {
  let caught: unknown;
  const { resources } = await underMocks({}, () => {
    try {
      make();
    } catch (error) {
      caught = error;
    }
  });
  assert.deepEqual(
    resources.map(({ label }) => label),
    [],
    "something was registered",
  );
  assert.ok(caught instanceof SettingsError, `not refused: ${String(caught)}`);
  assert.ok(pulumi.RunError.isInstance(caught), "the CLI would show a stack trace");
  assert.doesNotMatch(caught.message, /pulumi config|lgtm:/);
  return caught.message;
}

describe("a program of somebody's own", function () {
  this.timeout(60_000);

  it("has all of a stack in ten lines, exactly as the defaults have it", async () => {
    const { result, ...run } = await underMocks(
      {},
      () =>
        createRequire(__filename)("../../examples/own-program") as {
          readonly grafana: pulumi.Output<string>;
        },
    );
    assert.match(await valueOf(result.grafana), /^kubectl |^run |port-forward/);
    const own = inputsOf(run);
    const noPolicies = { config: { "lgtm:networkPolicies": "false" } };
    const whole = inputsOf(await runProgram("dev", noPolicies));
    assert.deepEqual([...own.keys()].sort(), [...whole.keys()].sort());
    for (const [label, inputs] of own) assert.deepEqual(inputs, whole.get(label), label);
  });

  it("takes what is undefined for what is left out", async () => {
    const args = { namespace: undefined, grafana: { adminUser: undefined } };
    const { result } = await underMocks(
      {},
      () => new LgtmStack("lgtm", args as unknown as LgtmStackArgs),
    );
    assert.equal(await valueOf(result.namespace), "lgtm");
    assert.equal(await valueOf(result.grafanaAdminUser), "admin");
  });

  it("goes by the arguments that it gives, and by what follows from them", async () => {
    const { resources } = await underMocks({}, () => {
      new LgtmStack("lgtm", {
        namespace: "logs",
        imageSource: { registry: "mirror.example", pullSecrets: [] },
        parts: { grafana: { memoryMiB: 700 } },
      });
    });
    const release = resources.find(({ label }) => label === "Release lgtm-grafana");
    const text = JSON.stringify(release?.inputs);
    assert.match(text, /"namespace":"logs"/);
    assert.match(text, /"memory":"700Mi"/);
    assert.match(text, /mirror\.example/);
    const [alerts] = resources.filter(({ inputs }) =>
      JSON.stringify(inputs).includes("kubectl get pods -n logs"),
    );
    assert.ok(alerts, "runbooks name the namespace");
  });

  it("takes outputs as Helm values, and refuses them where others may not be", async () => {
    const version = pulumi.output("7");
    const { resources } = await underMocks({}, () => {
      new LgtmStack("lgtm", { helmValues: { grafana: { podAnnotations: { version } } } });
    });
    const release = resources.find(({ label }) => label === "Release lgtm-grafana");
    const { podAnnotations } = release?.inputs["values"] as { podAnnotations: object };
    assert.deepEqual(podAnnotations, { version: "7" });
    const message = await refused(
      () => new LgtmStack("lgtm", { helmValues: { grafana: { replicas: version } } }),
    );
    assert.match(message, /helmValues\.grafana\.replicas = <output>\n/);
  });

  it("is refused Helm values that break what the components go by", async () => {
    const values = { mimir: { ingester: { replicas: 1 }, querrier: {} } };
    const message = await refused(() => new LgtmStack("lgtm", { helmValues: values }));
    assert.match(message, /^2 arguments of LgtmStack lgtm cannot work\./);
    assert.match(
      message,
      / {2}helmValues\.mimir\.ingester\.replicas = 1\n {4}reason: .*quorum.*\n {4}fix: .*leave it out/,
    );
    assert.match(message, /did you mean querier\?/);
  });

  it("is refused the same of the collector, and additions", async () => {
    const helmValues = { config: {} };
    const message = await refused(
      () =>
        new OtelCollector("otel", { ...stores, helmValues: { ...helmValues, mode: "daemonset" } }),
    );
    assert.match(
      message,
      /^1 argument of OtelCollector otel .*\n\n {2}helmValues\.mode = daemonset/,
    );
    const additions = { processors: { batch: {} } };
    assert.match(
      await refused(() => new OtelCollector("otel", { ...stores, additions })),
      /additions\.processors\.batch .*\n {4}reason: .*memory only/,
    );
  });

  it("is refused parts that there are not", async () => {
    const parts = { lokiIngestr: { memoryMiB: 1 } };
    const message = await refused(() => new LgtmStack("lgtm", { parts }));
    assert.match(message, /parts\.lokiIngestr .*\n {4}reason: is no part of this stack/);
  });

  it("finds a default and an example at each argument", () => {
    const file = path.join(projectRoot, "components/index.ts");
    const program = ts.createProgram([file], {
      ...{ module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
      ...{ target: ts.ScriptTarget.ES2022, strict: true, skipLibCheck: true },
    });
    const checker = program.getTypeChecker();
    const source = program.getSourceFile(file);
    assert.ok(source);
    const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(source) as ts.Symbol);
    const left = ["LgtmStackArgs", "OtelCollectorArgs", "DemoAppArgs"].flatMap((name) => {
      const symbol = exported.find((one) => one.name === name);
      assert.ok(symbol, name);
      const properties = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol));
      assert.ok(properties.length > 5);
      return properties.flatMap((property) => {
        const tags = property.getJsDocTags(checker).map((tag) => tag.name);
        if (property.getDocumentationComment(checker).length === 0)
          return [`${name}.${property.name}: no sentence`];
        const wanted = property.flags & ts.SymbolFlags.Optional ? ["default", "example"] : [];
        return wanted
          .filter((tag) => !tags.includes(tag))
          .map((tag) => `${name}.${property.name}: no @${tag}`);
      });
    });
    assert.deepEqual(left, []);
  });
});
