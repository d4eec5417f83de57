/** Tests of ops/main.ts. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { ApiError } from "../../lib/kubernetes/cluster";
import type { CliError } from "../../lib/terminal/errors";
import { describeCommand } from "../../lib/terminal/flags";
import { commands } from "../../ops/main";
import { type Answer, type FakeCluster, fakeCluster, kubeconfigFor } from "./support/fake-cluster";
import { type FakePulumi, fakePulumi, runCli, startCli } from "./support/run-cli";

const clusters: FakeCluster[] = [];
const pulumis: FakePulumi[] = [];

async function clusterThat(
  answers: (path: string, query: URLSearchParams) => Answer | undefined,
): Promise<FakeCluster> {
  const made = await fakeCluster(answers);
  clusters.push(made);
  return made;
}

/** A user's own Pulumi with stack `mine` on this cluster. */
function ownStack(kubeconfig: string, state?: object): NodeJS.ProcessEnv {
  const made = fakePulumi({
    stack: "mine",
    config: {
      "kubernetes:kubeconfig": { secret: true },
      "kubernetes:context": { value: "fake", secret: false },
      "lgtm:lgtmNamespace": { value: "lgtm", secret: false },
      "lgtm:lgtmReleaseName": { value: "my-lgtm", secret: false },
    },
    kubeconfig,
    ...(state && { state }),
  });
  pulumis.push(made);
  return made.env;
}

afterEach(async () => {
  for (const one of clusters.splice(0)) await one.stop();
  for (const one of pulumis.splice(0)) one.remove();
});

