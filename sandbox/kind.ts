import * as fs from "node:fs";
import { execa } from "execa";
import { refuseOther } from "./sandbox";
import { readState, writePrivateFile } from "./state";
import type { SandboxPaths } from "./state";

/** A real cluster in Docker containers. */
export interface KindCluster {
  readonly context: string;
  /** Whether we made it; only then may `down` delete it. */
  readonly owned: boolean;
}

const name = "lgtm-sandbox";

/**
 * Makes sure that the kind cluster lgtm-sandbox is there, and writes its kubeconfig.
 *
 * @throws Error when kind is not installed or Docker does not answer
 */
export async function ensureKind(
  paths: SandboxPaths,
  stack: string,
  onProgress: (line: string) => void,
): Promise<KindCluster> {
  await requireKind();
  const state = readState(paths);
  if (state !== undefined) refuseOther(state, "kind", stack);
  const { stdout } = await execa("kind", ["get", "clusters"]);
  const there = stdout.split("\n").includes(name);
  if (!there) {
    onProgress(`creating cluster ${name}`);
    // Before it is made: one that was cut off halfway is ours too.
    fs.writeFileSync(ownershipNote(paths), "");
    // With a kubeconfig of its own, so that the user's current context stays what it is.
    const environment = { KUBECONFIG: paths.kubeconfig };
    await execa("kind", ["create", "cluster", "--name", name, "--wait", "180s"], {
      env: environment,
    });
  }
  const kubeconfig = await execa("kind", ["get", "kubeconfig", "--name", name]);
  writePrivateFile(paths.kubeconfig, kubeconfig.stdout);
  return { context: `kind-${name}`, owned: fs.existsSync(ownershipNote(paths)) };
}

/** Deletes the cluster that we made. */
export async function deleteKind(): Promise<void> {
  await execa("kind", ["delete", "cluster", "--name", name]);
}

function ownershipNote(paths: SandboxPaths): string {
  return `${paths.root}/made-kind-cluster`;
}

async function requireKind(): Promise<void> {
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
