/**
 * Decides by NetworkPolicies whether a connection is let through, as Kubernetes defines it
 * (https://kubernetes.io/docs/concepts/services-networking/network-policies/). Networks, `ipBlock`, and ranges of
 * ports are refused: no policy of this program has them.
 */
type Labels = Readonly<Record<string, string>>;

/** These as they are written: the official client's are classes, and call `from` otherwise. */
interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

interface Peer {
  readonly podSelector?: LabelSelector;
  readonly namespaceSelector?: LabelSelector;
  readonly ipBlock?: object;
}

interface Port {
  readonly port?: number | string;
  readonly protocol?: string;
  readonly endPort?: number;
}

/** One end of a connection, as far as policies look at it. */
export interface End {
  readonly namespace: string;
  /** Of the namespace, beside its name, which Kubernetes writes itself. */
  readonly namespaceLabels?: Labels;
  readonly labels: Labels;
  /** Numbers of the pod's named ports. */
  readonly namedPorts?: Readonly<Record<string, number>>;
}

export interface Connection {
  readonly from: End;
  readonly to: End;
  readonly port: number;
  /** Default: TCP. */
  readonly protocol?: "TCP" | "UDP";
}

export interface NetworkPolicy {
  readonly metadata: { readonly namespace: string };
  readonly spec: {
    readonly podSelector: LabelSelector;
    readonly policyTypes?: readonly Direction[];
    readonly ingress?: readonly {
      readonly from?: readonly Peer[];
      readonly ports?: readonly Port[];
    }[];
    readonly egress?: readonly {
      readonly to?: readonly Peer[];
      readonly ports?: readonly Port[];
    }[];
  };
}

type Direction = "Egress" | "Ingress";

/** Whether a selector holds; one that is empty holds for everything. */
export function selects(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  labels: Labels,
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      const isOne = value !== undefined && values.includes(value);
      switch (operator) {
        case "In":
          return isOne;
        case "NotIn":
          return !isOne;
        case "Exists":
          return value !== undefined;
        case "DoesNotExist":
          return value === undefined;
        default:
          throw new Error(`no such operator: ${operator}`);
      }
    })
  );
}

/** Without a namespace selector a peer is in the policy's own namespace; an empty list of peers is everybody. */
function isPeer(peer: Peer, end: End, home: string): boolean {
  if (peer.ipBlock !== undefined) throw new Error("ipBlock is not evaluated");
  const inNamespace =
    peer.namespaceSelector === undefined
      ? end.namespace === home
      : selects(peer.namespaceSelector, {
          ...end.namespaceLabels,
          "kubernetes.io/metadata.name": end.namespace,
        });
  return inNamespace && selects(peer.podSelector ?? {}, end.labels);
}

function isPort(
  { port, protocol = "TCP", endPort }: Port,
  { to, port: asked, protocol: by = "TCP" }: Connection,
): boolean {
  if (endPort !== undefined) throw new Error("ranges of ports are not evaluated");
  const number = typeof port === "string" ? to.namedPorts?.[port] : port;
  return protocol === by && (port === undefined || number === asked);
}

/** Without types a policy is for what comes in, and for what goes out where it has rules for that. */
function isFor({ spec }: NetworkPolicy, direction: Direction): boolean {
  const types = spec.policyTypes ?? [];
  if (types.length > 0) return types.includes(direction);
  return direction === "Ingress" || spec.egress !== undefined;
}

function passes(
  policies: readonly NetworkPolicy[],
  connection: Connection,
  direction: Direction,
): boolean {
  const [own, other] =
    direction === "Ingress" ? [connection.to, connection.from] : [connection.from, connection.to];
  const chosen = policies.filter(
    (policy) =>
      policy.metadata.namespace === own.namespace &&
      isFor(policy, direction) &&
      selects(policy.spec.podSelector, own.labels),
  );
  // A pod that no policy selects is open; where several do, one that lets in is enough.
  if (chosen.length === 0) return true;
  return chosen.some(({ spec }) => {
    const rules =
      direction === "Ingress"
        ? (spec.ingress ?? []).map(({ from: peers = [], ports = [] }) => ({ peers, ports }))
        : (spec.egress ?? []).map(({ to: peers = [], ports = [] }) => ({ peers, ports }));
    return rules.some(
      ({ peers, ports }) =>
        (peers.length === 0 || peers.some((peer) => isPeer(peer, other, own.namespace))) &&
        (ports.length === 0 || ports.some((port) => isPort(port, connection))),
    );
  });
}

/** Whether both ends' policies let the connection through. */
export function isAllowed(policies: readonly NetworkPolicy[], connection: Connection): boolean {
  return passes(policies, connection, "Egress") && passes(policies, connection, "Ingress");
}
