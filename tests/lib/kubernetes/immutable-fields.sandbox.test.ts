/** Tests of lib/kubernetes/immutable-fields.ts. */
import assert from "node:assert/strict";
import { execa } from "execa";
import type { KubeObject } from "../../../lib/kubernetes/objects";
import { volumeProvisioner } from "../../../sandbox/cluster/cluster-objects";
import {
  createTestSandbox,
  stopTestSandboxes,
  type TestSandbox,
} from "../../sandbox/support/test-sandbox";
import { requireTools } from "../../support/tools";
import { until } from "../../support/until";
import { type Pair, pairs } from "./immutable-pairs";

/** In one call for all objects: what the server took, and its words to each that it did not. */
interface Applied {
  readonly stderr: string;
  readonly taken: ReadonlySet<string>;
  readonly words: ReadonlyMap<string, string>;
}

type Direction = "forth" | "back";

const namespace = "pairs";

function nameOf(index: number, direction: Direction): string {
  return `p${String(index)}-${direction}`;
}

/** One side of every pair, under a name of its own. */
function named(direction: Direction, side: (pair: Pair) => KubeObject): KubeObject[] {
  return pairs.map((pair, index) => ({
    ...side(pair),
    metadata: { ...side(pair).metadata, name: nameOf(index, direction) },
  }));
}

describe("changes that the API server refuses, asked of the API server", function () {
  this.timeout(180_000);
  this.slow(60_000);
  let sandbox: TestSandbox;
  let kubectl: string;
  const answers = new Map<string, Applied>();

  /** Merges three ways, as Helm does: the last version, the next one, and what is there. */
  async function apply(objects: readonly object[], ...more: string[]): Promise<Applied> {
    const list = { apiVersion: "v1", kind: "List", items: objects };
    const { stdout, stderr } = await execa(
      kubectl,
      [
        ...["--kubeconfig", sandbox.paths.kubeconfig, "--namespace", namespace],
        ...["apply", "--filename=-", "--output=name", ...more],
      ],
      { input: JSON.stringify(list), reject: false },
    );
    const words = stderr.split(/\n(?=Error|The |for: )/).flatMap((text) => {
      const [name] = /\bp\d+-(forth|back)\b/.exec(text) ?? [];
      return name === undefined ? [] : [[name, text] as const];
    });
    return {
      stderr,
      taken: new Set(stdout.split("\n").map((line) => line.split("/").at(-1) ?? "")),
      words: new Map(words),
    };
  }

  async function ask(direction: Direction): Promise<void> {
    const [old, young] = direction === "forth" ? ["before", "after"] : ["after", "before"];
    const side = (which = "") => named(direction, (pair) => pair[which as "after" | "before"]);
    const made = await apply(side(old));
    assert.equal(made.stderr, "", "the server took an object not even as new");
    // Only what is bound can grow.
    await until("the claims' volumes", async () => {
      const claims = await sandbox.kubectl(
        ...["get", "persistentvolumeclaims", "--namespace", namespace, "--no-headers"],
      );
      return claims.split("\n").every((line) => line.includes("Bound") || / p\d/.test(line));
    });
    answers.set(direction, await apply(side(young), "--dry-run=server"));
    // Addresses and ports that are taken would be another reason to refuse.
    await sandbox.kubectl("delete", "services", "--all", "--namespace", namespace);
  }

  before(async function () {
    ({ kubectl } = await requireTools(this, ["kubectl"]));
    sandbox = await createTestSandbox(this, { stack: "dev" });
    await sandbox.kubectl("create", "namespace", namespace);
    const storageClass = (name: string, allowVolumeExpansion: boolean) => ({
      ...{ apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name } },
      provisioner: volumeProvisioner,
      allowVolumeExpansion,
    });
    await apply([storageClass("grows", true), storageClass("stays", false)]);
    await ask("forth");
    await ask("back");
  });
  after(stopTestSandboxes);

  pairs.forEach((pair, index) => {
    for (const direction of ["forth", "back"] as const) {
      const expected =
        pair[direction] === "cluster" ? (pair.here?.[direction] ?? "unknown") : pair[direction];
      it(`${pair.what}, ${direction}: ${expected}`, () => {
        const name = nameOf(index, direction);
        const answer = answers.get(direction);
        const words = answer?.words.get(name);
        assert.equal(
          answer?.taken.has(name) === true ? "accepted" : "refused",
          expected,
          words ?? "without a word",
        );
        if (expected === "refused")
          assert.match(words ?? "", /Forbidden|Invalid|invalid|forbidden/);
        assert.doesNotMatch(words ?? "", /already allocated|not found/);
      });
    }
  });
});
