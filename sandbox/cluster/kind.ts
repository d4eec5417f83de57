/** The sandbox on a real cluster: kind in Docker. */
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { refuseOther } from "../sandbox";
import { readState, writePrivateFile } from "../state";
import type { SandboxPaths } from "../state";
import { cleanUpInterrupted, startAfresh } from "./interrupted";

export interface KindCluster {
  readonly context: string;
  /** Whether we made it; only then may `down` delete it. */
  readonly owned: boolean;
}

const name = "lgtm-sandbox";

/**
 * Makes sure that the kind cluster lgtm-sandbox is there, and writes its kubeconfig.
 *
 * @throws Error when an earlier run was cut off on a cluster that is not ours
 */
export async function ensureKind(
  paths: SandboxPaths,
  stack: string,
  onProgress: (line: string) => void,
): Promise<KindCluster> {
  const state = readState(paths);
  if (state !== undefined) refuseOther(state, "kind", stack);

  let present = await exists();
  const cutOff = (await cleanUpInterrupted(paths)) || noteOf(paths) === creating;
  if (present && cutOff) {
    if (!(await ownsKind(paths))) {
      throw new Error(
        "An earlier run was cut off in the middle, on a kind cluster that the sandbox did not make. " +
          "Repair its stack with npm run pulumi -- cancel and refresh, or delete the cluster.",
      );
    }
    onProgress("an earlier run was cut off in the middle; starting afresh");
    await deleteKind(paths);
    present = false;
  }
  if (!present) {
    // A stack describes one cluster and is of no use for the next.
    await startAfresh(paths);
    onProgress(`creating cluster ${name}, which takes a minute or two`);
    writePrivateFile(noteFile(paths), creating);
    // With a kubeconfig of its own, so that the user's current context stays what it is.
    const env = { KUBECONFIG: paths.kubeconfig };
    await execa("kind", ["create", "cluster", "--name", name, "--wait", "180s"], { env });
    writePrivateFile(noteFile(paths), await authority());
  }
  writePrivateFile(paths.kubeconfig, await kubeconfig());
  return { context: `kind-${name}`, owned: await ownsKind(paths) };
}

/** Whether there is a kind cluster that this sandbox has made, whole or half. */
export async function ownsKind(paths: SandboxPaths): Promise<boolean> {
  const note = noteOf(paths);
  if (note === undefined || !(await exists())) return false;
  return note === creating || note === (await authority());
}

/** Deletes the cluster and the note that it is ours. */
export async function deleteKind(paths: SandboxPaths): Promise<void> {
  await execa("kind", ["delete", "cluster", "--name", name]);
  fs.rmSync(noteFile(paths), { force: true });
}

async function exists(): Promise<boolean> {
  return (await execa("kind", ["get", "clusters"])).stdout.split("\n").includes(name);
}

async function kubeconfig(): Promise<string> {
  return (await execa("kind", ["get", "kubeconfig", "--name", name])).stdout;
}

/** The cluster's own certificate authority: a later cluster of the same name has another. */
async function authority(): Promise<string> {
  return /certificate-authority-data: (\S+)/.exec(await kubeconfig())?.[1] ?? "none";
}

/** What the note says while the cluster is being made; later it holds the cluster's authority. */
const creating = "creating";

function noteFile(paths: SandboxPaths): string {
  return path.join(paths.root, "made-kind-cluster");
}

function noteOf(paths: SandboxPaths): string | undefined {
  return fs.existsSync(noteFile(paths)) ? fs.readFileSync(noteFile(paths), "utf8") : undefined;
}

/**
 * Checks what `--kind` needs, before anything is built or started.
 *
 * @throws Error when kind is not installed or Docker does not answer
 */
export async function requireKind(): Promise<void> {
  const kind = await execa("kind", ["version"], { reject: false });
  if (kind.failed) {
    throw new Error(
      "--kind needs kind on PATH (https://kind.sigs.k8s.io). Without it, leave --kind out: nodes are then simulated.",
    );
  }
  const docker = await execa("docker", ["info"], { reject: false, timeout: 15_000 });
  if (docker.failed) {
    throw new Error(
      "--kind needs a running Docker, and docker info failed. Start Docker, or leave --kind out: nodes are then simulated.",
    );
  }
}
