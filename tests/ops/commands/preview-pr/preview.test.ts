/** Tests of ops/commands/preview-pr/preview.ts. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { projectRoot } from "../../../../lib/project-root";
import { resourceChanges } from "../../../../ops/commands/preview-pr/changes";
import { startProvider } from "../../../../ops/commands/preview-pr/provider";
import { blocking } from "../../../../policy/judge";
import { ensureTools } from "../../../../sandbox/tools/tools";
import { standIns } from "../../../charts/render";
import { requireTools } from "../../../support/tools";
import { measure } from "../../support/run-cli";
import { Repository, stepsOf } from "./fixture";

describe("the preview of a pull request", function () {
  this.timeout(60_000);
  this.slow(10_000);
  let repository: Repository;

  before(async function () {
    repository = await Repository.create();
    await requireTools(this, ["helm", "pulumi-resource-kubernetes"]);
  });
  after(() => {
    repository.remove();
  });
  afterEach(() => repository.reset());

  it("shows nothing where nothing changes, in every stack, and every stack passes the policy", async () => {
    const { found, text } = await repository.preview({ charts: standIns });
    assert.match(text, /^<!-- .* -->\n\n# Preview\n\n\*\*No volume or bucket is deleted\.\*\*\n/);
    assert.match(text, /Nothing changes in: dev, prod, tutorial\./);
    for (const { stack, after } of found.stacks) {
      assert.equal(after.problem, undefined, stack);
      assert.deepEqual(
        // In the order in which the program names them, which is not always the same.
        after.rendered.map(({ release, problem }) => `${release} ${problem ?? ""}`.trim()).sort(),
        stack === "tutorial"
          ? ["lgtm", "otel"]
          : ["lgtm-grafana", "lgtm-loki", "lgtm-mimir", "lgtm-tempo", "otel"],
        stack,
      );
      const broken = blocking(after.findings).map(
        ({ rule, subject, problem }) => `${stack}, ${rule.id}: ${subject ?? ""} ${problem}`,
      );
      assert.deepEqual(broken, []);
    }
  });

  it("says that the charts of a deployed stack stay; those of the others pass the policy, too", async () => {
    repository.set("dev", { "lgtm:chartSet": "umbrella" });
    repository.set("prod", { "lgtm:mimirChartVersion": "5.8.0" });
    const { found, text } = await repository.preview({ charts: standIns });
    for (const { stack, after } of found.stacks) {
      assert.equal(after.problem, undefined, stack);
      assert.ok(
        after.rendered.every(({ problem }) => problem === undefined),
        stack,
      );
      const broken = blocking(after.findings).map(
        ({ rule, subject, problem }) => `${stack}, ${rule.id}: ${subject ?? ""} ${problem}`,
      );
      assert.deepEqual(broken, []);
    }
    assert.match(text, /\*\*`up` refuses:\*\* `lgtm:chartSet` is now `umbrella`/);
  });

  it("shows a Service that is opened: the resource, the way in, the broken rule", async () => {
    repository.set("dev", { "lgtm:grafanaServiceType": "LoadBalancer" });
    const { found, text } = await repository.preview({ stack: "dev", charts: standIns });
    assert.deepEqual(stepsOf(found, "dev"), { "Service lgtm-grafana": "update" });
    assert.match(
      text,
      /\| `Service lgtm-grafana \(my-lgtm-grafana\)` \| not reachable \| \*\*LoadBalancer, port 80, from everywhere\*\* \|/,
    );
    assert.match(
      text,
      /mandatory: `no-public-service`[^]*\*\*new:\*\* `Service lgtm-grafana`: is a load balancer/,
    );
    assert.match(text, /-\s+type: ClusterIP\n\+\s+type: LoadBalancer/);
  });

  it("shows objects, pods and requests that a Helm value changes", async () => {
    repository.set("dev", { "lgtm:tempoIngesterReplicas": 3 });
    const { found, text } = await repository.preview({ stack: "dev", charts: standIns });
    // An alert knows how many pods there should be.
    assert.deepEqual(stepsOf(found, "dev"), {
      "Release lgtm-tempo": "update",
      "ConfigMap lgtm-alerting": "replace",
      "Release lgtm-grafana": "update",
    });
    const labels = found.stacks[0]?.objects.map(({ label }) => label) ?? [];
    assert.ok(labels.includes("StatefulSet lgtm/my-lgtm-tempo-ingester"), labels.join());
    assert.match(text, /\| `StatefulSet lgtm\/my-lgtm-tempo-ingester` \| 1 → \*\*3\*\* \(\+2\)/);
    assert.match(text, /\| Memory requests \| .* → \*\*/);
    const replaced = /Pods are replaced in: .*/.exec(text)?.[0] ?? "";
    assert.match(replaced, /grafana/);
    assert.doesNotMatch(replaced, /mimir|tempo|loki|otel/);
  });

  it("shows a Helm value of the owner's own, in the file that the store then reads", async () => {
    repository.set("dev", {
      "lgtm:helmValues": { loki: { loki: { limits_config: { max_query_series: 5000 } } } },
    });
    const { found, text } = await repository.preview({ stack: "dev", charts: standIns });
    assert.deepEqual(stepsOf(found, "dev"), { "Release lgtm-loki": "update" });
    assert.match(text, /\+\s+max_query_series: 5000/);
  });

  it("names the pods that an annotation of the owner's own replaces", async () => {
    repository.set("dev", {
      "lgtm:helmValues": { otelCollector: { podAnnotations: { "example.com/team": "shop" } } },
    });
    const { found, text } = await repository.preview({ stack: "dev", charts: standIns });
    assert.deepEqual(stepsOf(found, "dev"), { "Release otel": "update" });
    assert.match(text, /\+\s+example\.com\/team: shop/);
    const line = /Pods are replaced in: .*/.exec(text)?.[0] ?? "";
    assert.match(line, /otel-collector/);
    assert.doesNotMatch(line, /loki|mimir|tempo|grafana/);
  });

  it("names the pods that are replaced, and no others", async () => {
    repository.set("dev", { "lgtm:logsRetentionDays": 3 });
    const { text } = await repository.preview({ stack: "dev", charts: standIns });
    const line = /Pods are replaced in: .*/.exec(text)?.[0] ?? "";
    assert.match(line, /my-lgtm-loki/);
    assert.doesNotMatch(line, /mimir|tempo|grafana|otel/);
  });

  it("warns of replacements that delete volumes, and of protection that stops them", async () => {
    for (const stack of ["dev", "prod"])
      repository.set(stack, { "lgtm:lgtmNamespace": "elsewhere" });
    const { found, text } = await repository.preview({ charts: standIns });
    const steps = stepsOf(found, "dev");
    assert.match(steps["Namespace lgtm"] ?? "", /replace|delete/);
    assert.match(steps["Release lgtm-loki"] ?? "", /replace|delete/);
    assert.match(steps["Secret lgtm-grafana-admin"] ?? "", /replace|delete/);
    assert.match(
      text,
      /⚠ Stack dev: .* of `Namespace lgtm`: volumes below it, and the data on them, are deleted/,
    );
    assert.match(text, /⚠ Stack prod: .* of `Namespace lgtm`: protected: Pulumi refuses/);
    const [dev = "", prod = ""] = text.split("Stack `prod`:");
    assert.match(
      dev,
      /\*\*`up` refuses:\*\* it would delete namespace `lgtm`, with the volumes in it: `my-lgtm-grafana`, .*`data-my-lgtm-object-store-\*`.*once `lgtm:namespacesToDelete` names it/,
    );
    assert.match(prod, /^\n\n- \*\*`up` refuses:\*\* .*`lgtm:protectData` protects/);
  });

  it("says first of all what happens to data", async () => {
    repository.set("dev", {
      "lgtm:storage": "gcs",
      "lgtm:storageLogsBucket": "logs-1",
      "lgtm:storageMetricsBucket": "metrics-1",
      "lgtm:storageTracesBucket": "traces-1",
      "lgtm:storageServiceAccountAnnotations": {
        "iam.gke.io/gcp-service-account": "lgtm@acme.iam.gserviceaccount.com",
      },
      "lgtm:logsRetentionDays": 3,
      "lgtm:otelCollectorReleaseName": "gather",
      "lgtm:demoEnabled": false,
    });
    const { found, text } = await repository.preview({ stack: "dev", charts: standIns });
    assert.equal(found.stacks[0]?.after.problem, undefined);
    assert.deepEqual(text.split("\n").slice(2, 14), [
      "# Preview",
      "",
      "## Data",
      "",
      "Stack `dev`:",
      "",
      "- **Deleted:** namespace `flask-app`, with all that is in it; this stack has no volume there (`lgtm:demoEnabled` is now `false`).",
      "- **Deleted:** logs older than 3 days, as `lgtm:logsRetentionDays` says (until now 7 days).",
      "- **Kept, and not read any more:** the volumes of Helm release `otel/otel-collector`, which goes: `queue-otel-collector-opentelemetry-collector-*`.",
      "- **Kept, and not read any more:** the volumes of StatefulSet `lgtm/my-lgtm-object-store`, which goes: `data-my-lgtm-object-store-*`.",
      "- **Kept, and not read any more:** what is in `the bundled store (volume lgtm/data-my-lgtm-object-store-0)`. New data goes to `gcs logs-1, metrics-1, traces-1`.",
      "",
    ]);
  });

  it("tells once that the stack marks what it makes, and hides no other change behind it", async () => {
    repository.edit("index.ts", "[ownership.mark, ...found]", "found");
    await repository.git("commit", "--quiet", "--all", "--message=before the mark");
    repository.edit(
      "index.ts",
      "transformations: found",
      "transformations: [ownership.mark, ...found]",
    );
    repository.set("dev", { "lgtm:grafanaServiceType": "NodePort" });
    const { found, text } = await repository.preview({
      stack: "dev",
      base: "HEAD",
      charts: standIns,
    });
    await repository.git("reset", "--quiet", "--hard", "main");
    assert.deepEqual(stepsOf(found, "dev"), { "Service lgtm-grafana": "update" });
    const marked = /The stack's mark is new on (\d+) resources/.exec(text)?.[1];
    assert.ok(Number(marked) > 12, `marked: ${marked ?? "none"}`);
    assert.doesNotMatch(text, /^[+-].*(lgtm\/stack|lgtmStack)/m);
    assert.match(text, /No pod is replaced\./);

    // With it, no step is another: that is what the one sentence says.
    const [report] = found.stacks;
    const tools = await ensureTools(["pulumi-resource-kubernetes"]);
    const provider = await startProvider(tools["pulumi-resource-kubernetes"]);
    const changes = await resourceChanges(
      report?.before.resources ?? [],
      report?.after.resources ?? [],
      provider,
      fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-mark-")),
    );
    provider.close();
    assert.equal(changes.length, Number(marked));
    assert.deepEqual(
      changes.filter(({ step }) => step !== "update").map(({ label, step }) => `${step} ${label}`),
      [],
    );
  });

  it("warns of objects that Helm cannot change in place", async () => {
    repository.edit("config/sizes.ts", "tempo: { ingester: 2 },", "tempo: { ingester: 5 },");
    const { text } = await repository.preview({ stack: "dev", charts: standIns });
    assert.match(
      text,
      /⚠ Stack dev: `StatefulSet lgtm\/my-lgtm-tempo-ingester`: Helm's upgrade fails/,
    );
    assert.match(text, /spec\.volumeClaimTemplates cannot be changed in place/);
  });

  it("does not warn of what the API server takes for the same", async () => {
    // Mimir's four claims lose apiVersion and kind.
    repository.set("dev", { "lgtm:chartSet": "umbrella" });
    await repository.git("commit", "--quiet", "--all", "--message=the umbrella chart");
    repository.set("dev", { "lgtm:lgtmChartVersion": "2.1.0" });
    const { found, text } = await repository.preview({
      stack: "dev",
      base: "HEAD",
      charts: standIns,
    });
    await repository.git("reset", "--quiet", "--hard", "main");
    const changes = found.stacks[0]?.objects ?? [];
    const typed = changes.filter(({ change }) =>
      change.lines.some((line) => /^[+-].*kind: PersistentVolumeClaim/.test(line)),
    );
    assert.equal(typed.length, 4, "no claim is written otherwise, so nothing was looked at");
    assert.deepEqual(
      changes.filter(({ refused }) => refused !== undefined).map(({ label }) => label),
      [],
    );
    assert.doesNotMatch(text, /Helm's upgrade fails/);
  });

  it("shows what comes and what goes", async () => {
    repository.set("dev", { "lgtm:demoEnabled": false });
    const { found } = await repository.preview({ stack: "dev", charts: standIns });
    assert.deepEqual(stepsOf(found, "dev"), {
      "DemoApp demo": "delete",
      "Namespace demo": "delete",
      "Service demo": "delete",
      "Deployment demo": "delete",
      "Deployment demo-traffic": "delete",
      "NetworkPolicy network-demo": "delete",
      "NetworkPolicy network-traffic": "delete",
    });
  });

  it("says in the program's own words when it refuses a stack", async () => {
    repository.set("dev", { "lgtm:mimirReplicationFactor": 3, "lgtm:mimirIngesterReplicas": 1 });
    const { text } = await repository.preview({ stack: "dev", charts: standIns });
    assert.match(text, /The program refuses this stack:[^]*lgtm:mimirIngesterReplicas = 1[^]*fix:/);
  });

  it("says that a stack is new, and compares with a ref that is given", async () => {
    fs.copyFileSync(
      path.join(repository.folder, "Pulumi.dev.yaml"),
      path.join(repository.folder, "Pulumi.eu.yaml"),
    );
    const { text } = await repository.preview({ stack: "eu", base: "main", charts: standIns });
    assert.match(text, /compared with main at [0-9a-f]{7}/);
    assert.match(text, /There is nothing to compare with: the base has no such stack/);
  });

  it("is what the workflow's command writes, from any folder, within 90 s and 400 MiB", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-elsewhere-"));
    const options = ["--base", "HEAD", "--charts", standIns, "--output", "a/p.md"];
    const { exitCode, stdout, seconds, mebibytes } = await measure(
      execa("npm", ["--prefix", projectRoot, "run", "--silent", "preview:pr", "--", ...options], {
        cwd: folder,
        reject: false,
        stdin: "ignore",
      }),
    );
    // 4 while the working tree breaks a rule, which the first test says better.
    assert.ok(exitCode === 0 || exitCode === 4, String(exitCode));
    assert.match(stdout, /Written to/);
    const cost = `${seconds.toFixed(1)} s, ${mebibytes.toFixed(0)} MiB, npm included`;
    console.log(`      preview:pr, all stacks: ${cost}`);
    assert.ok(seconds < 90 && mebibytes < 400, cost);
    const text = fs.readFileSync(path.join(folder, "a/p.md"), "utf8");
    fs.rmSync(folder, { recursive: true });
    assert.match(text, /^<!-- lgtm preview:pr -->\n\n# Preview\n\n/);
  });

  it("is JSON for programs, with the same findings, in one exit code with the text", async () => {
    const options = ["--base", "HEAD", "--stack", "dev", "--charts", standIns, "--json"];
    const { exitCode, stdout } = await execa(
      "npm",
      ["--prefix", projectRoot, "run", "--silent", "preview:pr", "--", ...options],
      { reject: false, stdin: "ignore" },
    );
    const told = JSON.parse(stdout) as {
      markdown: string;
      stacks: { stack: string; blocked: boolean; data: unknown[]; policy: unknown[] }[];
    };
    assert.match(told.markdown, /^<!-- lgtm preview:pr -->\n\n# Preview\n\n/);
    const [dev] = told.stacks;
    assert.deepEqual([told.stacks.length, dev?.stack], [1, "dev"]);
    assert.ok(Array.isArray(dev?.data) && Array.isArray(dev.policy));
    assert.equal(exitCode, dev.blocked ? 4 : 0);
  });

  it("says when a chart cannot be rendered, and why", async () => {
    const empty = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-charts-"));
    const { found, text } = await repository.preview({ stack: "dev", charts: empty });
    fs.rmdirSync(empty);
    assert.match(text, /There is no chart (grafana|loki|mimir-distributed|tempo-distributed)/);
    assert.match(found.stacks[0]?.after.rendered[0]?.problem ?? "", /There is no chart/);
  });
});
