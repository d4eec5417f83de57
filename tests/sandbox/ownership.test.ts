/**
 * Whose is it? Several stacks, and others, on one cluster: nothing is taken, changed or deleted that is
 * somebody else's.
 */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import type { Stack } from "@pulumi/pulumi/automation";
import { parse, stringify } from "yaml";
import manifest from "../../package.json";
import { runCli } from "../ops/support/run-cli";
import { stepByStep } from "../support/steps";
import { readersOfSecrets, rolledOut, secrets } from "./support/credentials";
import { withoutTheLook } from "./support/programs";
import { paste, refusalOf, told } from "./support/refusal";
import { type Beside, stackBeside } from "./support/stack-beside";
import { previewOf } from "./support/steps";
import { createTestSandbox, stopTestSandboxes, type TestSandbox } from "./support/test-sandbox";

interface Named {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}
interface List {
  readonly items: readonly Named[];
}

interface Kubeconfig {
  readonly clusters: readonly {
    readonly name: string;
    readonly cluster: { readonly server: string };
  }[];
  readonly contexts: readonly { readonly name: string; readonly context: object }[];
}

const version = manifest.dependencies["@pulumi/kubernetes"];
const own = { lgtmNamespace: "stores", otelCollectorNamespace: "agents", demoEnabled: false };
const different = { ...own, lgtmReleaseName: "two", otelCollectorReleaseName: "two-otel" };

/**
 * From provider 4.29.0 on, an object that is there already is refused by the provider too, unless its
 * upsertExistingObjects is on. Then "goes on with it by its id" needs that, and "leaves it to the API
 * server" ends with the provider's own words; all else here does not rely on the provider.
 */
