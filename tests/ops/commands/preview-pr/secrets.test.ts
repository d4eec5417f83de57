/** Tests: the preview of a pull request and secrets. */
import * as assert from "node:assert/strict";
import { secretKeys } from "../../../../config/secrets";
import { standIns } from "../../../charts/render";
import { formsOf } from "../../../support/secret-forms";
import { requireTools } from "../../../support/tools";
import { Repository } from "./fixture";

/** Unmistakable, so that finding none of them proves something. */
const planted = {
  "lgtm:grafanaAdminPassword": "Planted-Grafana-Password-4711",
  "lgtm:grafanaDatabasePassword": "Planted-Database-Password-4718",
  "lgtm:grafanaOidcSecret": "Planted-Client-Secret-4719",
  "lgtm:storageSecret": "Planted-Storage-Key-4712",
  "lgtm:alertContact": "Planted-Contact-4713@example.invalid",
  "lgtm:alertSmtpPassword": "Planted-Mail-Password-4717",
  "kubernetes:kubeconfig":
    "apiVersion: v1\nkind: Config\nusers: [{ name: u, user: { token: Planted-Token-4714 } }]\n",
};
const needles = [
  "Planted-Grafana-Password-4711",
  "Planted-Storage-Key-4712",
  "Planted-Contact-4713",
].concat([
  "Planted-Token-4714",
  "Planted-Literal-4715",
  "Planted-Url-4716",
  "Planted-Mail-Password-4717",
  "Planted-Database-Password-4718",
  "Planted-Client-Secret-4719",
]);

function assertHoldsNone(text: string): void {
  for (const secret of needles) {
    for (const form of formsOf(secret)) assert.ok(!text.includes(form), `the report holds ${form}`);
  }
}

describe("the preview of a pull request and secrets", function () {
  this.timeout(60_000);
  this.slow(10_000);
  let repository: Repository;

  /** Every secret setting is used. */
  const inUse = {
    "lgtm:grafanaDatabase": "postgres://grafana@db.example.invalid/grafana",
    "lgtm:grafanaRootUrl": "https://grafana.example.invalid",
    "lgtm:grafanaOidc": JSON.stringify({
      clientId: "grafana",
      authUrl: "https://login.example.invalid/authorize",
      tokenUrl: "https://login.example.invalid/token",
    }),
    "lgtm:storage": "s3",
    "lgtm:storageRegion": "eu-west-1",
    "lgtm:storageAccount": "AKIAEXAMPLE",
    "lgtm:storageLogsBucket": "logs-1",
    "lgtm:storageMetricsBucket": "metrics-1",
    "lgtm:storageTracesBucket": "traces-1",
    "lgtm:alertContactPoint": "email",
    "lgtm:alertSmtpHost": "smtp.example.invalid:587",
    "lgtm:alertSmtpFrom": "alerts@example.invalid",
    "lgtm:alertSmtpUser": "alerts",
  };

  before(async function () {
    repository = await Repository.create();
    await requireTools(this, ["helm", "pulumi-resource-kubernetes"]);
  });
  after(() => {
    repository.remove();
  });
  afterEach(() => repository.reset());

  it("are all planted here: a new secret setting has to be added", () => {
    const settings = secretKeys.map((key) => `lgtm:${key}`);
    assert.deepEqual(Object.keys(planted).sort(), [...settings, "kubernetes:kubeconfig"].sort());
  });

  it("needs none: encrypted settings get stand-ins, and a new ciphertext shows as a new value", async () => {
    const secure = (text: string) => ({ secure: `v1:${text}:${text}` });
    repository.set("dev", {
      ...inUse,
      "lgtm:grafanaAdminPassword": secure("aaaa"),
      "lgtm:grafanaDatabasePassword": secure("ffff"),
      "lgtm:grafanaOidcSecret": secure("abab"),
      "lgtm:storageSecret": secure("bbbb"),
      "lgtm:alertContact": secure("cccc"),
      "lgtm:alertSmtpPassword": secure("eeee"),
    });
    await repository.git("commit", "--quiet", "--all", "--message=with secrets");
    repository.set("dev", { "lgtm:grafanaAdminPassword": secure("dddd") });
    const { found, text } = await repository.preview({
      stack: "dev",
      base: "HEAD",
      charts: standIns,
    });
    await repository.git("reset", "--quiet", "--hard", "main");

    assert.equal(found.stacks[0]?.after.problem, undefined);
    assert.match(text, /a stand-in took its place: `lgtm:grafanaAdminPassword`/);
    assert.match(text, /\| `Secret lgtm-grafana-admin` \|/);
    assert.match(
      text,
      /-\s+admin-password: "?\[secret\]"?\n\+\s+admin-password: "?\[secret, new value\]"?/,
    );
    assert.doesNotMatch(text, /v1:|stand-in\.invalid|aaaa|dddd|eeee/);
  });

  it("shows none of those that reach the program, in any coding", async () => {
    repository.set("dev", inUse);
    const { found, text } = await repository.preview({
      stack: "dev",
      charts: standIns,
      secrets: planted,
    });
    assert.equal(
      found.stacks[0]?.after.problem,
      undefined,
      "the secrets did not reach the resources",
    );
    const secrets = found.stacks[0]?.after.resources.filter(({ type }) => type.endsWith(":Secret"));
    assert.ok(
      (secrets ?? []).length >= 3,
      "the secrets are in no resource, so nothing was looked for",
    );
    assert.match(text, /Secret lgtm-storage/);
    assertHoldsNone(text);
    assertHoldsNone(JSON.stringify(found));
  });

  it("shows none that stand in clear where they do not belong, and says that they do", async () => {
    repository.edit(
      "components/values/grafana.ts",
      'resources: resources(args.size, "grafana", "grafana"),',
      'resources: resources(args.size, "grafana", "grafana"), adminPassword: "Planted-Literal-4715" as string,',
    );
    repository.edit(
      "components/demo-app.ts",
      'env: [{ name: "OTEL_EXPORTER_OTLP_ENDPOINT", value: args.otlpEndpoint }],',
      'env: [{ name: "API_TOKEN", value: "Planted-Literal-4715" }, { name: "X_AUTH_TOKEN", value: "Planted-Literal-4715" }, { name: "URL", value: "https://user:Planted-Url-4716@example.invalid/" }],',
    );
    const { text } = await repository.preview({ stack: "dev", charts: standIns });
    assert.match(text, /values\.adminPassword holds a secret/);
    assert.match(text, /X.{0,2}AUTH.{0,2}TOKEN holds a secret in clear/);
    assertHoldsNone(text);
  });

  it("shows none that somebody wrote into the stack's file", async () => {
    repository.set("dev", { ...inUse, ...planted });
    const { text } = await repository.preview({ stack: "dev", charts: standIns });
    assert.match(text, /The program refuses this stack:[^]*must be encrypted/);
    assertHoldsNone(text);

    await repository.reset();
    repository.set("dev", {
      "lgtm:lgtmChartRepository": "https://u:Planted-Url-4716@example.invalid/charts",
    });
    const refused = await repository.preview({ stack: "dev", charts: standIns });
    assert.match(refused.text, /carries credentials in clear/);
    assertHoldsNone(refused.text);
  });
});
