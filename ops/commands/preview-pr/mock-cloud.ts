import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";

type State = Record<string, unknown>;

interface Metadata {
  readonly name?: string;
  readonly namespace?: string;
}

/** A text that is the same for the same input, as a provider's random choice is not. */
function drawn(input: unknown, length: number): string {
  return createHash("sha256").update(JSON.stringify(input)).digest("hex").slice(0, length);
}

/** Stands for an address that a cloud will assign; from the range that is reserved for documentation. */
const address = "203.0.113.10";

/**
 * Answers the program as engine, providers and cluster would after a first deployment. A value that a
 * provider draws by chance is the same as long as its inputs are, so that two runs can be compared.
 */
export function mockCloud(): pulumi.runtime.Mocks {
  const services = new Map<string, State>();

  function named(inputs: State, name: string): State {
    const metadata = (inputs["metadata"] ?? {}) as Metadata;
    // As the provider does: a name of its own for an object without one, and another when it is replaced,
    // for which labels and annotations are no reason.
    const { namespace } = metadata;
    const own = metadata.name ?? `${name}-${drawn({ ...inputs, metadata: { namespace } }, 8)}`;
    return { ...inputs, metadata: { ...metadata, name: own } };
  }

  function idOf(state: State): string {
    const { name = "", namespace } = (state["metadata"] ?? state) as Metadata;
    return namespace === undefined ? name : `${namespace}/${name}`;
  }

  function made(type: string, name: string, inputs: State): State {
    if (type === "kubernetes:helm.sh/v3:Release") {
      const { name: release, namespace, version } = inputs;
      const status = { name: release, namespace, version, revision: 1, status: "deployed" };
      return { ...inputs, status };
    }
    if (type === "random:index/randomPassword:RandomPassword") {
      return { ...inputs, result: pulumi.secret(`drawn-${drawn([name, inputs], 32)}`) };
    }
    if (type === "random:index/randomUuid:RandomUuid") {
      return { ...inputs, result: `drawn-${drawn([name, inputs], 32)}` };
    }
    if (!type.startsWith("kubernetes:")) return inputs;
    const state = named(inputs, name);
    if (type !== "kubernetes:core/v1:Service") return state;
    const spec = (state["spec"] ?? {}) as { type?: string; ports?: object[] };
    const ports = spec.ports?.map((port, index) =>
      spec.type === "ClusterIP" ? port : { ...port, nodePort: 30000 + index },
    );
    const ingress = spec.type === "LoadBalancer" ? [{ ip: address }] : [];
    const live = { ...state, spec: { ...spec, ports }, status: { loadBalancer: { ingress } } };
    services.set(idOf(live), live);
    return live;
  }

  return {
    // Looked up in a cluster that is not there; the program makes no such calls itself.
    call: ({ inputs }) => inputs as State,
    newResource: ({ type, name, inputs, id, custom }) => {
      const given = inputs as State;
      if (custom === false) return { id: undefined, state: {} };
      if (id !== undefined && id !== "") return { id, state: services.get(id) ?? given };
      const state = made(type, name, given);
      const own = idOf(state);
      return { id: own === "" ? `${type}-id` : own, state };
    },
  };
}
