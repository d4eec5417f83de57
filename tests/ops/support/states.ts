/** States of a stack. */
import { type Export, State } from "../../../lib/pulumi/state";
import type { Stack } from "../../../ops/stack";
import type { RawResource } from "../../../ops/takeover/snapshot";

export const stackId = "5f0c0000-0000-0000-0000-000000000001";

/** A resource as the engine notes it: an object of the program's, with its uid. */
export function noted(
  kind: string,
  id: string,
  { uid = `uid of ${id}`, ...more }: Partial<RawResource> & { uid?: string } = {},
): RawResource {
  const [name = "", namespace] = id.split("/").reverse();
  const apiVersion = kind === "Deployment" ? "apps/v1" : "v1";
  const type = `kubernetes:${apiVersion === "v1" ? "core/v1" : apiVersion}:${kind}`;
  const metadata = { name, ...(namespace !== undefined && { namespace }) };
  return {
    urn: `urn:pulumi:dev::lgtm::${type}::${name}`,
    ...{ type, id, custom: true, inputs: { apiVersion, kind, metadata } },
    outputs: { metadata: { ...metadata, uid }, __fieldManager: "pulumi-kubernetes-1a2b" },
    ...more,
  };
}

/** A Helm release in a state. */
export function notedRelease(namespace: string, name: string): RawResource {
  const type = "kubernetes:helm.sh/v3:Release";
  const place = { name, namespace };
  return {
    urn: `urn:pulumi:dev::lgtm::${type}::${name}`,
    ...{ type, id: `${namespace}/${name}`, custom: true, inputs: place, outputs: place },
  };
}

export const rootStack: RawResource = {
  urn: "urn:pulumi:dev::lgtm::pulumi:pulumi:Stack::lgtm-dev",
  type: "pulumi:pulumi:Stack",
};

/** What the state of a stack that marks what it makes has beside that. */
export const drawnId: RawResource = {
  urn: "urn:pulumi:dev::lgtm::random:index/randomUuid:RandomUuid::stack",
  type: "random:index/randomUuid:RandomUuid",
  outputs: { result: stackId },
};

/** A stack of the umbrella chart with the default names, and what a test puts into its state. */
export function stackWith(
  deployment: NonNullable<Export["deployment"]>,
  settings: Readonly<Record<string, string>> = {},
): Stack {
  const all = {
    ...{ lgtmReleaseName: "my-lgtm", lgtmNamespace: "lgtm", chartSet: "umbrella" },
    ...{ otelCollectorReleaseName: "otel-collector", otelCollectorNamespace: "otel" },
    demoEnabled: "false",
    ...settings,
  };
  return {
    name: "dev",
    title: "Stack dev",
    settings: Object.fromEntries(
      Object.entries(all).map(([key, value]) => [`lgtm:${key}`, { value, secret: false }]),
    ),
    state: new State({ deployment }),
    access: {
      ...{ kind: "own", description: "", executable: "pulumi", folder: "/", environment: {} },
      backendFolder: undefined,
    },
  };
}

/** The label of a stack's mark. */
export function markedBy(id: string): { readonly labels: Readonly<Record<string, string>> } {
  return { labels: { "lgtm/stack-id": id } };
}