describe("commands, as users type them,", function () {
  this.timeout(60_000);
  this.slow(10_000);

  it("refuse unknown flags, and explain themselves", async () => {
    const [wrong, help] = await Promise.all([
      runCli(["drift", "--frobnicate"], {}),
      runCli(["doctor", "--help"], {}),
    ]);
    assert.equal(wrong.exitCode, 2);
    assert.match(wrong.stderr, /unknown option '--frobnicate'/);
    assert.equal(help.exitCode, 0);
    for (const flag of ["--stack", "--json", "--timeout", "--no-sandbox", "Exit codes", "Examples"])
      assert.ok(help.stdout.includes(flag), `--help does not mention ${flag}`);
  });

  it("show examples and only the exit codes that they can have", () => {
    const own: Record<string, readonly number[]> = {
      doctor: [3, 4],
      drift: [3, 7],
      destroy: [3, 4, 5, 8, 9],
      recover: [3, 8],
      adopt: [3, 4, 8],
      migrate: [3, 4, 8],
      resize: [3, 4, 8],
      verify: [3, 4],
      images: [4],
      "preview:pr": [4],
      e2e: [3, 4, 5],
    };
    assert.deepEqual(commands.map(({ name }) => name).sort(), Object.keys(own).sort());
    for (const entry of commands) {
      let help = "";
      describeCommand(entry)
        .configureOutput({ writeOut: (text) => (help += text) })
        .outputHelp();
      const [before = "", after = ""] = help.split("Exit codes:");
      const codes = [...after.matchAll(/^ +(\d+) {2}/gm)].map(([, code]) => Number(code));
      const expected = [0, 1, 2, 6, 124, 130, ...(own[entry.name] ?? [])];
      assert.deepEqual(
        codes,
        expected.sort((one, other) => one - other),
        entry.name,
      );
      const examples = before.split("Examples:")[1] ?? "";
      assert.ok(examples.includes(`npm run ${entry.name}`), entry.name);
    }
  });

  it("preview a pull request with the same flags, and with the exit codes that it can have", async () => {
    const [wrong, stack, charts, help] = await Promise.all([
      runCli(["preview:pr", "--frobnicate"], {}),
      runCli(["preview:pr", "--stack", "other", "--json", "--yes", "--no-sandbox"], {}),
      runCli(["preview:pr", "--charts", ""], {}),
      runCli(["preview:pr", "--help"], {}),
    ]);
    assert.equal(wrong.exitCode, 2);
    assert.match(wrong.stderr, /unknown option '--frobnicate'/);
    assert.equal(stack.exitCode, 6);
    const { error } = JSON.parse(stack.stdout) as { error: { message: string; exitCode: number } };
    assert.match(error.message, /--stack other: there is no Pulumi\.other\.yaml/);
    assert.equal(error.exitCode, 6);
    assert.equal(charts.exitCode, 2);
    assert.match(charts.stderr, /--charts is empty[^]*fix: give a Helm repository/);
    for (const flag of ["--stack", "--json", "--timeout", "--base", "--output", "Examples"])
      assert.ok(help.stdout.includes(flag), `--help does not mention ${flag}`);
    // It runs no Pulumi, and asks nothing.
    assert.doesNotMatch(help.stdout, /--no-sandbox|--yes|running sandbox/);
    const codes = help.stdout.split("Exit codes:")[1] ?? "";
    assert.deepEqual(
      [...codes.matchAll(/^ +(\d+) {2}/gm)].map(([, code]) => Number(code)),
      [0, 1, 2, 4, 6, 124, 130],
    );
  });

  it("work with the user's own Pulumi, and never show its secrets", async () => {
    const { kubeconfig, asked } = await clusterThat((path) =>
      path === "/api" || path === "/apis" ? { object: {} } : { object: { items: [] } },
    );
    // Into a namespace that only the settings name nobody looks: it may be anybody's.
    const resource = { urn: "a::b", type: "kubernetes:core/v1:Namespace", id: "lgtm" };
    const env = ownStack(kubeconfig, { deployment: { resources: [resource] } });
    const run = await runCli(["doctor", "--stack", "mine", "--json"], env);
    const told = JSON.parse(run.stdout) as { stack: string; findings: { symptom?: string }[] };
    assert.equal(told.stack, "mine");
    // Most settings are missing here.
    assert.ok(told.findings.some(({ symptom }) => symptom === "settings-invalid"));
    assert.equal(run.exitCode, 4);
    assert.ok(asked.some((path) => path.startsWith("/api/v1/namespaces/lgtm/pods")));
    assert.ok(!`${run.stdout}${run.stderr}`.includes("planted-token-4711"));
  });

  it("end with 6 when there is no such stack, and with 3 when the cluster does not answer", async () => {
    const resource = { urn: "a::b", type: "kubernetes:core/v1:Namespace", id: "lgtm" };
    const object = { apiVersion: "v1", kind: "Namespace", metadata: { name: "lgtm" } };
    const state = { deployment: { resources: [{ ...resource, inputs: object }] } };
    const env = ownStack(kubeconfigFor("http://127.0.0.1:9"), state);
    const [stack, cluster] = await Promise.all([
      runCli(["drift", "--stack", "other"], env),
      runCli(["drift", "--stack", "mine", "--json"], env),
    ]);
    assert.equal(stack.exitCode, 6);
    assert.match(stack.stderr, /There is no stack other[^]*fix: pulumi stack ls/);
    assert.equal(cluster.exitCode, 3);
    const { error } = JSON.parse(cluster.stdout) as { error: { message: string; fix: string } };
    assert.match(error.message, /cluster of context fake at http:\/\/127.0.0.1:9 does not answer/);
    assert.match(error.fix, /kubernetes:context/);
  });

  it("give up after --timeout, and at once at Ctrl-C; progress goes beside the result", async () => {
    const { kubeconfig } = await clusterThat(() => ({ hangs: true }));
    const env = ownStack(kubeconfig);
    /** A doctor that waits for the cluster. */
    const waiting = async (...flags: string[]) => {
      const running = startCli(["doctor", "--stack", "mine", ...flags], env);
      let said = "";
      running.stderr.on("data", (text: Buffer) => (said += text.toString()));
      while (!said.includes("reading the cluster") && running.exitCode === null) await sleep(50);
      // Inside an object, or whoever waits for the start would wait for the end.
      return { running };
    };
    const { running: late } = await waiting("--timeout", "15", "--json");

    // Meanwhile Ctrl-C, and a terminal that is closed.
    for (const name of ["SIGINT", "SIGHUP"] as const) {
      const { running } = await waiting();
      const interrupted = performance.now();
      running.kill(name);
      const { exitCode } = await running;
      assert.equal(exitCode, 130, name);
      assert.ok(performance.now() - interrupted < 3000, "it took long to end");
    }

    const { exitCode, stdout, stderr } = await late;
    assert.equal(exitCode, 124);
    assert.match(stderr, /reading the cluster \.\.\.[^]*Not finished within 15 s, at: reading/);
    const told = JSON.parse(stdout) as { error: { fix: string } };
    assert.match(told.error.fix, /--timeout/);
  });

  it("refuse to destroy protected data before anything is touched", async () => {
    const { kubeconfig, asked } = await clusterThat(() => ({ object: { items: [] } }));
    const urn = "urn:pulumi:mine::lgtm::kubernetes:core/v1:Namespace::lgtm";
    const resource = { urn, type: "kubernetes:core/v1:Namespace", id: "lgtm", protect: true };
    const env = ownStack(kubeconfig, { deployment: { resources: [resource] } });
    const run = await runCli(["destroy", "--stack", "mine", "--yes"], env);
    assert.equal(run.exitCode, 9);
    assert.match(run.stderr, /Stack mine protects its data[^]*Namespace lgtm must not be deleted/);
    assert.match(run.stderr, /fix: .*pulumi up --stack mine.*npm run destroy -- --stack mine/);
    assert.deepEqual(asked, []);
  });

  it("do not destroy when nobody is there to be asked", async () => {
    const { kubeconfig } = await clusterThat((path) =>
      path.endsWith("/lgtm")
        ? { object: { metadata: { name: "lgtm" } } }
        : { object: { items: [] } },
    );
    const resource = { urn: "a::b", type: "kubernetes:core/v1:Namespace", id: "lgtm" };
    const env = ownStack(kubeconfig, { deployment: { resources: [resource] } });
    const run = await runCli(["destroy", "--stack", "mine"], env);
    assert.equal(run.exitCode, 8);
    assert.match(run.stdout, /cannot be undone/);
    assert.match(run.stderr, /Nobody is there to be asked[^]*--yes/);
  });
});

