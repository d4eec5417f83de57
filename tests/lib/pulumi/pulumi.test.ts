/** Tests of lib/pulumi/pulumi.ts. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { identify } from "../../../lib/process/process-identity";
import { explain, localFolder, type PulumiAccess, run } from "../../../lib/pulumi/pulumi";

const own = { executable: "pulumi", kind: "own" } as const;

describe("the Pulumi CLI", () => {
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

  describe("its runner", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-pulumi-"));
    after(() => {
      fs.rmSync(folder, { recursive: true });
    });

    /** A CLI that is a script of a few lines. */
    function scripted(lines: string): PulumiAccess {
      const executable = path.join(fs.mkdtempSync(path.join(folder, "cli-")), "pulumi");
      fs.writeFileSync(executable, `#!/bin/sh\n${lines}\n`, { mode: 0o700 });
      const { PATH } = process.env;
      return {
        kind: "own",
        description: "of a test",
        executable,
        folder,
        environment: { PATH },
        backendFolder: undefined,
      };
    }
    const never = new AbortController().signal;

    it("gives it its input, its flags, and no environment but its own", async () => {
      const cli = scripted('echo "$* HOME=$HOME"; cat');
      const { stdout, failed } = await run(cli, ["config", "set", "key"], never, { input: "text" });
      assert.equal(stdout, "config set key --non-interactive --color=never HOME=\ntext");
      assert.equal(failed, false);
      assert.match((await run(scripted("cat; echo end"), ["up"], never)).stdout, /^end$/);
    });

    it("hands out events, and nothing else that is printed", async () => {
      const cli = scripted(
        'echo "{"; echo \'{"sequence":1,"timestamp":1,"cancelEvent":{}}\'; echo broken; echo why >&2; exit 3',
      );
      const events: unknown[] = [];
      const result = await run(cli, ["destroy"], never, { onEvent: (event) => events.push(event) });
      assert.deepEqual(events, [{ sequence: 1, timestamp: 1, cancelEvent: {} }]);
      assert.deepEqual(result, {
        failed: true,
        exitCode: 3,
        code: undefined,
        stdout: "",
        stderr: "why",
      });
    });

    it("interrupts a command that changes something, and waits for its own end", async () => {
      const ended = path.join(folder, "ended");
      const cli = scripted(
        `end() { sleep 0.3; echo '{"sequence":2}'; touch ${ended}; exit 0; }; trap end INT\n` +
          `echo '{"sequence":1}'; while :; do sleep 0.1; done`,
      );
      const stop = new AbortController();
      const events: unknown[] = [];
      const reason = new Error("Ctrl-C");
      const onEvent = (event: object): void => {
        events.push(event);
        stop.abort(reason);
      };
      await assert.rejects(run(cli, ["up"], stop.signal, { onEvent, changes: true }), reason);
      assert.ok(fs.existsSync(ended));
      assert.equal(events.length, 2);
      await assert.rejects(run(scripted("touch started"), ["up"], stop.signal), reason);
      assert.ok(!fs.existsSync(path.join(folder, "started")));
    });

    it("leaves nothing behind when we have to leave at once", async () => {
      const cli = scripted("sleep 60 & echo $! > child; echo $$ > parent; wait");
      const listeners = process.listeners("exit");
      const running = run(cli, ["up"], never, { changes: true });
      const pid = async (name: string): Promise<number> => {
        for (;;) {
          const text = fs.existsSync(path.join(folder, name))
            ? fs.readFileSync(path.join(folder, name), "utf8")
            : "";
          if (text.endsWith("\n")) return Number(text);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      };
      const pids = await Promise.all([pid("child"), pid("parent")]);
      const leave = process.listeners("exit").find((one) => !listeners.includes(one));
      leave?.(130);
      await running;
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.deepEqual(pids.map(identify), [undefined, undefined]);
      assert.deepEqual(process.listeners("exit"), listeners);
    });
  });
});
