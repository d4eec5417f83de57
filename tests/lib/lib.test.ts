import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { commands } from "../../ops/main";
import { exitCodes, meanings } from "../../lib/terminal/exit-codes";
import { parseSeconds } from "../../lib/terminal/flags";
import { locksIn, mayRun } from "../../lib/pulumi/locks";
import { Progress } from "../../lib/terminal/progress";
import { explain, localFolder } from "../../lib/pulumi/pulumi";
import { parseQuantity, showBytes, showCpu } from "../../lib/kubernetes/quantity";
import { ago, duration, list, table } from "../../lib/terminal/screen";
import { formsOf, hidden, isSecretName, mask } from "../../lib/secrets/mask";
import { State } from "../../lib/pulumi/state";
import { projectRoot } from "../../lib/project-root";

const own = { executable: "pulumi", kind: "own" } as const;

describe("the layer below the commands", () => {
  it("gives every exit code once, with a meaning, in the code and in the documentation", () => {
    const codes = Object.values(exitCodes);
    assert.equal(new Set(codes).size, codes.length);
    const page = fs.readFileSync(path.join(projectRoot, "docs", "day-two.md"), "utf8");
    for (const code of codes)
      assert.match(page, new RegExp(`^\\| +${String(code)} +\\| ${meanings[code]}`, "m"));
  });

  it("has a script in package.json for every command", () => {
    const file = path.join(projectRoot, "package.json");
    const { scripts } = JSON.parse(fs.readFileSync(file, "utf8")) as {
      scripts: Record<string, string>;
    };
    for (const { name } of commands)
      assert.match(scripts[name] ?? "", new RegExp(`main.ts ${name}$`));
  });

  it("hides secrets in text, by value, by name and inside URLs", () => {
    const known = ["correct-horse", "correct-horse-battery"];
    const cases = [
      ["the key is correct-horse-battery.", `the key is ${hidden}.`],
      ["GET http://admin:hunter22@loki/push", `GET http://${hidden}@loki/push`],
      ["password=abc123 user=me", `password=${hidden} user=me`],
      ['{"admin-password":"abc123"}', `{"admin-password":${hidden}}`],
      ["secret_access_key: AKIA/xyz", `secret_access_key: ${hidden}`],
      ["Authorization: Bearer eyJhbGciOi.x.y", `Authorization: Bearer ${hidden}`],
      ["level=error msg=unhealthy", "level=error msg=unhealthy"],
      ["private_key=abc private-key: def", `private_key=${hidden} private-key: ${hidden}`],
      ["credential=abc, aws_credentials: a1b2", `credential=${hidden}, aws_credentials: ${hidden}`],
      ['{"credentials":"a b"}', `{"credentials":${hidden}}`],
      ["credentials: none", "credentials: none"],
      ["no valid credentials: access denied", "no valid credentials: access denied"],
    ] as const;
    for (const [text, expected] of cases) assert.equal(mask(text, known), expected);
  });

  it("knows a secret in every form in which it may be logged", () => {
    const secret = 'first <line>\n"second" line\nthird';
    const logged = [
      secret,
      JSON.stringify(secret),
      JSON.stringify(secret).replaceAll("<", "\\u003c").replaceAll(">", "\\u003e"),
      '  "second" line',
      `https://host/?p=${encodeURIComponent(secret)}`,
      Buffer.from(`x${secret}`).toString("base64"),
    ];
    const forms = formsOf(secret);
    for (const text of logged)
      assert.ok(mask(text, forms).includes(hidden), `${text} is not known again`);
    assert.ok(!forms.includes("third"), "a short line may be an ordinary word");
    // Half of a surrogate pair cannot be in a URL, which is no reason to fail.
    assert.ok(formsOf("abc\ud800def").length > 0);
  });

  it("tells names of secrets from names of where a secret is", () => {
    const secret = ["GF_SECURITY_ADMIN_PASSWORD", "accessKey", "api_key", "clientSecret", "token"];
    const harmless = ["secretName", "existingSecret", "passwordKey", "image", "serviceAccountName"];
    assert.deepEqual(secret.filter(isSecretName), secret);
    assert.deepEqual(harmless.filter(isSecretName), []);
  });

  it("reads quantities as Kubernetes does", () => {
    const cases: [unknown, number | undefined][] = [
      ["500m", 0.5],
      ["1Gi", 2 ** 30],
      ["1024Mi", 2 ** 30],
      ["1.5", 1.5],
      ["2e3", 2000],
      ["1k", 1000],
      [3, 3],
      ["3 apples", undefined],
      ["", undefined],
    ];
    for (const [text, expected] of cases) assert.equal(parseQuantity(text), expected, String(text));
    assert.deepEqual([showCpu(0.25), showCpu(1.5), showCpu(0)], ["250m", "1.5", "0"]);
    assert.deepEqual([showBytes(96 * 2 ** 20), showBytes(1.5 * 2 ** 30)], ["96 MiB", "1.5 GiB"]);
  });

  it("explains why Pulumi did not answer, and with which exit code", () => {
    const cases = [
      ["error: no stack named 'dev' found", 6, /There is no stack dev/],
      ["error: failed to load checkpoint: EOF", 1, /killed while it wrote/],
      ["error: passphrase must be set with PULUMI_CONFIG_PASSPHRASE", 1, /passphrase is missing/],
      ["error: PULUMI_ACCESS_TOKEN must be set for login", 1, /not logged in/],
      ["error: something else", 1, /failed with exit code 255: something else/],
    ] as const;
    for (const [stderr, code, text] of cases) {
      const failure = explain(own, ["stack", "export"], { exitCode: 255, stderr });
      assert.match(failure.message, text);
      assert.equal(failure.exitCode, code);
    }
    const absent = explain(own, [], { code: "ENOENT", stderr: "" });
    assert.match(absent.message, /not installed/);
    assert.match(absent.fix ?? "", /npm run sandbox/);
  });

  it("finds the folder of a file backend", () => {
    assert.equal(localFolder("file:///srv/state", "/project"), "/srv/state");
    assert.equal(localFolder("file://state", "/project"), "/project/state");
    assert.equal(localFolder("file://~", "/project"), os.homedir());
    assert.equal(localFolder("s3://bucket", "/project"), undefined);
  });

  it("reads who holds a lock from Pulumi's complaint, and knows a dead process of this machine", () => {
    const dead = `error: the stack is currently locked by 1 lock(s).\n  file:///x.json: created by me@${os.hostname()} (pid 999999999) at 2026-11-24T19:40:05Z`;
    const locks = locksIn(dead);
    assert.deepEqual(
      locks.map(({ username }) => username),
      ["me"],
    );
    assert.deepEqual(locks.filter(mayRun), []);
    // After a restart of the machine its id may be anybody's.
    assert.equal(mayRun({ pid: process.pid, hostname: os.hostname() }), false);
    assert.equal(mayRun({ pid: 999_999_999, hostname: "another-machine" }), true);
    assert.deepEqual(locksIn("error: update failed"), []);
  });

  it("takes whole seconds for --timeout", () => {
    assert.equal(parseSeconds("30"), 30);
    for (const wrong of ["0", "-1", "1.5", "abc", "999999"])
      assert.throws(() => parseSeconds(wrong));
  });

  it("says times, lists and tables briefly", () => {
    assert.deepEqual([35, 240, 10_800, 200_000].map(duration), ["35 s", "4 min", "3 h", "2 days"]);
    assert.equal(ago(undefined, new Date()), "at an unknown time");
    assert.equal(list(["a", "b", "c"]), "a, b and c");
    assert.equal(list(["a", "b", "c"], 2), "a, b and 1 more");
    assert.deepEqual(table(["A", "B"], [["1", "two"]]).split("\n"), ["A  B", "1  two"]);
  });

  it("knows what of a state is the program's own", () => {
    const type = (name: string): object => ({
      urn: `urn:pulumi:dev::lgtm::${name}::x`,
      type: name,
    });
    const state = new State({
      deployment: {
        resources: [
          type("pulumi:pulumi:Stack"),
          type("kubernetes:core/v1:Namespace"),
          type("kubernetes:helm.sh/v3:Release"),
          { ...type("kubernetes:core/v1:Service"), external: true },
          { ...type("kubernetes:apps/v1:Deployment"), protect: true },
        ] as never,
      },
    });
    assert.deepEqual(
      state.objects.map((one) => one.type),
      ["kubernetes:core/v1:Namespace", "kubernetes:apps/v1:Deployment"],
    );
    assert.equal(state.releases.length, 1);
    assert.equal(state.protectedResources.length, 1);
    assert.equal(new State({ deployment: { resources: null } }).isDeployed, false);
  });

  it("shows no progress before two seconds, and none on a line of its own that has not ended", async () => {
    const written: string[] = [];
    const stream = { isTTY: false, write: (text: string) => written.push(text) };
    const progress = new Progress(stream as unknown as NodeJS.WriteStream);
    progress.begin("quick");
    await new Promise((resolve) => setTimeout(resolve, 2200));
    progress.begin("slow");
    progress.begin("slow", "one done");
    progress.begin("slow", "");
    progress.end();
    assert.deepEqual(written, ["quick ...\n", "slow ...\n", "one done\n"]);
  });
});
