/** Tests of lib/kubernetes/no-answer.ts. */
import assert from "node:assert/strict";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { KubeConfig } from "@kubernetes/client-node";
import { Cluster } from "../../../lib/kubernetes/cluster";
import { logIn } from "../../../lib/kubernetes/credential-plugin";
import { allKinds } from "../../../lib/kubernetes/discovery";
import { unreachable } from "../../../lib/kubernetes/no-answer";
import { ApiError, asCliError, CliError } from "../../../lib/terminal/errors";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import { Progress } from "../../../lib/terminal/progress";
import { type FakeCluster, fakeCluster, kubeconfigFor } from "../../ops/support/fake-cluster";

const clusters: FakeCluster[] = [];
async function clusterThat(...given: Parameters<typeof fakeCluster>): Promise<FakeCluster> {
  const made = await fakeCluster(...given);
  clusters.push(made);
  return made;
}

/** What a command would tell the user. */
async function told(work: Promise<unknown>): Promise<CliError> {
  const error = await work.then(
    () => assert.fail("it worked"),
    (reason: unknown) => asCliError(reason),
  );
  assert.doesNotMatch(error.message, /mistake in the command|\n\s+at /);
  assert.ok(error.fix !== undefined && error.fix !== "", error.message);
  return error;
}

afterEach(async () => {
  for (const one of clusters.splice(0)) await one.stop();
});

describe("a cluster that does not answer", () => {
  const asked = { context: "c", server: "https://k", kubectl: (line: string) => `kubectl ${line}` };
  const openssl =
    "write EPROTO 80:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:../deps/x.c:350:\n";
  for (const [code, message, reason, fix] of [
    ["ECONNREFUSED", "connect ECONNREFUSED 127.0.0.1:1", /does not answer/, /start it/],
    ["ENOTFOUND", "getaddrinfo ENOTFOUND k", /a name that nobody knows/, /VPN/],
    ["ETIMEDOUT", "connect ETIMEDOUT", /does not answer/, /firewall/],
    ["CERT_HAS_EXPIRED", "certificate has expired", /does not trust/, /kubeconfig again/],
    ["SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate", /does not trust/, /kubeconfig again/],
    [
      "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
      "alert number 116",
      /client certificate/,
      /expired/,
    ],
    ["EPROTO", openssl, /TLS as expected: wrong version number\.$/, /http or https/],
    [undefined, "no answer within 15 s", /does not answer/, /firewall/],
    [undefined, "socket hang up", /does not answer: socket hang up/, /start it/],
  ] as const) {
    it(`is told by its reason: ${message.split(":")[0] ?? ""}`, () => {
      const error = unreachable(asked, Object.assign(new Error(message), { code }));
      assert.equal(error.exitCode, exitCodes.unreachable);
      assert.match(error.message, reason);
      assert.match(error.fix ?? "", fix);
    });
  }

  it("is no Kubernetes when it answers with a page", async () => {
    const { cluster } = await clusterThat(() => ({ text: "<html>Log in, token=abcdef123</html>" }));
    const { message, exitCode } = await told(cluster.list("/api/v1/pods"));
    assert.match(message, /is no Kubernetes API server, or a proxy stands before it: <html>Log in/);
    assert.doesNotMatch(message, /abcdef123/);
    assert.equal(exitCode, exitCodes.unreachable);
  });

  for (const status of [429, 500, 503, 504]) {
    it(`is in trouble when it answers ${String(status)}`, async () => {
      const { cluster } = await clusterThat(() => ({ status, message: "etcd is away" }));
      const { message, fix, exitCode } = await told(cluster.list("/api/v1/pods"));
      assert.match(message, new RegExp(`answers ${String(status)} to /api/v1/pods: etcd is away`));
      assert.match(fix ?? "", /readyz/);
      assert.equal(exitCode, exitCodes.unreachable);
    });
  }

  it("refuses what was not expected to be refused, and says so", async () => {
    const { cluster } = await clusterThat(() => ({ status: 403, message: "pods is forbidden" }));
    const { exitCode, fix } = await told(cluster.get("/api/v1/pods"));
    assert.equal(exitCode, exitCodes.unreachable);
    assert.match(fix ?? "", /ask for the right/);
  });

  it("is well all the same when one of its extension APIs is not", async () => {
    const { cluster } = await clusterThat((path) => {
      const groupVersion = "metrics.k8s.io/v1beta1";
      const groups = [{ preferredVersion: { groupVersion } }];
      if (path === "/apis") return { object: { groups } };
      if (path === "/api/v1") return { object: { resources: [{ name: "pods", kind: "Pod" }] } };
      return { status: 503, message: "service unavailable" };
    });
    const { all } = await allKinds(cluster);
    assert.deepEqual(
      all.map(({ kind }) => kind),
      ["Pod"],
    );
    assert.deepEqual(cluster.forbidden, ["metrics.k8s.io/v1beta1: service unavailable"]);
  });
});

