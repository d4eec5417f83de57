/** The engine, the providers and a cluster, imitated for tests and for previews of pull requests. */
import * as pulumi from "@pulumi/pulumi";
import { unknownMarker } from "../special-values";

export interface Cloud {
  /** A preview: nothing is created and everything a cluster would decide is unknown. Default: false. */
  readonly preview?: boolean;
  /** The stack has been deployed before, so a preview knows what the last `up` found. Default: false. */
  readonly deployed?: boolean;
  /** What the cloud has put on a LoadBalancer. Default: one IPv4 address. `[]` is one without an address. */
  readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[];
  /** Leaves the status of a Service out, as before the cluster has seen it. Default: false. */
  readonly withoutStatus?: boolean;
  /**
   * What a provider draws by chance, from what it is drawn for; then what is read need not be there.
   * Default: always the same.
   */
  readonly draw?: (input: unknown) => string;
}

export const generatedPassword = "Generated0Password0Xyz24";

/** The id that the imitated random provider draws. */
export const generatedUuid = "5f0c4f5e-0000-4000-8000-00000000000d";

type State = Record<string, unknown>;

interface Metadata {
  readonly name?: string;
  readonly namespace?: string;
}

function idOf(type: string, inputs: State): string {
  const metadata = (type.endsWith(":Release") ? inputs : inputs["metadata"]) as
    Metadata | undefined;
  return [metadata?.namespace, metadata?.name].filter((part) => part !== undefined).join("/");
}

/** Kubernetes objects that carry no name get one from the provider, already in a preview. */
function named(type: string, name: string, inputs: State, { draw }: Cloud): State {
  const metadata = (inputs["metadata"] ?? {}) as Metadata;
  const isObject = type.startsWith("kubernetes:") && !type.endsWith(":Release");
  if (!isObject || metadata.name !== undefined) return inputs;
  // Another one when the object is replaced, for which labels and annotations are no reason.
  const { namespace } = metadata;
  const suffix = draw?.({ ...inputs, metadata: { namespace } }).slice(0, 8) ?? "1a2b3c4d";
  return { ...inputs, metadata: { ...metadata, name: `${name}-${suffix}` } };
}

function serviceStatus(inputs: State, cloud: Cloud): State {
  const spec = (inputs["spec"] ?? {}) as { type?: string; ports?: object[] };
  const ports = spec.ports?.map((port, index) => ({
    ...port,
    ...(spec.type !== "ClusterIP" && { nodePort: 30080 + index }),
  }));
  return {
    ...inputs,
    spec: { ...spec, ports },
    ...(cloud.withoutStatus !== true && { status: { loadBalancer: {} } }),
  };
}

/**
 * Imitates the engine, the providers and a cluster, as far as this program looks at their answers:
 * a stand-in for what ring 4 does with the real ones.
 */
export function mockCloud(cloud: Cloud): pulumi.runtime.Mocks {
  const unknown = cloud.preview === true && cloud.deployed !== true;
  const services = new Map<string, State>();

  function create(type: string, name: string, inputs: State): State {
    const drawn = cloud.draw?.([name, inputs]);
    switch (type) {
      case "kubernetes:helm.sh/v3:Release": {
        const { name: release, namespace, version } = inputs;
        const status = unknown
          ? unknownMarker
          : { name: release, namespace, version, revision: 1, status: "deployed" };
        return { ...inputs, status };
      }
      case "random:index/randomPassword:RandomPassword":
        // The mock monitor ignores additionalSecretOutputs, so the secret is marked here.
        return {
          ...inputs,
          result: unknown ? unknownMarker : pulumi.secret(drawn ?? generatedPassword),
        };
      case "random:index/randomUuid:RandomUuid":
        return { ...inputs, result: unknown ? unknownMarker : (drawn ?? generatedUuid) };
      case "kubernetes:core/v1:Service": {
        if (unknown) return inputs;
        const state = serviceStatus(inputs, cloud);
        services.set(idOf(type, inputs), state);
        return state;
      }
      default:
        return inputs;
    }
  }

  function read(id: string, asked: State): State {
    if (id === unknownMarker) return {};
    const service = services.get(id);
    if (service === undefined && cloud.draw !== undefined) return asked;
    if (service === undefined) throw new Error(`the cluster has no Service ${id}`);
    const ingress = cloud.ingress ?? [{ ip: "203.0.113.10" }];
    return cloud.withoutStatus === true
      ? service
      : { ...service, status: { loadBalancer: ingress.length > 0 ? { ingress } : {} } };
  }

  return {
    call: ({ token }) => {
      throw new Error(`no imitation of the call ${token}`);
    },
    newResource: ({ type, name, inputs, id, custom }) => {
      if (custom === false) return { id: undefined, state: {} };
      const given = named(type, name, inputs as State, cloud);
      if (id !== undefined && id !== "") return { id, state: read(id, given) };
      const own = idOf(type, given);
      return {
        id: unknown ? undefined : own === "" ? `${type}-id` : own,
        state: create(type, name, given),
      };
    },
  };
}
