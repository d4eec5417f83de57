/** URLs of Services, as plain text: the only place that builds one. */

export interface ServiceLocation {
  readonly name: string;
  /** Left out for callers in the same namespace, which resolve the bare name. */
  readonly namespace?: string | undefined;
  /** Port number; left out for 80, the default of http. */
  readonly port?: number | undefined;
  /** Path with a leading slash; default none. */
  readonly path?: string | undefined;
}

/** `name[.namespace][:port]`, the form that gRPC clients take. */
export function endpointOf({ name, namespace, port }: ServiceLocation): string {
  const host = namespace === undefined ? name : `${name}.${namespace}`;
  return port === undefined ? host : `${host}:${String(port)}`;
}

/** `http://name[.namespace][:port][path]`. */
export function urlOf(location: ServiceLocation): string {
  return `http://${endpointOf(location)}${location.path ?? ""}`;
}