describe("credentials that end while a command runs", () => {
  /** Takes only the newest token; `hour` is what its clock says. */
  async function strict(valid: () => string, hour?: string): Promise<string> {
    const server = http.createServer((request, response) => {
      if (hour !== undefined) response.setHeader("date", hour);
      response.writeHead(request.headers.authorization === valid() ? 200 : 401);
      response.end("{}");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    servers.push(server);
    return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  }
  const servers: http.Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
  const { signal } = new AbortController();
  const headers = (authorization: string) => ({ headers: { authorization } });

  it("are asked for again, once for all that were refused", async () => {
    const url = await strict(() => "second");
    let times = 0;
    const renew = async () => {
      times += 1;
      return Promise.resolve(headers("second"));
    };
    const cluster = new Cluster("c", url, undefined, headers("first"), signal, renew);
    await Promise.all([cluster.get("/a"), cluster.get("/b"), cluster.get("/c")]);
    await cluster.get("/d");
    assert.equal(times, 1);
  });

  it("are refused credentials where nothing gives new ones", async () => {
    const url = await strict(() => "never");
    const cluster = new Cluster("c", url, undefined, headers("first"), signal);
    const { message, exitCode } = await told(cluster.get("/a"));
    assert.match(message, /refuses the credentials/);
    assert.equal(exitCode, exitCodes.unreachable);
  });

  it("tell how far the clocks are apart", async () => {
    const hour = new Date(Date.now() - 3_600_000).toUTCString();
    const url = await strict(() => "first", hour);
    const cluster = new Cluster("c", url, undefined, headers("first"), signal);
    await cluster.get("/a");
    assert.ok(Math.abs((cluster.clockSkew ?? 0) - 3600) < 10, String(cluster.clockSkew));
  });
});

describe("a kubeconfig that logs in with a program", function () {
  this.slow(2000);
  const progress = new Progress();
  after(() => {
    progress.end();
  });

  function configWith(exec: object): KubeConfig {
    const config = new KubeConfig();
    const given = JSON.parse(kubeconfigFor("http://127.0.0.1:9")) as { users: object[] };
    given.users = [{ name: "fake", user: { exec } }];
    config.loadFromString(JSON.stringify(given));
    return config;
  }
  const shell = (script: string) => configWith({ command: "sh", args: ["-c", script] });
  const signal = (): AbortSignal => new AbortController().signal;
  const logInWith = async (config: KubeConfig, stop = signal()): Promise<void> =>
    logIn(config, "kubectl get nodes", { progress, signal: stop });

  it("uses the token that it prints, and asks in the protocol's words", async () => {
    const config = shell(
      'echo "$KUBERNETES_EXEC_INFO" | grep -q ExecCredential && echo \'{"status":{"token":"abc"}}\'',
    );
    await logInWith(config);
    assert.equal(config.getCurrentUser()?.token, "abc");
    assert.equal(config.getCurrentUser()?.exec, undefined);
  });

  it("tells it which cluster, when it wants to know", async () => {
    const args = [
      "-c",
      'echo "$KUBERNETES_EXEC_INFO" | grep -q \'"server":"http://127.0.0.1:9"\' && echo \'{"status":{"token":"abc"}}\'',
    ];
    const config = configWith({ command: "sh", args, provideClusterInfo: true });
    await logInWith(config);
    assert.equal(config.getCurrentUser()?.token, "abc");
    await told(logInWith(configWith({ command: "sh", args })));
  });

  it("says which program is not installed, and how to get it", async () => {
    const installHint = "Install it:\n  brew install kubelogin";
    const config = configWith({ command: "no-such-kubelogin", installHint });
    const { message, fix } = await told(logInWith(config));
    assert.match(message, /logs in with the program no-such-kubelogin, which is not installed/);
    assert.equal(fix, "Install it: brew install kubelogin");
  });

  it("repeats what it says, and nothing of what it printed", async () => {
    const failed = await told(
      logInWith(shell("echo session expired, password=hunter22 >&2; exit 1")),
    );
    assert.match(failed.message, /failed: session expired, password=\[secret\]\.$/);
    const garbage = await told(logInWith(shell("echo token-4711")));
    assert.match(garbage.message, /it printed no credentials/);
    assert.doesNotMatch(garbage.message, /4711/);
  });

  it("ends it when the command ends", async () => {
    const stop = new AbortController();
    const hanging = logInWith(shell("exec sleep 60"), stop.signal);
    const reason = new CliError("out of time", { fix: "more" });
    setTimeout(() => {
      stop.abort(reason);
    }, 200);
    const started = performance.now();
    await assert.rejects(hanging, reason);
    assert.ok(performance.now() - started < 10_000);
  });
});

describe("an error that nobody foresaw", () => {
  it("keeps its stack trace, unless it is the cluster's", () => {
    assert.match(asCliError(new TypeError("x is not a function")).message, /mistake.*\n\s+at /);
    const refused = asCliError(new ApiError(409, "/api/v1/x", "conflict"));
    assert.equal(refused.message, "The cluster answers 409 to /api/v1/x: conflict");
    assert.equal(refused.exitCode, exitCodes.failed);
  });
});
