/** What tells who else has to do with what is to be taken over. */
import type { HelmRelease } from "../../../lib/helm/release";
import type { Cluster } from "../../../lib/kubernetes/cluster";
import type { KubeObject, Metadata } from "../../../lib/kubernetes/objects";
import { describeMark, markOf } from "../../../lib/kubernetes/ownership";
import { CliError } from "../../../lib/terminal/errors";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import { list } from "../../../lib/terminal/screen";
import type { Hints } from "../../hints";
import { namedNamespaces, type Stack } from "../../stack";
import { findLive } from "../../takeover/live";
import type { Installed } from "./preconditions";

/** A release with what is there of it, and how Helm's record is labelled: Flux writes its name there. */
export async function signsOf(cluster: Cluster, release: HelmRelease): Promise<Installed> {
  const { name, namespace, revision } = release;
  const placed = release.objects.map((object): KubeObject => ({
    ...object,
    metadata: { namespace, ...object.metadata },
  }));
  const record = `/api/v1/namespaces/${namespace}/secrets/sh.helm.release.v1.${name}.v${String(revision)}`;
  const [live, secret] = await Promise.all([
    findLive(cluster, placed),
    cluster.find<{ readonly metadata: Metadata }>(record),
  ]);
  return {
    release,
    live: live.flatMap((one) => one?.object ?? []),
    recordLabels: secret?.metadata.labels ?? {},
  };
}

/**
 * Whoever has made a namespace takes away what is in it, whether the settings call it existing or not.
 *
 * @throws CliError when a stack has marked a namespace that the settings name
 */
export async function refuseMarkedNamespaces(
  stack: Stack,
  cluster: Cluster,
  { npm }: Hints,
): Promise<void> {
  const found = await Promise.all(
    namedNamespaces(stack).map(async (name) =>
      cluster.find<{ readonly metadata: Metadata }>(`/api/v1/namespaces/${name}`),
    ),
  );
  const marked = found.flatMap((one) => {
    const mark = one === undefined ? undefined : markOf(one.metadata);
    return mark === undefined
      ? []
      : [`namespace ${one?.metadata.name ?? ""} belongs to ${describeMark(mark)}`];
  });
  if (marked.length === 0) return;
  throw new CliError(`${list(marked)}. Nothing was changed.`, {
    fix: `go on with that stack; if it is this very one, whose state was lost: lgtm:stackId names its id, then ${npm("recover")}`,
    exitCode: exitCodes.problem,
  });
}