describe("reading a cluster", () => {
  it("takes long lists page by page", async () => {
    const { cluster, asked } = await clusterThat((_, query) =>
      query.get("continue") === null
        ? { object: { items: [1, 2], metadata: { continue: "next" } } }
        : { object: { items: [3], metadata: { continue: "" } } },
    );
    assert.deepEqual(await cluster.list<number>("/api/v1/pods"), [1, 2, 3]);
    assert.equal(asked.length, 2);
  });

  it("goes on without what nobody may look at, and says so", async () => {
    const { cluster } = await clusterThat(() => ({ status: 403, message: "nodes is forbidden" }));
    assert.deepEqual(await cluster.list("/api/v1/nodes"), []);
    assert.equal(await cluster.find("/api/v1/namespaces/lgtm"), undefined);
    assert.deepEqual(cluster.forbidden, ["nodes is forbidden", "nodes is forbidden"]);
  });

  it("tells refused credentials, a refusal and nothing at all apart", async () => {
    const { cluster } = await clusterThat((path) =>
      path === "/who" ? { status: 401, message: "Unauthorized" } : undefined,
    );
    await assert.rejects(cluster.get("/who"), (error: CliError) => {
      assert.match(error.message, /refuses the credentials/);
      return error.exitCode === 3;
    });
    await assert.rejects(cluster.get("/what"), (error: ApiError) => error.code === 404);
    assert.equal(await cluster.find("/what"), undefined);
  });
});
