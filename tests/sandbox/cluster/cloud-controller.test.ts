/** Tests of sandbox/cluster/cloud-controller.ts. */
import assert from "node:assert/strict";
import { restartCloudController } from "../../../sandbox/cluster/control-plane";
import { createTestSandbox, stopTestSandboxes, type TestSandbox } from "../support/test-sandbox";

describe("load balancers on a cluster that assigns no addresses", function () {
  this.timeout(180_000);
  this.slow(60_000);
  let sandbox: TestSandbox;

  before(async function () {
    sandbox = await createTestSandbox(this, { stack: "tutorial", loadBalancer: false });
  });
  after(stopTestSandboxes);

  it("do not keep up waiting, and the outputs say what to do", async () => {
    const { outputs, summary } = await sandbox.stack.up();
    assert.equal(summary.result, "succeeded");
    for (const [output, service] of [
      ["grafanaIp", "-n lgtm service/my-lgtm-grafana"],
      ["grafanaUrl", "-n lgtm service/my-lgtm-grafana"],
      ["demoUrl", "-n flask-app service/my-flask-app"],
    ] as const) {
      const value = String(outputs[output]?.value);
      assert.match(value, /^pending: the cluster has assigned no address/, output);
      // On the cluster that the stack names, wherever kubectl points by itself.
      assert.match(value, /kubectl (--kubeconfig \S+ )?--context \S+ describe /, output);
      assert.ok(value.includes(`describe ${service}`), `${output}: ${value}`);
    }
  });

  it("appear in the outputs of the next up once there is an address", async () => {
    await restartCloudController(sandbox.paths, true);
    const where = ["get", "service", "my-lgtm-grafana", "--namespace=lgtm"];
    await sandbox.kubectl(
      ...["wait", "service/my-lgtm-grafana", "--namespace=lgtm", "--timeout=60s"],
      "--for=jsonpath={.status.loadBalancer.ingress[0].ip}",
    );
    const { status } = await sandbox.json<{
      status: { loadBalancer: { ingress: { ip: string }[] } };
    }>(...where);
    const { outputs } = await sandbox.stack.up();
    const ip = status.loadBalancer.ingress[0]?.ip;
    assert.equal(outputs["grafanaIp"]?.value, ip);
    assert.equal(outputs["grafanaUrl"]?.value, `http://${String(ip)}`);
  });
});
