/**
 * What a destroy has still to do when Pulumi has forgotten everything else, noted in the state beside the
 * stack's outputs: whoever is killed in between goes on from there, and from nothing else.
 */
import { isRecord } from "../../../lib/kubernetes/objects";
import type { State } from "../../../lib/pulumi/state";
import type { Deployment, RawResource } from "../../takeover/snapshot";

export interface NotedClaim {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export interface Notes {
  /** URNs of the namespaces that stay, because the destroy has said so. */
  readonly kept: readonly string[];
  /** Volume claims that its user has let go. */
  readonly claims: readonly NotedClaim[];
}

const stackType = "pulumi:pulumi:Stack";
const key = "lgtmDestroy";

/** What an earlier destroy has noted; nothing after an `up`, which writes the outputs anew. */
export function notesOf({ resources }: Pick<State, "resources">): Notes {
  const stack = resources.find(({ type }) => type === stackType);
  const notes = stack?.outputs?.[key];
  if (!isRecord(notes)) return { kept: [], claims: [] };
  const { kept, claims } = notes as Partial<Notes>;
  return { kept: kept ?? [], claims: claims ?? [] };
}

/** Notes it, and makes Pulumi leave those namespaces where they are; others that an earlier one kept go. */
export function withNotes(deployment: Deployment, notes: Notes): Deployment {
  const before = notesOf({ resources: deployment.resources ?? [] });
  return {
    ...deployment,
    resources: (deployment.resources ?? []).map((resource): RawResource => {
      if (resource.type === stackType)
        return { ...resource, outputs: { ...resource.outputs, [key]: notes } };
      if (notes.kept.includes(resource.urn)) return { ...resource, retainOnDelete: true };
      return before.kept.includes(resource.urn) ? { ...resource, retainOnDelete: false } : resource;
    }),
  };
}
