// What doctor shows of logs, from an imitated cluster.
import assert from "node:assert/strict";
import { Cluster } from "../../../../lib/kubernetes/cluster";
import { knownSecrets } from "../../../../lib/secrets/known-secrets";
import { Stopped } from "../../../../lib/terminal/errors";
import { withLogs } from "../../../../ops/commands/doctor/logs";
import { ended } from "../../support/ended-pod";
import { type Answer, type FakeCluster, fakeCluster } from "../../support/fake-cluster";

describe("doctor and logs: it", () => {
  let made: FakeCluster | undefined;
  async function clusterThat(
    answers: (path: string, query: URLSearchParams) => Answer | undefined,
  ): Promise<FakeCluster> {
    made = await fakeCluster(answers);
    return made;
  }
  afterEach(async () => {
    await made?.stop();
    made = undefined;
  });

  it("shows the last lines of the container that ended, with the cluster's secrets hidden", async () => {
    const password = "Planted-Password-4711";
    const { cluster, asked } = await clusterThat((path, query) => {
      if (path.endsWith("/secrets"))
        return { object: { items: [{ data: { p: Buffer.from(password).toString("base64") } }] } };
      if (query.get("previous") === "true")
        return { text: `start\nlogin with ${password}\npanic\n` };
      return { text: "running" };
    });
    const secrets = await knownSecrets(cluster, ["lgtm"]);
    const [told] = await withLogs([{ ...ended, words: [`said ${password}`] }], cluster, secrets);
    assert.deepEqual(told?.words, ["said [secret]", "start", "login with [secret]", "panic"]);
    assert.ok(asked.some((path) => path.includes("fieldSelector=type%21%3Dhelm.sh")));
  });

  it("says where a log cannot be had, and goes on", async () => {
    const { cluster } = await clusterThat((path) =>
      path.endsWith("/log") ? { status: 500, message: "dial tcp: i/o timeout" } : undefined,
    );
    const [refused] = await withLogs([ended], cluster, []);
    assert.match(refused?.words?.join() ?? "", /its log cannot be read: .*i\/o timeout/);
    const silent = new Cluster("fake", "http://127.0.0.1:9", undefined, {}, AbortSignal.any([]));
    const [unheard] = await withLogs([ended], silent, []);
    assert.match(unheard?.words?.join() ?? "", /its log cannot be read: .*does not answer/);
  });

  it("does not wait long for a kubelet that is silent", async () => {
    const { cluster } = await clusterThat(() => ({ hangs: true }));
    const started = performance.now();
    const [silent] = await withLogs([ended], cluster, []);
    assert.match(silent?.words?.join() ?? "", /its log cannot be read: .*no answer within 5 s/);
    assert.ok(performance.now() - started < 10_000);
  }).slow(12_000);

  it("does not take the end of the command for a log that cannot be read", async () => {
    const stop = new AbortController();
    stop.abort(Stopped.interrupted());
    const cluster = new Cluster("fake", "http://127.0.0.1:9", undefined, {}, stop.signal);
    await assert.rejects(withLogs([ended], cluster, []), Stopped);
  });
});
