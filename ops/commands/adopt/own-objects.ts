/** Objects of the program's own that are in the cluster already. */
import { ApiError, type Cluster } from "../../../lib/kubernetes/cluster";
import { type KubeObject, omit } from "../../../lib/kubernetes/objects";
import { findLive, idOf, type Live, objectOf } from "../../takeover/live";
import { secretMark } from "../../takeover/program";
import type { RawResource, Takeover } from "../../takeover/snapshot";
import { changeOf, type ObjectChange } from "./comparison";

export interface OwnObject extends Live {
  readonly takeover: Takeover & { readonly id: string };
  /**
   * Whether it is noted in the state. Secrets and ConfigMaps are not: their content changes, for which
   * the provider would make them anew, and Helm would then delete the new one. Not noted, they are
   * filled in place, because the provider makes an object that is there by applying to it.
   */
  readonly noted: boolean;
  /** What the first `up` changes in it; undefined when nothing. */
  readonly change: ObjectChange | undefined;
  /** Whether somebody else owns a field that `up` changes, which then takes a word to the server. */
  readonly contested: boolean;
  /** Why the API server refuses the change; undefined when it does not. */
  readonly refused: string | undefined;
}

/** Those of the program's resources that are in the cluster already, and what `up` will change in them. */
export async function ownObjects(
  cluster: Cluster,
  resources: readonly RawResource[],
): Promise<OwnObject[]> {
  const wanted = resources.flatMap((resource) => {
    const object = objectOf(resource);
    return object === undefined ? [] : [{ resource, object }];
  });
  const found = await findLive(
    cluster,
    wanted.map(({ object }) => object),
  );
  const own = wanted.map(async ({ resource, object }, index) => {
    const live = found[index];
    if (live === undefined) return undefined;
    const takeover = { resource: withoutSecrets(resource), id: idOf(object) };
    const noted = !/^(Secret|ConfigMap)$/.test(object.kind);
    const change = await wouldBecome(cluster, live, object);
    // The preview does not show what a Secret will hold, so no conflict shows either.
    return { ...live, takeover, noted, ...change, contested: change.contested || !noted };
  });
  return (await Promise.all(own)).filter((one) => one !== undefined);
}

/** Asks the server what it would make of the program's version; nothing is changed. */
async function wouldBecome(
  cluster: Cluster,
  { path, object: live }: Live,
  wanted: KubeObject,
): Promise<Pick<OwnObject, "change" | "contested" | "refused">> {
  const first = await tryApply(cluster, path, wanted);
  const contested = first.code === 409;
  const { after, message } = contested ? await tryApply(cluster, path, wanted, true) : first;
  const change =
    after === undefined ? undefined : changeOf(withoutRecords(live), withoutRecords(after));
  return { change, contested, refused: message };
}

interface ApplyResult {
  readonly after?: KubeObject;
  /** 409: somebody else owns a field. 422: the object would not be valid. */
  readonly code?: number;
  readonly message?: string;
}

/** Applies an object as the provider would, only to see what comes of it. */
export async function tryApply(
  cluster: Cluster,
  path: string,
  wanted: KubeObject,
  force = false,
): Promise<ApplyResult> {
  try {
    const options = { type: "apply", manager: "pulumi-kubernetes-adopt", dryRun: true } as const;
    return {
      after: await cluster.patch<KubeObject>(path, unmasked(wanted), { ...options, force }),
    };
  } catch (error) {
    if (error instanceof ApiError && (error.code === 409 || error.code === 422))
      return { code: error.code, message: error.message };
    throw error;
  }
}

/** Without fields whose value a preview does not show. */
function unmasked<T extends object>(object: T): T {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => value !== secretMark),
  ) as T;
}

/** What the state must not hold; the first `up` fills it in. */
function withoutSecrets(resource: RawResource): RawResource {
  return { ...resource, inputs: unmasked(resource.inputs ?? {}) };
}

/** Without what the server writes beside the object: who changed it, and how it is. */
function withoutRecords(object: KubeObject): KubeObject {
  const metadata = omit(object.metadata, "managedFields", "resourceVersion", "generation");
  return omit({ ...object, metadata }, "status");
}
