/** Tests: the policy pack, as Pulumi runs it. */
import * as assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as path from "node:path";
import * as readline from "node:readline";
import * as grpc from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import {
  type AnalyzerInfo,
  AnalyzeRequest,
  type AnalyzeResponse,
  AnalyzerResource,
  AnalyzerResourceOptions,
  AnalyzeStackRequest,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { projectRoot } from "../../lib/project-root";
import { rules } from "../../policy/rules";

/** What Pulumi's own host for Node runs a pack with; asked here as the engine asks it. */
const runner = path.join(projectRoot, "node_modules/@pulumi/pulumi/cmd/run-policy-pack/index.js");

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

function options(protect = false): AnalyzerResourceOptions {
  const made = new AnalyzerResourceOptions();
  made.setProtect(protect);
  return made;
}

async function ask<T>(
  call: (done: (error: grpc.ServiceError | null, answer: T) => void) => unknown,
): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, answer) => {
      if (error === null) resolve(answer);
      else reject(error);
    });
  });
}

describe("the policy pack, as Pulumi runs it", function () {
  this.timeout(30_000);
  this.slow(5000);
  let child: ChildProcess;
  let client: AnalyzerClient;

  before(async () => {
    const folder = path.join(projectRoot, "policy");
    child = spawn(process.execPath, [runner, "127.0.0.1:1", "."], {
      cwd: folder,
      stdio: ["ignore", "pipe", "inherit"],
    });
    assert.ok(child.stdout);
    const [port] = (await once(readline.createInterface({ input: child.stdout }), "line")) as [
      string,
    ];
    client = new AnalyzerClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  });
  after(() => {
    client.close();
    child.kill();
  });

  async function analyze(
    type: string,
    stack: string,
    props: Record<string, JavaScriptValue>,
  ): Promise<string[]> {
    const request = new AnalyzeRequest();
    request.setType(type);
    request.setName("it");
    request.setUrn(`urn:pulumi:${stack}::lgtm::${type}::it`);
    request.setProperties(Struct.fromJavaScript(props));
    request.setOptions(options());
    const answer = await ask<AnalyzeResponse>((done) => client.analyze(request, done));
    return answer
      .getDiagnosticsList()
      .map((found) => `${found.getPolicyname()}: ${found.getMessage()}`);
  }

  it("has every rule, with its severity", async () => {
    const info = await ask<AnalyzerInfo>((done) => client.getAnalyzerInfo(new Empty(), done));
    assert.equal(info.getName(), "lgtm");
    assert.deepEqual(
      info.getPoliciesList().map((policy) => [policy.getName(), policy.getEnforcementlevel()]),
      rules.map(({ id, severity }) => [id, severity === "mandatory" ? 1 : 0]),
    );
  });

  it("reports a violation with its fix", async () => {
    const found = await analyze("kubernetes:core/v1:Service", "dev", {
      spec: { type: "NodePort" },
    });
    assert.equal(found.length, 1);
    assert.match(found[0] ?? "", /no-public-service: [^]*NodePort[^]*Fix: .*ClusterIP/);
  });

  it("knows the tutorial's exemptions by the stack's name", async () => {
    const props = { metadata: { name: "x" }, spec: { type: "LoadBalancer" } };
    const type = "kubernetes:core/v1:Service";
    assert.equal((await analyze(type, "dev", props)).length, 1);
    const grafana = new AnalyzeRequest();
    grafana.setType(type);
    grafana.setName("lgtm-grafana");
    grafana.setUrn(`urn:pulumi:tutorial::lgtm::${type}::lgtm-grafana`);
    grafana.setProperties(Struct.fromJavaScript(props));
    grafana.setOptions(options());
    const answer = await ask<AnalyzeResponse>((done) => client.analyze(grafana, done));
    assert.deepEqual(answer.getDiagnosticsList(), []);
  });

  it("goes on where a value is not known before the deployment", async () => {
    const found = await analyze("kubernetes:helm.sh/v3:Release", "dev", {
      chart: "x",
      version: "1.0.0",
      values: { grafana: { admin: { existingSecret: unknown }, adminPassword: "admin" } },
    });
    assert.match(found.join("\n"), /no-default-credentials/);
    assert.doesNotMatch(found.join("\n"), /can't run/);
  });

  it("judges the whole stack where a rule needs it", async () => {
    const resource = (type: string, name: string, props: Record<string, JavaScriptValue>) => {
      const made = new AnalyzerResource();
      made.setType(type);
      made.setName(name);
      made.setUrn(`urn:pulumi:prod::lgtm::${type}::${name}`);
      made.setProperties(Struct.fromJavaScript(props));
      made.setOptions(options());
      return made;
    };
    const request = new AnalyzeStackRequest();
    request.setResourcesList([
      resource("kubernetes:core/v1:Namespace", "lgtm", { metadata: { name: "lgtm" } }),
      resource("kubernetes:helm.sh/v3:Release", "lgtm", {
        chart: "lgtm-distributed",
        namespace: "lgtm",
      }),
    ]);
    const answer = await ask<AnalyzeResponse>((done) => client.analyzeStack(request, done));
    const found = answer
      .getDiagnosticsList()
      .map((one) => `${one.getPolicyname()} ${one.getUrn()}`);
    assert.deepEqual(found, [
      "prod-data-protected urn:pulumi:prod::lgtm::kubernetes:core/v1:Namespace::lgtm",
      "prod-data-protected urn:pulumi:prod::lgtm::kubernetes:helm.sh/v3:Release::lgtm",
    ]);
  });
});
