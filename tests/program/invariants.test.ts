/** Tests: what is true of the program with every setting. */
import * as assert from "node:assert/strict";
import { sizes } from "../../config/sizes";
import { type Recording, type Run, runProgram } from "../../lib/pulumi/mocks/program";
import { find } from "../../lib/pulumi/mocks/recording";
import { type Stack, stacks } from "../../lib/pulumi/stack-files";
import { situations } from "../support/component";

const password = "Planted-Passw0rd-in-config";
const token = "planted-kubeconfig-token";
const secrets = {
  "lgtm:grafanaAdminPassword": password,
  "kubernetes:kubeconfig": `apiVersion: v1\nusers: [{ user: { token: ${token} } }]\n`,
};
const provider = "kubernetes cluster";

function isProvider(type: string): boolean {
  return type.startsWith("pulumi:providers:");
}

/** What a person who reads the state, Helm's storage or a preview would find, in any of its codings. */
function findsIn(text: string, secret: string): boolean {
  const base64 = Buffer.from(secret).toString("base64").replace(/=+$/, "").slice(0, -1);
  return [secret, encodeURIComponent(secret), base64].some((form) => text.includes(form));
}

/** Labels of everything that has to be there before this resource, near and far. */
function allDependencies(run: Pick<Run, "resources">, label: string): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (one: string): void => {
    for (const next of find(run, one).dependencies.filter((known) => !found.has(known))) {
      found.add(next);
      visit(next);
    }
  };
  visit(label);
  return found;
}

const invariants: Readonly<Record<string, (run: Run, stack: Stack) => void>> = {
  "every custom resource has a component as parent": ({ resources }) => {
    const components = resources.filter(({ custom }) => !custom).map(({ label }) => label);
    const custom = resources.filter((resource) => resource.custom && !isProvider(resource.type));
    assert.ok(custom.length > 5);
    for (const { label, parent } of custom) {
      assert.ok(parent !== undefined && components.includes(parent), label);
    }
  },

  "the name of a child starts with its parent's": ({ resources }) => {
    for (const { name, parent } of resources.filter((resource) => resource.parent !== undefined)) {
      const parentName = parent?.split(" ")[1] ?? "";
      assert.ok(
        name === parentName || name.startsWith(`${parentName}-`),
        `${name} in ${parentName}`,
      );
    }
  },

  "no two resources have the same type and name": ({ resources }) => {
    const labels = resources.map(({ label }) => label);
    assert.deepEqual([...new Set(labels)], labels);
  },

  "every chart is pinned, and waited for": ({ resources }, stack) => {
    const releases = resources.filter(({ label }) => label.startsWith("Release "));
    assert.equal(releases.length, stack === "tutorial" ? 2 : 5);
    for (const { inputs, label } of releases) {
      assert.match(String(inputs["version"]), /^\d+\.\d+\.\d+$/, label);
      assert.equal(inputs["skipAwait"], false, label);
      assert.equal(inputs["atomic"] ?? false, false, label); // it erases the evidence
    }
  },

  "every image has a tag that is not latest": ({ resources }) => {
    const images = JSON.stringify(resources).matchAll(/"image":"([^"]+)"/g);
    for (const [, image = ""] of images) {
      assert.match(image, /:[^/]+$/);
      assert.doesNotMatch(image, /:latest$/);
    }
  },

  "the one explicit provider serves every Kubernetes resource": ({ resources }) => {
    const providers = resources.filter(({ type }) => isProvider(type));
    assert.deepEqual(
      providers.map(({ label }) => label),
      [provider],
    );
    for (const resource of resources.filter(({ type }) => type.startsWith("kubernetes:"))) {
      assert.equal(resource.provider, provider, resource.label);
    }
  },

  "every component registers outputs": ({ resources, registeredOutputs }) => {
    const components = resources.filter(({ custom }) => !custom);
    assert.ok(components.length >= 3);
    for (const { label } of components) {
      assert.ok(Object.keys(registeredOutputs.get(label) ?? {}).length > 0, label);
    }
  },

  "no component keeps its arguments in the state": ({ resources }) => {
    for (const { label, inputs } of resources.filter(({ custom }) => !custom)) {
      assert.deepEqual(inputs, {}, label);
    }
  },

  "every namespaced object waits for its own namespace, which the program makes": ({
    resources,
  }) => {
    const namespaces = new Map(
      resources
        .filter(({ label }) => label.startsWith("Namespace "))
        .map(({ inputs, label }) => [(inputs["metadata"] as { name: string }).name, label]),
    );
    const objects = resources.filter(
      ({ type, read, label }) =>
        /^kubernetes:(core|apps|helm)/.test(type) && !read && !label.startsWith("Namespace "),
    );
    for (const { label, inputs } of objects) {
      const { namespace } = (inputs["metadata"] ?? inputs) as { namespace: string };
      const own = namespaces.get(namespace);
      assert.ok(own !== undefined, `${label} is in ${namespace}, which nobody makes`);
      assert.ok(
        allDependencies({ resources }, label).has(own),
        `${label} does not wait for ${own}`,
      );
    }
  },

  "the password is in no input, but our Secret's own data": ({ resources }) => {
    const { inputs, secretInputs } = find({ resources }, "Secret lgtm-grafana-admin");
    assert.ok(
      findsIn(JSON.stringify(inputs["stringData"]), password),
      "the test looks for nothing",
    );
    assert.deepEqual(secretInputs, ["stringData"]);
    for (const resource of resources) {
      const others = Object.entries(resource.inputs).filter(([key]) => key !== "stringData");
      assert.ok(!findsIn(JSON.stringify(others), password), `${resource.label} holds the password`);
      assert.ok(!findsIn(resource.clear, password), `${resource.label} holds it in clear`);
      assert.deepEqual(
        resource.secretInputs.filter((key) => key !== "stringData" && key !== "kubeconfig"),
        [],
        "a secret inside Helm values hides them all from previews",
      );
    }
  },

  "the kubeconfig is in no input, but the provider's, encrypted": ({ resources }) => {
    const cluster = find({ resources }, provider);
    assert.deepEqual(cluster.secretInputs, ["kubeconfig"]);
    assert.ok(findsIn(JSON.stringify(cluster.inputs), token), "the test looks for nothing");
    for (const { label, clear } of resources) assert.ok(!findsIn(clear, token), label);
  },

  "no output that is registered holds the password in clear": ({ registeredOutputs }) => {
    for (const [label, outputs] of registeredOutputs) {
      const clear = JSON.stringify(outputs, (_, value: unknown) =>
        typeof value === "object" && value !== null && "secret" in value ? "[secret]" : value,
      );
      assert.ok(!findsIn(clear, password), label);
    }
  },
};

