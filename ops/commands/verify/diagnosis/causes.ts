/** Known error messages, with their causes. */

/** What a cause may name. */
export interface Names {
  readonly signal: string;
  readonly store: string;
}

/** An error that is known, and what it most likely comes from. */
export type KnownCause = readonly [error: RegExp, cause: (names: Names) => string];

export function firstCause(
  causes: readonly KnownCause[],
  error: string,
): ((names: Names) => string) | undefined {
  return causes.find(([pattern]) => pattern.test(error))?.[1];
}

export const refusalCauses: readonly KnownCause[] = [
  [
    /memory/i,
    () =>
      "It is short of memory, and its limiter refuses data until there is some: more arrives than it can send on.",
  ],
  [
    /queue is full/i,
    ({ store }) => `Its queue is full: ${store} has not taken anything for a long time.`,
  ],
  [/^404/, ({ signal }) => `It has no pipeline for ${signal}, or something else listens there.`],
  [/^40[13]/, () => "Its receiver asks for credentials, which this program gives to nobody."],
  [/^413/, () => "A limit in between is smaller than a message of a few hundred bytes."],
  [
    /^(400|415)/,
    () => "It does not understand OTLP as JSON: it is no collector of this program's.",
  ],
  [/^50[234]/, () => "It cannot take data now: it starts, ends, or what it sends to is away."],
];

/** Why a store does not take what the collector sends. */
export const deliveryCauses: readonly KnownCause[] = [
  [
    /no such host|server misbehaving/i,
    ({ store }) => `The exporter's address of ${store} is the name of no Service.`,
  ],
  [
    /connection refused/i,
    ({ store }) =>
      store === "Tempo"
        ? "Nobody listens on port 4317 of Tempo's distributor: no pod is ready, or its receiver listens on localhost only."
        : `Nobody listens there: no pod of ${store} that takes data is ready.`,
  ],
  [
    /live replicas|empty ring|too many unhealthy/i,
    ({ store }) =>
      `${store} has fewer ingesters than it needs to write: more must run, or the replication factor must be smaller.`,
  ],
  [
    /\b429\b|ResourceExhausted|rate limit|limit exceeded/i,
    ({ store }) => `${store} refuses what is above its limits; the limits grow with lgtm:size.`,
  ],
  [
    /\b40[13]\b|no org id|Unauthenticated|PermissionDenied/i,
    ({ store }) => `${store} asks for a tenant or credentials that the exporter does not send.`,
  ],
  [/\b413\b|too large|larger than/i, ({ store }) => `A batch is larger than ${store} takes.`],
  [
    /out[- ]of[- ]order|too old|too far|out of bounds|timestamp/i,
    () => "The time stamps do not fit: the clock of this machine, or of one before it, is wrong.",
  ],
  [
    /\b404\b|Unimplemented/i,
    ({ store }) => `The exporter's path is not one of ${store}'s: its version has another API.`,
  ],
  [
    /connection reset|EOF|broken pipe|transport is closing/i,
    ({ store }) => `Connections are cut: ${store} restarts, or something in between ends them.`,
  ],
  [
    /deadline exceeded|timeout|nothing delivered/i,
    ({ store }) =>
      `${store} does not answer in time: it is overloaded or stuck, or a network policy drops the packets.`,
  ],
  [
    /\b50[0-9]\b|Unavailable/i,
    ({ store }) => `${store} is there, but cannot take data: its ingesters are not ready.`,
  ],
  [/\b400\b|InvalidArgument|Permanent/i, ({ store }) => `${store} refuses the content.`],
];

export const queryCauses: readonly KnownCause[] = [
  [
    /no org id|^40[13]/i,
    ({ store }) =>
      `${store} asks for a tenant, which the chart's nginx fills in: the request has not gone through it.`,
  ],
  [
    /^404/,
    ({ store }) =>
      `${store}'s query API is not at that path: another program answers, or another version.`,
  ],
  [/^429/, ({ store }) => `${store} has more queries to answer than it takes.`],
  [/^50[234]/, ({ store }) => `What is behind ${store}'s gateway does not answer.`],
  [
    /empty ring|live replicas|^500/i,
    ({ store }) => `${store}'s queriers cannot ask its ingesters or its object store.`,
  ],
  [/no answer|refused|reset|hang up/i, ({ store }) => `${store} stopped answering while this ran.`],
];
