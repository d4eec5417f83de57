/** Tests: day two of stack dev on a real engine, provider and API server. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { strayProcesses } from "../../sandbox/cluster/processes";
import {
  createTestSandbox,
  stopTestSandboxes,
  type TestSandbox,
} from "../sandbox/support/test-sandbox";
import { stepByStep } from "../support/steps";
import { until } from "../support/until";
import {
  apply,
  causeTroubles,
  retainedVolume,
  setDefaultClass,
  setNodes,
  staleRole,
} from "./support/breakages";
import { compareWithLive, diagnose, textOf, troubles, withSymptom } from "./support/in-process";
import { byHand, PlantedSecrets } from "./support/planted";
import { endStarted, killFamily, startOperation } from "./support/pulumi-process";
import { costOf, isJson, runCli, startCli, takeShown } from "./support/run-cli";

describe("day two of stack dev on a real engine, provider and API server", function () {
  this.timeout(180_000);
  this.slow(60_000);
  let sandbox: TestSandbox;
  let kubectl: TestSandbox["kubectl"];
  let env: NodeJS.ProcessEnv;
  let untouched: string[];
  let secrets: PlantedSecrets;
  stepByStep();

  before(async function () {
    sandbox = await createTestSandbox(this, { stack: "dev", loadBalancer: false });
    await sandbox.set("chartSet", "umbrella");
    kubectl = (...args) => sandbox.kubectl(...args);
    env = { LGTM_SANDBOX_DIR: sandbox.paths.root };
    process.env["LGTM_SANDBOX_DIR"] = sandbox.paths.root;
    untouched = await sandbox.everything();
    secrets = new PlantedSecrets(sandbox);
    // What other files' commands have shown.
    takeShown();
  });
  after(async () => {
    delete process.env["LGTM_SANDBOX_DIR"];
    endStarted();
    await stopTestSandboxes();
  });

  it("doctor says that an empty cluster can hold the stack, without being told where it is", async () => {
    const { exitCode, stdout } = await runCli(["doctor"], env);
    assert.equal(exitCode, 0, stdout);
    assert.match(stdout, /Stack dev of the sandbox in .*\n\n/);
    assert.match(stdout, /room: 3\d pods to place ask for/);
    assert.match(stdout, /from storage class sandbox, which exists/);
  });

  it("doctor names what would stay Pending without room and without a storage class", async () => {
    await setDefaultClass(kubectl, false);
    await setNodes(kubectl, true);
    const found = await diagnose();
    await setNodes(kubectl, false);
    await setDefaultClass(kubectl, true);
    assert.match(textOf(withSymptom(found, "too-few-nodes")), /none takes pods/);
    assert.match(withSymptom(found, "no-room").object, /my-lgtm-mimir-ingester-0/);
    assert.match(textOf(withSymptom(found, "storage-class-missing")), /lgtm\/my-lgtm-/);
  });

  it("doctor says of a hanging up what it waits for, and of a killed one how to recover", async () => {
    await setNodes(kubectl, true);
    await secrets.useOwnStorage();
    const { running } = startOperation(sandbox, "up");
    await until("the scheduler's words on the release's pods", async () => {
      const pod = await kubectl("get", "pods", "-n=lgtm", "-o=yaml");
      return /my-lgtm-mimir-ingester-0/.test(pod) && /nodes are available/.test(pod);
    });
    const hanging = await diagnose();
    assert.equal(withSymptom(hanging, "update-running").level, "warning");
    assert.equal(withSymptom(hanging, "release-pending").level, "warning");
    assert.match(
      textOf(withSymptom(hanging, "unschedulable")),
      /0\/3 nodes are available.*unschedulable/,
    );

    killFamily(running.pid ?? 0);
    await running;
    await secrets.noteCluster(
      ["grafanaDatabasePassword", "grafanaOidcSecret", "storageAccount", "storageSecret"],
      "admin-password",
    );
    await setNodes(kubectl, false);
    const killed = await diagnose();
    assert.match(textOf(withSymptom(killed, "stack-locked")), /was killed/);
    assert.match(textOf(withSymptom(killed, "operation-pending")), /creating Release lgtm/);
    const pending = withSymptom(killed, "release-pending");
    assert.equal(pending.level, "problem");
    assert.match(textOf(pending), /revision 1 is pending-install[^]*it is uninstalled/);
  });

  it("destroy clears what the killed up has left, and says how to remove what Helm never noted", async () => {
    for (const flags of [[], ["--json"]])
      assert.equal((await runCli(["recover", ...flags], env)).exitCode, 8, "nobody was asked");
    const { exitCode, stdout, stderr } = await runCli(["destroy", "--yes", "--json"], env);
    assert.equal(exitCode, 5, stdout);
    assert.match(stderr, /The stack was locked by process \d+, which was killed/);
    const { left } = JSON.parse(stdout) as { left: { object: string; remove: string }[] };
    assert.deepEqual(left.map(({ object }) => object.split(" ")[0]).sort(), [
      "clusterrole",
      "clusterrolebinding",
    ]);
    for (const { remove } of left) await kubectl(...remove.split(" ").slice(1));
    assert.deepEqual(await sandbox.everything(), untouched);
  });

  it("doctor and drift find nothing on a stack that has just come up", async () => {
    await secrets.useBundledStorage();
    await sandbox.stack.up();
    await secrets.noteCluster(["grafanaAdminPassword"], "STORAGE_SECRET_ACCESS_KEY");
    for (const [command, sentence] of [
      ["doctor", /No problem\.$/],
      ["drift", /No drift: \d{3} objects and the values of 2 Helm releases compared/],
    ] as const) {
      const run = await runCli([command], env);
      assert.equal(run.exitCode, 0, run.stdout + run.stderr);
      assert.match(run.stdout, sentence);
      console.log(costOf(command, run));
      assert.ok(run.mebibytes < 400, `${command} took ${run.mebibytes.toFixed(0)} MiB`);
    }
  });

  it("doctor gives each trouble its name", async () => {
    await causeTroubles(sandbox);
    await until("the scheduler's and the controllers' words", async () => {
      const found = troubles(await diagnose(300)).join();
      return ["unschedulable", "volume-unbound", "not-created"].every((one) => found.includes(one));
    });

    const found = await diagnose(300);
    const expected = {
      "image-pull": /pod lgtm\/my-lgtm-loki-querier-0[^]*manifest unknown/,
      "out-of-memory": /my-lgtm-mimir-ingester-0[^]*its limit of \d+Mi/,
      crash: /my-lgtm-loki-ingester-0[^]*after 3 restarts: exit code 1\.[^]*its log/,
      "not-created": /statefulset otel\/[^]*exceeded quota/,
      "no-address": /service lgtm\/waiting[^]*never given an address/,
      unschedulable: /pod flask-app\/my-flask-app[^]*Insufficient cpu/,
      "volume-unbound":
        /pod lgtm\/unbound-0[^]*data-unbound-0 of storage class nowhere[^]*"nowhere" not found/,
    } as const;
    for (const [symptom, text] of Object.entries(expected)) {
      const one = withSymptom(found, symptom as keyof typeof expected);
      assert.equal(one.level, "problem");
      assert.match(`${one.object}\n${textOf(one)}`, text);
    }
    assert.equal(troubles(found).length, Object.keys(expected).length, troubles(found).join("\n"));
  });

  it("drift lists what was edited, by field and owner", async () => {
    const distributor = "service/my-lgtm-tempo-distributor";
    const encoded = Buffer.from(byHand.password).toString("base64");
    await kubectl("scale", "deployment/my-lgtm-loki-distributor", "-n=lgtm", "--replicas=3");
    await kubectl(
      "patch",
      distributor,
      "-n=lgtm",
      "--type=json",
      '--patch=[{"op":"remove","path":"/spec/ports/2"}]',
    );
    await kubectl("delete", "configmap/my-lgtm-tempo-runtime", "-n=lgtm");
    const variables = ["EXTRA=1", `API_TOKEN=${byHand.token}`];
    await kubectl("set", "env", "deployment/my-lgtm-grafana", "-n=lgtm", ...variables);
    await kubectl("label", "namespace", "lgtm", "team=sre");
    const names = await kubectl("get", "secrets", "-n=lgtm", "-o=name");
    const admin = /^.*grafana-admin.*$/m.exec(names)?.[0] ?? "";
    await kubectl("patch", admin, "-n=lgtm", `--patch={"data":{"admin-password":"${encoded}"}}`);

    const { exitCode, stdout } = await runCli(["drift", "--json"], env);
    assert.equal(exitCode, 7);
    const { drift } = JSON.parse(stdout) as Awaited<ReturnType<typeof compareWithLive>>;
    const lines = drift
      .filter(({ object }) => !object.includes("my-flask-app"))
      .map(({ from, change, object, field, owner }) =>
        [from, change, object, field, owner?.manager ?? ""].join(" ").trim(),
      );
    assert.deepEqual(lines.sort(), [
      "helm added deployment lgtm/my-lgtm-grafana spec.template.spec.containers[name=grafana].env[name=API_TOKEN] kubectl-set",
      "helm added deployment lgtm/my-lgtm-grafana spec.template.spec.containers[name=grafana].env[name=EXTRA] kubectl-set",
      "helm changed deployment lgtm/my-lgtm-loki-distributor spec.replicas kubectl (scale)",
      "helm gone configmap lgtm/my-lgtm-tempo-runtime",
      "patch removed service lgtm/my-lgtm-tempo-distributor spec.ports[port=4317,protocol=TCP]",
      "pulumi added namespace lgtm metadata.labels.team kubectl-label",
      `pulumi changed secret lgtm/${admin.replace("secret/", "")} data.admin-password kubectl-patch`,
    ]);

    // For what they show; see the last test.
    const looks = [["drift"], ["doctor", "--json"], ["verify", "--json"]];
    const looked = await Promise.all(looks.map(async (args) => runCli(args, env)));
    const verified = await runCli(["verify"], env);
    console.log(costOf("verify, which nothing answers", verified));
    assert.deepEqual(
      [...looked, verified].map((run) => run.exitCode),
      [7, 4, 4, 4],
    );
  });

  it("destroy, interrupted and killed, goes on where it was, lists what is left, and leaves what others have", async () => {
    await apply(sandbox, staleRole);
    await apply(sandbox, retainedVolume);
    const interrupt = async (end: (pid: number) => void): Promise<number | undefined> => {
      const running = startCli(["destroy", "--yes"], env);
      let said = "";
      running.stderr.on("data", (text: Buffer) => (said += text.toString()));
      await until("the first deletion", () => Promise.resolve(/ deleted\n/.test(said)));
      end(running.pid ?? 0);
      return (await running).exitCode;
    };
    const interrupted = await interrupt((pid) => process.kill(pid, "SIGINT"));
    assert.equal(interrupted, 130);
    assert.deepEqual(strayProcesses(sandbox.paths), [], "an interrupted destroy left processes");
    await interrupt(killFamily);
    // As it is left when the kill meets the moment in which Pulumi writes it.
    fs.writeFileSync(path.join(sandbox.paths.backend, ".pulumi/stacks/lgtm/dev.json.attrs"), "");

    const run = await runCli(["destroy", "--yes", "--json"], env);
    assert.equal(run.exitCode, 5, run.stdout);
    console.log(costOf("destroy", run));
    const { left, kept } = JSON.parse(run.stdout) as {
      left: { object: string; remove: string }[];
      kept: { namespace: string; others: string[] }[];
    };
    assert.deepEqual(left.map(({ object }) => object).sort(), [
      "clusterrole stale-role",
      "persistentvolume retained",
    ]);
    assert.match(left[0]?.remove ?? "", /^kubectl --kubeconfig .* delete /);
    // What somebody has made by hand, above.
    const others = new Map(kept.map((one) => [one.namespace, one.others]));
    assert.deepEqual([...others].sort(), [
      [
        "lgtm",
        [
          "persistentvolumeclaim lgtm/data-unbound-0",
          "service lgtm/waiting",
          "statefulset lgtm/unbound",
        ],
      ],
      ["otel", ["resourcequota otel/none"]],
    ]);
    assert.equal(
      await kubectl("get", "persistentvolumeclaims", "--all-namespaces", "-o=name"),
      "persistentvolumeclaim/data-unbound-0",
    );
    const marked = ["get", "namespaces", "--selector=lgtm/stack-id", "-o=name"];
    assert.equal(await kubectl(...marked), "");
    await kubectl("delete", "clusterrole/stale-role", "persistentvolume/retained");
    await kubectl("delete", "namespace", "lgtm", "otel");
    const again = await runCli(["destroy", "--yes"], env);
    assert.equal(again.exitCode, 0);
    assert.match(again.stdout, /nothing is deployed\.\nNothing of it is left/);
    assert.deepEqual(await sandbox.everything(), untouched);
  });

  it("no command has shown a secret: none that is planted, and none that is generated", () => {
    const shown = takeShown();
    const commands = ["destroy", "doctor", "drift", "recover", "verify"];
    assert.deepEqual(secrets.shownIn(shown), []);
    for (const ran of [shown.filter(isJson), shown.filter((one) => !isJson(one))])
      assert.deepEqual([...new Set(ran.map(({ args }) => args[0]))].sort(), commands);
  });
});
