/** Tests of ops/commands/doctor/releases.ts. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { HelmRelease } from "../../../../lib/helm/release";
import { State, type StateResource } from "../../../../lib/pulumi/state";
import { CliError } from "../../../../lib/terminal/errors";
import { checkEngine } from "../../../../ops/commands/doctor/last-run";
import { checkReleases } from "../../../../ops/commands/doctor/releases";
import type { Stack } from "../../../../ops/stack";
import { before, hints, now } from "../../support/snapshots";

const place = { name: "my-lgtm", namespace: "lgtm" };
const urn = "urn:pulumi:dev::lgtm::kubernetes:helm.sh/v3:Release::lgtm";
const deployed: StateResource = { urn, type: "kubernetes:helm.sh/v3:Release", inputs: place };

function stackWith(parts: {
  readonly resources?: readonly StateResource[];
  readonly pending?: readonly { type: string; resource: StateResource }[];
  readonly backendFolder?: string;
}): Stack {
  const { resources = [], pending = [], backendFolder } = parts;
  return {
    name: "dev",
    title: "Stack dev",
    settings: { "lgtm:helmTimeoutSeconds": { value: "600", secret: false } },
    state: new State({ deployment: { resources, pending_operations: pending } }),
    access: {
      ...{ kind: "own", description: "", executable: "pulumi", folder: "/", environment: {} },
      backendFolder,
    },
  };
}

function release(status: string, more: Partial<HelmRelease> = {}): HelmRelease {
  return {
    ...place,
    ...{ revision: 2, status, description: "", deployed: before(60), lastGood: 1 },
    ...{ chart: "lgtm-distributed", version: "3.0.1", values: {}, objects: [], ...more },
  };
}

function judge(
  found: HelmRelease | undefined,
  { running = false, culprits = 0, resources = [deployed] } = {},
): string {
  const [finding] = checkReleases(
    [{ place, release: found }],
    stackWith({ resources }),
    { now, running, culprits },
    hints,
  );
  if (finding === undefined) return "nothing";
  const { level, symptom = "", message, words = [], fix = "" } = finding;
  return [`${level} ${symptom}`, message, ...words, fix].join("\n");
}

describe("doctor says of a Helm release", () => {
  it("that one which runs is well, and that one which was never made is none of its business", () => {
    assert.match(judge(release("deployed")), /^ok \nis deployed: revision 2, chart 3\.0\.1/);
    assert.equal(judge(undefined, { resources: [] }), "nothing");
  });

  it("that somebody has uninstalled it", () => {
    assert.match(
      judge(undefined),
      /^problem release-gone\n.*somebody has uninstalled it[^]*refresh/,
    );
  });

  it("that only Helm's record of it is gone, cannot be read, or may not be seen", () => {
    const annotations = {
      "meta.helm.sh/release-name": "my-lgtm",
      "meta.helm.sh/release-namespace": "lgtm",
    };
    const workloads = [
      { kind: "Deployment", metadata: { name: "a", namespace: "lgtm", annotations } },
      { kind: "Deployment", metadata: { name: "b", namespace: "lgtm" } },
    ];
    const found = (more: object) =>
      checkReleases(
        [{ place, release: undefined, ...more }],
        stackWith({ resources: [deployed] }),
        { now, running: false, culprits: 0, workloads },
        hints,
      );
    assert.match(found({})[0]?.message ?? "", /its record is gone, with 1 workload of it left/);
    assert.match(
      found({})[0]?.fix ?? "",
      /refresh.*up, which installs it again over what is there/,
    );
    assert.deepEqual(found({ hidden: true }), []);
    const unreadable = new CliError("no record", { fix: "delete it" });
    const [broken] = found({ unreadable });
    assert.deepEqual(
      [broken?.symptom, broken?.message, broken?.fix],
      ["release-unreadable", "no record", "delete it"],
    );
  });

  it("whether it is still waited for, may be, or was cut off", () => {
    assert.match(
      judge(release("pending-upgrade"), { running: true }),
      /^warning release-pending\n.*Helm waits for its pods, for at most 10 min/,
    );
    assert.match(
      judge(release("pending-upgrade")),
      /^problem release-pending\n.*If the deployment still runs elsewhere[^]*go back to revision 1/,
    );
    const old = release("pending-install", { deployed: before(3600), lastGood: undefined });
    assert.match(
      judge(old),
      /was interrupted: Helm would have given up by now[^]*it is uninstalled/,
    );
    assert.match(judge(release("uninstalling")), /removed to the end/);
  });

  it("more than 'context deadline exceeded'", () => {
    const late = release("failed", { description: "context deadline exceeded" });
    assert.match(
      judge(late, { culprits: 2 }),
      /ran out of time, waiting for what is named here\.\ncontext deadline exceeded\nresolve that/,
    );
    assert.match(
      judge(late),
      /everything is ready now: it only needed longer[^]*helmTimeoutSeconds/,
    );
    assert.match(judge(release("failed", { description: "no matches for kind" })), /no matches/);
  });
});

describe("doctor says of Pulumi", () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-backend-"));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });

  function lock(pid: number, hostname = os.hostname()): Stack {
    const locks = path.join(folder, ".pulumi", "locks", "organization", "lgtm", "dev");
    fs.mkdirSync(locks, { recursive: true });
    const content = { pid, hostname, username: "me", timestamp: before(300) };
    fs.writeFileSync(path.join(locks, "1.json"), JSON.stringify(content));
    return stackWith({ backendFolder: folder });
  }
  const symptoms = (stack: Stack): string[] =>
    checkEngine(stack, hints, now).map(({ level, symptom = "" }) => `${level} ${symptom}`);

  it("that it runs, here or elsewhere, or that it was killed and has left its lock", () => {
    const { title } = process;
    process.title = "pulumi";
    assert.deepEqual(symptoms(lock(process.pid)), ["warning update-running"]);
    process.title = title;
    // After a restart of the machine another program may have its id.
    assert.deepEqual(symptoms(lock(process.pid)), ["problem stack-locked"]);
    assert.deepEqual(symptoms(lock(999_999_999, "another-machine")), ["warning update-running"]);
    assert.deepEqual(symptoms(lock(999_999_999)), ["problem stack-locked"]);
    assert.deepEqual(symptoms(stackWith({ backendFolder: path.join(folder, "empty") })), []);
  });

  it("that it was cut off, and whether that still matters", () => {
    const pending = [{ type: "creating", resource: deployed }];
    const [open] = checkEngine(stackWith({ pending }), hints, now);
    assert.match(`${open?.level ?? ""} ${open?.message ?? ""}`, /^problem .*creating Release lgtm/);
    const [stale] = checkEngine(stackWith({ pending, resources: [deployed] }), hints, now);
    assert.equal(stale?.level, "warning");
    assert.match(stale.fix ?? "", /--clear-pending-creates/);
  });
});
