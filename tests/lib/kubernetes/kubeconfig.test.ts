/** Tests: kubeconfigs of every form that kubectl takes, as far as the server that answers. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { connectTo } from "../../../lib/kubernetes/open-cluster";
import type { CliError } from "../../../lib/terminal/errors";

describe("a kubeconfig", function () {
  // The client library is loaded at the first use.
  this.timeout(30_000);
  let folder: string;
  let server: http.Server;
  let url: string;
  let seen: http.IncomingHttpHeaders = {};
  const ofUser = process.env["KUBECONFIG"];

  before(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-kubeconfig-"));
    server = http.createServer(({ headers }, response) => {
      seen = headers;
      response.end("{}");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });

  afterEach(() => {
    if (ofUser === undefined) delete process.env["KUBECONFIG"];
    else process.env["KUBECONFIG"] = ofUser;
  });

  after(() => {
    server.closeAllConnections();
    server.close();
    fs.rmSync(folder, { recursive: true });
  });

  const write = (name: string, text: string, mode = 0o600): string => {
    const file = path.join(folder, name);
    fs.writeFileSync(file, text, { mode });
    return file;
  };
  const kubeconfig = (user: object, at = url, context = "here"): string =>
    JSON.stringify({
      clusters: [{ name: "c", cluster: { server: at, "insecure-skip-tls-verify": true } }],
      users: [{ name: "u", user }],
      contexts: [{ name: context, context: { cluster: "c", user: "u" } }],
      "current-context": context,
    });
  /** The headers of a request with kubectl's own files, or with one that settings name. */
  const ask = async (given?: string): Promise<http.IncomingHttpHeaders> => {
    const { cluster } = await connectTo(
      { context: "here", kubeconfig: given },
      {
        folder,
        progress: { step: undefined, begin: () => undefined },
        signal: new AbortController().signal,
      },
    );
    try {
      await cluster.get("/version");
      return seen;
    } finally {
      cluster.close();
    }
  };

  it("is several files: the first says, and missing, empty and repeated ones say nothing", async () => {
    const one = write("one.yaml", kubeconfig({ token: "first" }));
    const same = write("same.yaml", kubeconfig({ token: "other" }, "http://192.0.2.1", "there"));
    const empty = write("empty.yaml", "");
    for (const list of [
      [one, same],
      [path.join(folder, "gone.yaml"), one],
      [empty, one],
      [one, one],
      ["", one],
    ]) {
      process.env["KUBECONFIG"] = list.join(path.delimiter);
      assert.equal((await ask()).authorization, "Bearer first", process.env["KUBECONFIG"]);
    }
  });

  it("that is broken is told by its name, without what is in it", async () => {
    process.env["KUBECONFIG"] = write("broken.yaml", "users: {token: hunter2\n  :-");
    await assert.rejects(ask(), ({ message, fix = "" }: CliError) => {
      assert.match(message, /broken\.yaml: cannot be read as a kubeconfig/);
      assert.doesNotMatch(message, /hunter2/);
      return fix.includes("kubectl config view");
    });
  });

  it("has paths from where it is: of tokens, and of programs with a slash", async () => {
    write("token", "from-file\n");
    const answer = { kind: "ExecCredential", status: { token: "from-program" } };
    write("login", `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`, 0o700);
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "./login" };
    for (const [user, token] of [
      [{ tokenFile: "token" }, "from-file"],
      [{ token: "ended", tokenFile: path.join(folder, "token") }, "from-file"],
      [{ exec }, "from-program"],
    ] as const) {
      const file = write("paths.yaml", kubeconfig(user));
      process.env["KUBECONFIG"] = file;
      assert.equal((await ask()).authorization, `Bearer ${token}`);
      delete process.env["KUBECONFIG"];
      // From the settings too, as a path and as text.
      assert.equal((await ask("paths.yaml")).authorization, `Bearer ${token}`);
      assert.equal((await ask(kubeconfig(user))).authorization, `Bearer ${token}`);
    }
  });

  it("lets somebody act as another, with groups, uid and the rest", async () => {
    const as = {
      as: "jane",
      "as-groups": ["dev", "ops"],
      "as-uid": "17",
      "as-user-extra": { "example.org/scope": ["a"] },
    };
    const headers = await ask(kubeconfig({ token: "t", ...as }));
    assert.equal(headers["impersonate-user"], "jane");
    assert.equal(headers["impersonate-group"], "dev, ops");
    assert.equal(headers["impersonate-uid"], "17");
    assert.equal(headers["impersonate-extra-example.org%2fscope"], "a");
    const status = { token: "from-program" };
    const args = ["-c", `echo '${JSON.stringify({ kind: "ExecCredential", status })}'`];
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "sh", args };
    const after = await ask(kubeconfig({ exec, ...as }));
    assert.equal(after.authorization, "Bearer from-program");
    assert.equal(after["impersonate-user"], "jane");
    assert.equal(after["impersonate-group"], "dev, ops");
  });
});