describe(`stacks beside each other, with provider ${version}, which creates by upsert`, function () {
  this.timeout(400_000);
  this.slow(60_000);
  let sandbox: TestSandbox;
  let dev: Stack;
  let untouched: string[];
  stepByStep();

  const beside = async (name: string, how: Beside): Promise<Stack> =>
    stackBeside(sandbox, name, how);
  const get = async (...args: string[]): Promise<readonly Named[]> =>
    (await sandbox.json<List>("get", ...args)).items;
  /** `namespace/name uid` of every volume claim of these namespaces. */
  const claimsIn = async (...namespaces: string[]): Promise<string[]> =>
    (await get("pvc", "--all-namespaces"))
      .filter(({ metadata }) => namespaces.includes(metadata.namespace ?? ""))
      .map(({ metadata: { namespace = "", name, uid } }) => `${namespace}/${name} ${uid}`)
      .sort();
  /** What dev has in these namespaces and of the whole cluster, with the version of each object. */
  const versions = async (...namespaces: string[]): Promise<string[]> => {
    const kinds = "services,configmaps,secrets,serviceaccounts,pvc";
    const inside = await get(kinds, "--all-namespaces");
    const all = [...(await get("namespaces,clusterroles,clusterrolebindings")), ...inside];
    return all
      .filter(
        ({ metadata: { namespace, name } }) =>
          namespaces.includes(namespace ?? name) || /^(my-lgtm|otel-collector)-/.test(name),
      )
      .map(({ kind, metadata: { namespace = "", name, uid, resourceVersion } }) =>
        [kind, namespace, name, uid, resourceVersion].join(" "),
      )
      .sort();
  };
  const ofDev = async (): Promise<string[]> => versions("lgtm", "otel", "flask-app");
  const idOf = async (stack: Stack): Promise<string> =>
    String((await stack.outputs())["stackId"]?.value);
  const passwordOf = async (stack: Stack): Promise<string> =>
    String((await stack.outputs())["grafanaAdminPassword"]?.value);
  /** The object store's secret keys that pods read, each once. */
  const storeKeys = async (): Promise<string[]> => {
    const [there, readers] = [await secrets(sandbox), await readersOfSecrets(sandbox)];
    const keys = [...readers.keys()].flatMap(
      (name) => there.get(name)?.["STORAGE_SECRET_ACCESS_KEY"] ?? [],
    );
    return [...new Set(keys)];
  };
  /** Types of what the state has; a run that was refused leaves the stack itself. */
  const inState = async (stack: Stack): Promise<string[]> => {
    const { resources = [] } = (await stack.exportStack()).deployment as {
      resources?: { type: string }[];
    };
    return resources
      .map(({ type }) => type)
      .filter((type) => !type.startsWith("pulumi:providers:"));
  };

  before(async function () {
    sandbox = await createTestSandbox(this, { stack: "dev" });
    await sandbox.set("chartSet", "umbrella");
    dev = sandbox.stack;
    untouched = await sandbox.everything();
  });
  after(stopTestSandboxes);

  it("marks everything that a stack makes", async () => {
    await dev.up();
    const id = await idOf(dev);
    assert.match(id, /^[0-9a-f-]{36}$/);
    const mark = { "lgtm/project": "lgtm", "lgtm/stack": "dev" };
    const { resources = [] } = (await dev.exportStack()).deployment as {
      resources?: {
        type: string;
        external?: boolean;
        outputs?: Partial<Named> & { values?: unknown };
      }[];
    };
    const made = resources.filter(
      ({ type, external }) =>
        type.startsWith("kubernetes:") && !type.endsWith("Patch") && external !== true,
    );
    assert.ok(made.length > 8, "there is little to be marked");
    for (const { type, outputs } of made) {
      if (type.endsWith(":Release")) {
        const { global } = outputs?.values as { global: { lgtmStack: unknown } };
        assert.deepEqual(global.lgtmStack, { id, project: "lgtm", stack: "dev" });
        continue;
      }
      const { name, namespace } = outputs?.metadata ?? { name: "" };
      const live = await sandbox.json<Named>(
        ...["get", type.split(":").at(-1) ?? "", name],
        ...(namespace === undefined ? [] : [`--namespace=${namespace}`]),
      );
      assert.equal(live.metadata.labels?.["lgtm/stack-id"], id, `${type} ${name}`);
      for (const [key, value] of Object.entries(mark))
        assert.equal(live.metadata.annotations?.[key], value, `${type} ${name}`);
    }
  });

  it("refuses a second stack of the same names in preview and up, and nothing changes in the cluster", async () => {
    const second = await beside("second", {});
    const before = [await sandbox.everything(), await ofDev()];
    for (const run of ["preview", "up"] as const) {
      const words = await refusalOf(second[run]());
      for (const name of [
        "lgtmNamespace = lgtm",
        "demoNamespace = flask-app",
        "lgtmReleaseName = my-lgtm",
      ])
        assert.ok(words.includes(`lgtm:${name}`), words);
      assert.match(words, new RegExp(`belongs to stack lgtm/dev \\(id ${await idOf(dev)}\\)`));
    }
    assert.deepEqual(await inState(second), ["pulumi:pulumi:Stack"]);
    await second.destroy();
    assert.deepEqual([await sandbox.everything(), await ofDev()], before);
  });

  it("refuses other namespaces with the same release names, and names what is of the whole cluster", async () => {
    const words = await refusalOf((await beside("second", { settings: own })).preview());
    assert.doesNotMatch(words, /lgtmNamespace/);
    for (const [setting, role, release] of [
      ["lgtmReleaseName", "my-lgtm-grafana-clusterrole", "lgtm/my-lgtm"],
      ["otelCollectorReleaseName", "otel-collector-opentelemetry-collector", "otel/otel-collector"],
    ] as const)
      assert.match(
        words,
        new RegExp(
          `lgtm:${setting} = [^]*ClusterRole ${role} [^\\n]*Helm release ${release} of stack lgtm/dev`,
        ),
      );
  });

  it("lets a stack work whose names are all different", async () => {
    const before = await ofDev();
    await (await beside("two", { settings: different })).up();
    await (await beside("two", { settings: different })).preview({ expectNoChanges: true });
    await dev.preview({ expectNoChanges: true });
    assert.deepEqual(await ofDev(), before);
  });

  it("keeps the id and the volumes of a stack that is renamed", async () => {
    const two = await beside("two", { settings: different });
    const [id, claims] = [await idOf(two), await claimsIn("stores", "agents")];
    assert.ok(claims.length > 5);
    await paste(sandbox, two, "pulumi stack rename zwei");
    const renamed = await beside("zwei", { settings: different });
    const steps = await previewOf(renamed);
    // Its name is in an annotation of everything.
    assert.ok(steps.length > 5, steps.join());
    assert.ok(
      steps.every((step) => step.startsWith("update ")),
      steps.join(),
    );
    await renamed.up();
    assert.equal(await idOf(renamed), id);
    assert.deepEqual(await claimsIn("stores", "agents"), claims);
  });

  it("refuses namespaces of nobody, of Helm, of Flux and of Argo CD; a command of the refusal names one as existing", async () => {
    const labels = {
      nobodys: [],
      helms: ["app.kubernetes.io/managed-by=Helm"],
      fluxs: ["kustomize.toolkit.fluxcd.io/name=tenants"],
    };
    for (const [name, ofIt] of Object.entries(labels)) {
      await sandbox.kubectl("create", "namespace", name);
      if (ofIt.length > 0) await sandbox.kubectl("label", "namespace", name, ...ofIt);
    }
    const settings = {
      ...{ lgtmNamespace: "nobodys", otelCollectorNamespace: "helms", demoNamespace: "fluxs" },
      ...{ lgtmReleaseName: "three", otelCollectorReleaseName: "three-otel" },
      demoImage: "registry.example/app:1",
    };
    const three = await beside("three", { settings });
    const words = await refusalOf(three.up());
    for (const whose of ["somebody who left no mark", "Helm", "Flux Kustomization tenants"])
      assert.match(
        words,
        new RegExp(`there already, and belongs to ${whose}; taken over, destroy`),
      );
    assert.deepEqual(await inState(three), ["pulumi:pulumi:Stack"]);
    const argo = ["kustomize.toolkit.fluxcd.io/name-", "argocd.argoproj.io/instance=tenants"];
    await sandbox.kubectl("label", "namespace", "fluxs", ...argo);
    assert.match(await refusalOf(three.preview()), /belongs to Argo CD application tenants;/);
    for (const [, command = ""] of words.matchAll(/leave it: (pulumi config set --path \S+ \S+)/g))
      await paste(sandbox, three, command);
    await three.preview();
  });

  it("uses a namespace that is there, and leaves it with what others have in it, and its volumes", async () => {
    const settings = {
      ...{ lgtmNamespace: "nobodys", otelCollectorNamespace: "helms", demoEnabled: false },
      ...{ lgtmReleaseName: "three", otelCollectorReleaseName: "three-otel" },
      existingNamespaces: ["nobodys", "helms"],
    };
    await sandbox.kubectl("create", "configmap", "notes", "--namespace=nobodys");
    const three = await beside("three", { settings });
    const uids = async (): Promise<(string | undefined)[]> =>
      (await get("namespaces,configmaps", "--all-namespaces"))
        .filter(({ metadata: { name } }) => ["nobodys", "helms", "notes"].includes(name))
        .map(
          ({ metadata: { uid, labels } }) => `${uid} ${labels?.["lgtm/stack-id"] ?? "unmarked"}`,
        );
    const before = await uids();
    await three.up();
    const claims = await claimsIn("nobodys", "helms");
    assert.ok(
      claims.some((one) => one.startsWith("nobodys/three-minio ")),
      claims.join(),
    );
    await three.destroy();
    assert.deepEqual(await uids(), before);
    assert.deepEqual(await claimsIn("nobodys", "helms"), claims);
    assert.deepEqual(
      (
        await sandbox.kubectl(
          "get",
          "services,deployments,statefulsets",
          "--namespace=nobodys",
          "--output=name",
        )
      ).trim(),
      "",
    );
  });

  it("takes volumes that were left there again only when its owner has said whose they are", async () => {
    const three = await beside("three", {
      settings: {
        ...{ lgtmNamespace: "nobodys", otelCollectorNamespace: "helms", demoEnabled: false },
        ...{ lgtmReleaseName: "three", otelCollectorReleaseName: "three-otel" },
        existingNamespaces: ["nobodys", "helms"],
      },
    });
    const words = await refusalOf(three.up());
    assert.match(
      words,
      /would take volumes that are in namespace nobodys already: data-three-loki-compactor-0/,
    );
    assert.match(words, /would take volumes that are in namespace helms already: queue-three-otel/);
    const uuid = "99999999-9999-4999-8999-999999999999";
    for (const [, label = "", set = ""] of words.matchAll(
      /(kubectl \S+ \S+ --namespace \S+ label .*?=<a UUID>), and (pulumi config set .*>)/g,
    )) {
      await paste(sandbox, three, label.replace("<a UUID>", uuid));
      await paste(sandbox, three, set.replace("<the same UUID>", uuid));
    }
    const claims = await claimsIn("nobodys", "helms");
    await three.up();
    assert.deepEqual(await claimsIn("nobodys", "helms"), claims);
    assert.equal(await idOf(three), uuid);
  });

  it("leaves the volumes in a namespace that is there when the settings name another one", async () => {
    const claims = await claimsIn("nobodys", "helms");
    const settings = {
      ...{ lgtmNamespace: "fluxs", otelCollectorNamespace: "helms", demoEnabled: false },
      ...{ lgtmReleaseName: "three", otelCollectorReleaseName: "three-otel" },
      existingNamespaces: ["helms", "fluxs"],
    };
    const three = await beside("three", { settings });
    await three.up();
    assert.deepEqual(await claimsIn("nobodys", "helms"), claims);
    assert.equal(await sandbox.kubectl("get", "pods", "--namespace=nobodys", "--output=name"), "");
    await three.destroy();
    assert.deepEqual(await claimsIn("nobodys", "helms"), claims);
  });

  it("leaves it to the API server when two stacks have looked before either has made anything", async () => {
    const before = [await ofDev(), await claimsIn("lgtm", "otel")];
    const late = await beside("late", { program: withoutTheLook });
    const words = await refusalOf(late.up());
    assert.match(words, /conflicts with "pulumi-kubernetes-[^]*labels.lgtm\/stack-id/);
    await late.destroy();
    assert.deepEqual([await ofDev(), await claimsIn("lgtm", "otel")], before);
  });

  it("replaces nothing when the context has another name, and refuses another cluster", async () => {
    const file = sandbox.paths.kubeconfig;
    const text = fs.readFileSync(file, "utf8");
    const config = parse(text) as Kubeconfig;
    const [[context], [cluster]] = [config.contexts, config.clusters];
    assert.ok(context !== undefined && cluster !== undefined);
    // Under another address too, or the provider itself sees that it is the same.
    const elsewhere = {
      ...cluster.cluster,
      server: cluster.cluster.server.replace("127.0.0.1", "localhost"),
      "tls-server-name": "kubernetes",
    };
    const as = { name: "renamed" };
    const renamed = {
      ...config,
      clusters: [...config.clusters, { ...as, cluster: elsewhere }],
      contexts: [
        ...config.contexts,
        { ...as, context: { ...context.context, cluster: "renamed" } },
      ],
    };
    fs.writeFileSync(file, stringify(renamed));
    await dev.setConfig("kubernetes:context", { value: "renamed" });
    assert.deepEqual(await previewOf(dev), ["update kubernetes cluster"]);

    const exported = await dev.exportStack();
    const another = JSON.stringify(exported).replaceAll(
      /("clusterIdentifier":")[^"]+"/g,
      '$1another"',
    );
    assert.notEqual(another, JSON.stringify(exported));
    await dev.importStack(JSON.parse(another) as typeof exported);
    const words = await refusalOf(dev.up());
    assert.match(
      words,
      /kubernetes:context = renamed[^]*deployed to another cluster \(context lgtm-sandbox then\)/,
    );
    await dev.importStack(exported);
    await dev.setConfig("kubernetes:context", { value: context.name });
    fs.writeFileSync(file, text);
    await dev.preview({ expectNoChanges: true });
  });

  it("goes on with what pulumi state delete has made it forget, by the mark", async () => {
    const uids = async (): Promise<string[]> =>
      (await get("services,deployments,pods", "--namespace=flask-app"))
        .map(({ kind, metadata: { name, uid } }) => `${kind} ${name} ${uid}`)
        .sort();
    const before = await uids();
    assert.ok(before.length > 2);
    const { resources = [] } = (await dev.exportStack()).deployment as {
      resources?: { urn: string }[];
    };
    const urn = resources.find((one) => one.urn.endsWith("Namespace::demo"))?.urn ?? "";
    await paste(sandbox, dev, `pulumi state delete --yes --target-dependents '${urn}'`);
    const steps = await previewOf(dev);
    assert.ok(steps.includes("create Namespace demo"), steps.join());
    assert.ok(
      steps.every((step) => step.startsWith("create ")),
      steps.join(),
    );
    await dev.up();
    assert.deepEqual(await uids(), before);
    await dev.preview({ expectNoChanges: true });
  });

  it("refuses a stack whose state was lost, and goes on with it by its id", async () => {
    const claims = await claimsIn("lgtm", "otel");
    const id = await idOf(dev);
    const earlier = [await passwordOf(dev), ...(await storeKeys())];
    // That of this stack alone: the others of the backend go on.
    await dev.workspace.removeStack("dev", { force: true, preserveConfig: true });
    await dev.workspace.createStack("dev");
    const command = told(
      await refusalOf(dev.up()),
      /if it is this very stack, whose state was lost: (pulumi config set lgtm:stackId \S+)/,
    );
    await paste(sandbox, dev, command);

    // Helm does not install over what is there: the releases are noted first.
    assert.match(await refusalOf(dev.up()), /cannot re-use a name that is still in use/);
    const run = await runCli(["recover", "--stack", "dev", "--yes"], {
      LGTM_SANDBOX_DIR: sandbox.paths.root,
    });
    assert.equal(run.exitCode, 0, `${run.stdout}\n${run.stderr}`);
    await dev.up();
    assert.deepEqual(await claimsIn("lgtm", "otel"), claims);
    await dev.preview({ expectNoChanges: true });

    // What was generated went with the state: password and keys are new, and everybody has the same.
    await rolledOut(sandbox);
    const [there, readers] = [await secrets(sandbox), await readersOfSecrets(sandbox)];
    const [password, keys] = [await passwordOf(dev), await storeKeys()];
    assert.equal(keys.length, 1, "not everybody has the same key");
    assert.equal(there.get("my-lgtm-minio")?.["rootPassword"], keys[0]);
    const logins = [...readers.keys()].flatMap((name) => there.get(name)?.["admin-password"] ?? []);
    assert.deepEqual(logins, [password]);
    assert.ok([password, ...keys].every((one) => !earlier.includes(one)));
    // The Secrets of before are nobody's, and nothing is deleted unasked.
    assert.equal([...there.keys()].filter((name) => !readers.has(name)).length, 2);

    // Once given, the id stays.
    await dev.removeConfig("lgtm:stackId");
    assert.ok((await previewOf(dev)).every((step) => step.startsWith("update ")));
    await dev.up();
    assert.equal(await idOf(dev), id);
    await dev.preview({ expectNoChanges: true });
  });

  it("destroys one stack and leaves the other's volumes", async () => {
    const claims = await claimsIn("stores", "agents");
    assert.ok(claims.length > 5);
    await dev.destroy();
    assert.deepEqual(await claimsIn("stores", "agents"), claims);
    const two = await beside("zwei", { settings: different });
    await two.preview({ expectNoChanges: true });
    assert.deepEqual(await claimsIn("lgtm", "otel"), []);
    await two.destroy();
    await sandbox.kubectl("delete", "namespace", "nobodys", "helms", "fluxs");
    assert.deepEqual(await sandbox.everything(), untouched);
  });

  it("takes over nothing that somebody has made again, and pulumi refresh has noted", async () => {
    const settings = { ...different, demoEnabled: true, demoImage: "registry.example/app:1" };
    const four = await beside("four", { settings });
    const target = ["StackOwnership::*", "RandomUuid::*", "DemoApp::*", "Namespace::demo"];
    await four.up({ target: target.map((end) => `**${end}`) });
    await sandbox.kubectl("delete", "namespace", "flask-app");
    await sandbox.kubectl("create", "namespace", "flask-app");
    await sandbox.kubectl("create", "configmap", "notes", "--namespace=flask-app");
    const words = await refusalOf(four.up({ refresh: true }));
    assert.match(words, /demoNamespace = flask-app[^]*belongs to somebody who left no mark/);

    const off = await beside("four", { settings: { ...settings, demoEnabled: false } });
    const forget = told(
      await refusalOf(off.up()),
      /which deletes nothing: (pulumi state delete .*?);/,
    );
    await paste(sandbox, off, `${forget} --yes`);
    await off.preview();
    await sandbox.kubectl("get", "configmap", "notes", "--namespace=flask-app");
  });
});