describe("always true", () => {
  for (const stack of stacks) {
    for (const { when, cloud } of situations) {
      describe(`of ${stack}, ${when}:`, () => {
        let run: Run | undefined;
        before(async () => {
          run = await runProgram(stack, { ...cloud, secrets });
        });
        for (const [title, check] of Object.entries(invariants)) {
          it(title, () => {
            assert.ok(run);
            check(run, stack);
          });
        }
      });
    }
  }
});

/** Paths of what is null. */
function nulls(value: unknown, path: string): string[] {
  if (value === null) return [path];
  return typeof value === "object"
    ? Object.entries(value).flatMap(([key, item]) => nulls(item, `${path}.${key}`))
    : [];
}

describe("no Helm value is null, which would not reach Helm", () => {
  const cases = [
    ["tutorial", {}],
    ...Object.entries(sizes).flatMap(([chartSet, ofSet]) =>
      Object.keys(ofSet).flatMap((size) =>
        (["dev", "prod"] as const).map((stack) => {
          const config = { "lgtm:chartSet": chartSet, "lgtm:size": size };
          return [stack, config] as const;
        }),
      ),
    ),
  ] as const;
  for (const [stack, config] of cases) {
    it(`in ${[stack, ...Object.values(config)].join(", ")}`, async () => {
      const { resources } = await runProgram(stack, { config });
      const releases = resources.filter(({ label }) => label.startsWith("Release "));
      assert.ok(releases.length > 1);
      assert.deepEqual(
        releases.flatMap(({ inputs, label }) => nulls(inputs["values"], label)),
        [],
      );
    });
  }
});

describe("the order of things", () => {
  function waitsFor(run: Recording, label: string): readonly string[] {
    return find(run, label).dependencies;
  }

  it("is stores, port, collector, application", async () => {
    const run = await runProgram("tutorial");
    assert.ok(waitsFor(run, "ServicePatch tempo").includes("Release lgtm"));
    assert.ok(waitsFor(run, "Release otel").includes("ServicePatch tempo"));
    assert.ok(waitsFor(run, "Release otel").includes("Release lgtm"));
    assert.ok(waitsFor(run, "Deployment demo").includes("Release otel"));
    assert.ok(waitsFor(run, "Deployment demo-traffic").includes("Deployment demo"));
  });

  it("lets load balancers get their address while pods start", async () => {
    const run = await runProgram("tutorial");
    assert.deepEqual(waitsFor(run, "Service lgtm-grafana"), ["Namespace lgtm", "RandomUuid stack"]);
    assert.deepEqual(waitsFor(run, "Service demo"), ["Namespace demo", "RandomUuid stack"]);
  });
});
