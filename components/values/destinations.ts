/** Where the collector sends each signal. `T` is a string, or an output of one. */
export interface Destinations<T> {
  /** Loki's push API, full URL. */
  readonly lokiPushUrl: T;
  /** Mimir's remote-write API, full URL; what the tutorial uses. */
  readonly mimirPushUrl: T;
  /** Mimir's OTLP API, URL without `/v1/metrics`. */
  readonly mimirOtlpUrl: T;
  /** Tempo's OTLP/gRPC receiver, `host:port`. */
  readonly tempoOtlpEndpoint: T;
}
