/** Tests: adopt, after the tutorial's own commands. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Deployment as State } from "@pulumi/pulumi/automation";
import { parse } from "yaml";
import { rolledOut } from "../../../sandbox/support/credentials";
import {
  createTestSandbox,
  stopTestSandboxes,
  type TestSandbox,
} from "../../../sandbox/support/test-sandbox";
import { stepByStep } from "../../../support/steps";
import { requireTools } from "../../../support/tools";
import { runCli } from "../../support/command";
import { podsByWorkload, restarted } from "../../support/pods";
import { type CliRun, costOf, measure, startCli } from "../../support/run-cli";
import { followTutorial } from "../../support/tutorial-by-hand";

interface Report {
  readonly settings: readonly { readonly key: string; readonly value: string }[];
  readonly restarts: readonly string[];
  readonly losses: readonly string[];
  readonly later?: { readonly restarts: readonly string[]; readonly losses: readonly string[] };
}
interface Named {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly status?: { readonly updateRevision?: string };
}

describe("adopt, after the tutorial's own commands", function () {
  this.timeout(180_000);
  this.slow(60_000);
  stepByStep();
  let sandbox: TestSandbox;
  let helm: string;
  let untouched: string[];
  let password: string;
  let grafana: string;
  let pods: Map<string, string[]>;
  let objects: string[];
  let report: Report;

  const kindOf = async (kinds: string): Promise<Named[]> =>
    (await sandbox.json<{ items: Named[] }>("get", kinds, "--all-namespaces")).items;
  /** What must stay the same object, by UID. */
  const lasting = async (): Promise<string[]> =>
    (await kindOf("namespaces,services,persistentvolumeclaims,deployments,statefulsets")).map(
      ({ kind, metadata }) => [kind, metadata.namespace, metadata.name, metadata.uid].join(" "),
    );
  /** Revisions of what makes pods: they change when pods are to be replaced. */
  const revisions = async (): Promise<string[]> =>
    (await kindOf("deployments,statefulsets")).map(({ kind, metadata, status }) => {
      const number = metadata.annotations?.["deployment.kubernetes.io/revision"];
      return [kind, metadata.name, status?.updateRevision ?? number].join(" ");
    });
  const decoded = async (): Promise<string> => {
    const { data } = await sandbox.json<{ data: Record<string, string> }>(
      ...["get", "secret", "my-lgtm-grafana", "--namespace=lgtm"],
    );
    return Buffer.from(data["admin-password"] ?? "", "base64").toString();
  };
  const address = async (service: string, namespace: string): Promise<string> =>
    sandbox.kubectl(
      ...["get", "service", service, `--namespace=${namespace}`],
      "--output=jsonpath={.status.loadBalancer.ingress[0].ip}",
    );
  const environment = (): NodeJS.ProcessEnv => ({ LGTM_SANDBOX_DIR: sandbox.paths.root });
  const stackFile = (): string => path.join(sandbox.paths.project, "Pulumi.tutorial.yaml");

  const look = async (): Promise<void> => {
    password = await decoded();
    grafana = await address("my-lgtm-grafana", "lgtm");
    pods = await podsByWorkload(sandbox);
    objects = await lasting();
  };
  const adopt = async (): Promise<CliRun> =>
    measure(startCli(["adopt", "--stack", "tutorial", "--yes", "--json"], environment()));
  const adopted = async (): Promise<void> => {
    const run = await adopt();
    const { exitCode, stdout, stderr } = run;
    assert.equal(exitCode, 0, `${stdout}\n${stderr}`);
    console.log(costOf("adopt", run));
    assert.ok(run.ownMebibytes < 400, `adopt itself took ${String(run.ownMebibytes)} MiB`);
    for (const text of [stdout, stderr])
      assert.ok(!text.includes(password), "the password was printed");
    report = JSON.parse(stdout) as Report;
    assert.deepEqual(restarted(pods, await podsByWorkload(sandbox)), []);
    assert.deepEqual(await lasting(), objects);
  };
  /** Everything that Pulumi keeps, histories and backups too. */
  const keepsInClear = (folder: string, text: string): string[] =>
    fs
      .readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .filter((file) => fs.readFileSync(file).includes(text));
  /** An `up` that takes nothing away that was there, and restarts what was shown. */
  const upRestarts = async (shown: readonly string[]): Promise<void> => {
    const before = await podsByWorkload(sandbox);
    const { summary, outputs } = await sandbox.stack.up();
    await rolledOut(sandbox);
    assert.equal(summary.resourceChanges?.replace ?? 0, 0);
    const later = await lasting();
    assert.deepEqual(
      objects.filter((object) => !later.includes(object)),
      [],
    );
    assert.deepEqual(restarted(before, await podsByWorkload(sandbox)), [...shown].sort());
    assert.equal(outputs["grafanaIp"]?.value, grafana);
    assert.equal(outputs["grafanaAdminPassword"]?.value, password);
    assert.deepEqual(keepsInClear(sandbox.paths.root + "/pulumi", password), []);
    await sandbox.stack.preview({ expectNoChanges: true });
    const { exitCode, stdout, stderr } = await runCli(sandbox, "drift", "--stack", "tutorial");
    assert.equal(exitCode, 0, `${stdout}\n${stderr}`);
  };
  const destroyed = async (): Promise<void> => {
    await sandbox.stack.destroy();
    assert.deepEqual(await sandbox.everything(), untouched);
    for (const { key } of report.settings) await sandbox.stack.removeConfig(key);
  };
  const portsOfTempo = async (): Promise<string> =>
    sandbox.kubectl(
      ...["get", "service", "my-lgtm-tempo-distributor", "--namespace=lgtm"],
      "--output=jsonpath={.spec.ports[*].port}",
    );

  before(async function () {
    ({ helm } = await requireTools(this, ["helm"]));
    sandbox = await createTestSandbox(this, { stack: "tutorial" });
    untouched = await sandbox.everything();
  });
  after(stopTestSandboxes);

  describe("with chart 2.1.0", () => {
    before(async () => {
      await followTutorial(sandbox, helm, "2.1.0");
      await look();
    });

    it("takes over nothing that Flux manages, or in a namespace that a stack has marked", async () => {
      const everything = await sandbox.everything();
      const refusedWith = async (target: string[], key: string, who: RegExp): Promise<void> => {
        await sandbox.kubectl("label", ...target, `${key}=lgtm`);
        const { exitCode, stderr } = await adopt();
        await sandbox.kubectl("label", ...target, `${key}-`);
        assert.equal(exitCode, 4, stderr);
        assert.match(stderr, who);
      };
      const deployments = ["deployments", "--all", "--namespace=otel"];
      const flux = "helm.toolkit.fluxcd.io/name";
      await refusedWith(deployments, flux, /otel-collector is managed by Flux HelmRelease lgtm\./);
      const stack = /namespace flask-app belongs to stack unknown\/unknown \(id lgtm\)\./;
      await refusedWith(["namespace", "flask-app"], "lgtm/stack-id", stack);
      assert.deepEqual(await sandbox.everything(), everything);
      const { deployment } = (await sandbox.stack.exportStack()) as {
        readonly deployment: { readonly resources?: readonly unknown[] };
      };
      assert.deepEqual(deployment.resources ?? [], []);
    });

    it("takes it over without touching anything that runs", async () => {
      await adopted();
      // So that the stack knows them when its first up is killed before it has marked them.
      const taken = (await kindOf("namespaces,services,deployments"))
        .filter(({ metadata }) => metadata.annotations?.["lgtm/adopted"] === "true")
        .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
      for (const name of ["Namespace lgtm", "Namespace otel", "Deployment my-flask-app"])
        assert.ok(taken.includes(name), taken.join());
      assert.deepEqual(report.settings.map(({ key, value }) => `${key} ${value}`).sort(), [
        "lgtm:adoptedAsFound true",
        "lgtm:grafanaAdminPassword [secret]",
        "lgtm:minioRegistry quay.io",
      ]);
      assert.deepEqual(report.restarts, []);
    });

    it("does not take over twice", async () => {
      const { exitCode, stderr } = await adopt();
      assert.equal(exitCode, 1);
      assert.match(stderr, /Stack tutorial is not empty/);
    });

    it("restarts nothing at the first up, after which nothing changes or drifts", async () => {
      const before = await revisions();
      await upRestarts([]);
      const after = await revisions();
      assert.deepEqual(
        before.filter((one) => !after.includes(one)),
        [],
      );
      assert.equal(await portsOfTempo(), "3100 9095 4317");
    });

    it("refuses to put another object store in MinIO's place", async () => {
      await sandbox.stack.removeConfig("lgtm:minioRegistry");
      await assert.rejects(
        sandbox.stack.preview(),
        /deployed with the chart's MinIO[^]*pulumi config set lgtm:minioRegistry quay\.io/,
      );
      await sandbox.set("minioRegistry", "quay.io");
    });

    it("is destroyed like any other stack, and leaves nothing", destroyed);
  });

  describe("with chart 3.0.1, three Mimir ingesters, and the port under another name", () => {
    before(async () => {
      await followTutorial(sandbox, helm, "3.0.1", "--set", "mimir.ingester.replicas=3");
      const named = [{ op: "replace", path: "/spec/ports/2/name", value: "otlp" }];
      await sandbox.kubectl(
        ...["patch", "service", "my-lgtm-tempo-distributor", "--namespace=lgtm", "--type=json"],
        `--patch=${JSON.stringify(named)}`,
      );
      await look();
    });

    it("says what another profile would not carry over, and changes nothing", async () => {
      await sandbox.set("profile", "standard");
      const settings = fs.readFileSync(stackFile(), "utf8");
      const everything = await sandbox.everything();
      const { exitCode, stdout, stderr } = await runCli(
        ...[sandbox, "adopt", "--stack", "tutorial", "--yes"],
      );
      assert.equal(exitCode, 4, `${stdout}\n${stderr}`);
      assert.match(stdout, /Not carried over:[^]*Grafana[^]*logs[^]*traces/);
      assert.match(stdout, /delete statefulset -n lgtm my-lgtm-loki-ingester$/m);
      assert.match(stderr, /persistentvolumeclaim lgtm\/my-lgtm-minio/);
      assert.match(stderr, /fix: .*lgtm:profile tutorial/);
      assert.deepEqual(parse(fs.readFileSync(stackFile(), "utf8")), parse(settings));
      assert.deepEqual(await sandbox.everything(), everything);
      await sandbox.set("profile", "tutorial");
    });

    it("begins again where one was killed half way", async () => {
      await adopted();
      const state = await sandbox.stack.exportStack();
      await sandbox.stack.importStack(halfWay(state));
      await adopted();
      assert.deepEqual(report.restarts, []);
      assert.ok(report.settings.some(({ key }) => key === "lgtm:grafanaAdminPassword"));
    });

    it("restarts nothing at the first up, after which nothing changes or drifts", async () => {
      await upRestarts([]);
      assert.equal(await portsOfTempo(), "3200 9095 4317");
    });

    it("restarts what was shown once the program may change what was found", async () => {
      const { restarts = [] } = report.later ?? {};
      assert.ok(restarts.includes("deployment lgtm/my-lgtm-grafana"), restarts.join());
      await sandbox.stack.removeConfig("lgtm:adoptedAsFound");
      await upRestarts(restarts);
    });

    it("is destroyed like any other stack, and leaves nothing", destroyed);
  });
});

/** A state in which the note that all is taken over was not yet made. */
function halfWay(state: State): State {
  const { resources } = state.deployment as {
    resources: { type: string; outputs?: object; initErrors?: string[] }[];
  };
  const stack = resources.find(({ type }) => type === "lgtm:index:LgtmStack");
  assert.ok(stack !== undefined);
  stack.initErrors = ["npm run adopt was cut off; run it again"];
  for (const one of resources)
    one.outputs = one.type.startsWith("kubernetes:core") ? {} : (one.outputs ?? {});
  return state;
}
