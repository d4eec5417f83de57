/** Tests of lib/secrets/known-secrets.ts. */
import assert from "node:assert/strict";
import { knownSecrets } from "../../../lib/secrets/known-secrets";
import { formsOf } from "../../../lib/secrets/mask";
import type { PodFinding } from "../../../ops/commands/doctor/findings";
import { withLogs } from "../../../ops/commands/doctor/logs";
import { inShort, showBoth } from "../../../ops/commands/drift/findings";
import { ended } from "../../ops/support/ended-pod";
import { type Answer, type FakeCluster, fakeCluster } from "../../ops/support/fake-cluster";

const clusters: FakeCluster[] = [];
async function clusterThat(answers: (path: string) => Answer | undefined): Promise<FakeCluster> {
  const made = await fakeCluster(answers);
  clusters.push(made);
  return made;
}
afterEach(async () => {
  for (const one of clusters.splice(0)) await one.stop();
});

describe("a log", () => {
  it("hides secrets of several lines, line by line, escaped, within JSON, and where a line is cut", async () => {
    const lineOfKey = "MIIEvPlantedLineOfAKey4711";
    const key = `-----BEGIN PRIVATE KEY-----\n${lineOfKey}\n-----END PRIVATE KEY-----\n`;
    const keyFile = JSON.stringify({ type: "service_account", private_key: key });
    const long = "Planted-Long-".repeat(4);
    const data = { file: keyFile, key, long };
    const encoded = Object.entries(data).map(
      ([name, value]) => [name, Buffer.from(value).toString("base64")] as const,
    );
    const { cluster } = await clusterThat((path) =>
      path.endsWith("/secrets")
        ? { object: { items: [{ data: Object.fromEntries(encoded) }] } }
        : {
            text: [lineOfKey, JSON.stringify({ said: key }), keyFile, "x".repeat(280) + long].join(
              "\n",
            ),
          },
    );
    const secrets = await knownSecrets(cluster, ["lgtm"]);
    const [told] = await withLogs([ended], cluster, secrets);
    const words = told?.words ?? [];
    assert.equal(words.length, 4);
    assert.doesNotMatch(words.join("\n"), /Planted/);
  });

  it("hides short lines of secrets, a line break at their end left aside, and texts deep in JSON", async () => {
    const data = {
      // As from `echo planted1 | base64`.
      broken: "planted1\n",
      file: "user\nplanted two\n",
      json: JSON.stringify({ auths: { host: { auth: "planted3" } } }),
    };
    const encoded = Object.entries(data).map(
      ([name, value]) => [name, Buffer.from(value).toString("base64")] as const,
    );
    const { cluster } = await clusterThat((path) =>
      path.endsWith("/secrets")
        ? { object: { items: [{ data: Object.fromEntries(encoded) }] } }
        : { text: "user planted1\nwith planted two\nand planted3" },
    );
    const secrets = await knownSecrets(cluster, ["lgtm"]);
    const [told] = await withLogs([ended], cluster, secrets);
    assert.deepEqual(told?.words, ["user [secret]", "with [secret]", "and [secret]"]);
  });

  it("shows nothing that a container has said where Secrets may not be read", async () => {
    const { cluster, asked } = await clusterThat((path) =>
      path.endsWith("/secrets")
        ? { status: 403, message: "secrets is forbidden" }
        : { text: "login with Planted-4711" },
    );
    const secrets = await knownSecrets(cluster, ["lgtm"]);
    const crash: PodFinding = { ...ended, words: ["panic: Planted-4711"] };
    const unready: PodFinding = { ...ended, symptom: "not-ready", words: ["probe failed"] };
    const elsewhere: PodFinding = {
      ...ended,
      object: "pod otel/b",
      log: { namespace: "otel", pod: "b", container: "c", previous: false },
    };
    const found = await withLogs([crash, unready, elsewhere], cluster, secrets);
    const unread =
      "(its log is not shown: Secrets may not be read here, so what is secret in it is not known)";
    assert.deepEqual(
      found.map(({ words }) => words),
      [[unread], ["probe failed", unread], ["login with Planted-4711"]],
    );
    assert.ok(!asked.some((path) => path.startsWith("/api/v1/namespaces/lgtm/pods")));
  });
});

describe("a difference with a value of a Secret in it", () => {
  it("is shown without it, also where the value has something like a password inside", () => {
    const value = 'Planted, password=one, "Planted"';
    const shown = inShort(
      {
        ...{ from: "helm", change: "added", object: "deployment lgtm/x", field: `args[${value}]` },
        ...showBoth(undefined, ["--requirepass", value], false),
        owner: undefined,
      },
      formsOf(value),
    );
    assert.equal(shown.live, '["--requirepass","[secret]"]');
    assert.equal(shown.field, "args[[secret]]");
  });

  it("is shown without a password in the line where a long text begins to differ", () => {
    const text = (password: string): string => `one: 1\ntwo: 2\npassword: ${password}\n`;
    const shown = inShort(
      {
        ...{ from: "helm", change: "changed", object: "configmap lgtm/x", field: 'data["a.yaml"]' },
        ...showBoth(text("abc"), text("xyz"), false),
        owner: undefined,
      },
      [],
    );
    assert.equal(shown.live, "line 3: password: [secret]");
  });
});
