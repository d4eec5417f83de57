/** Values at which alert rules fire, with the reasons. */

/** Share of a service's requests that may fail. Retries and impatient clients alone make 1 %. */
export const ERROR_RATIO = 0.05;

/**
 * Seconds within which 95 % of a service's requests are answered. Clients and proxies give up after
 * 10 to 60 s; what takes half of the shortest is broken whatever the service does. One figure for all
 * services: those that promise more want a rule of their own.
 */
export const SLOW_SECONDS = 5;

/** Requests per second, about one a minute: below it shares and percentiles are of single requests. */
export const QUIET_REQUESTS_PER_SECOND = 0.02;

/**
 * Spans within the hour before a silence. With one a minute, ten minutes without any are no accident
 * (probability 0.00005 for requests that come at random).
 */
export const BUSY_SPANS = 60;

/** Times that a service sent metrics within the hour before a silence: SDKs send every 60 s. */
export const BUSY_EXPORTS = 10;

/** Share of a queue: what is left takes as long again as a quarter of what is there took to gather. */
export const QUEUE_FILL = 0.8;

/** Share of a store's own requests that may fail; a restarting pod makes less within ten minutes. */
export const STORE_ERROR_RATIO = 0.05;

/** Share of a volume. Loki and Tempo stop their logs on disk, and Mimir refuses, near 100 %. */
export const VOLUME_FILL = 0.85;

/**
 * Share of a node's disk. File systems keep up to 5 % for root, which are not counted as used: the kubelet, which
 * goes by what is available, removes images at 85 % of it, and evicts pods at 90 %.
 */
export const NODE_DISK_FILL = 0.8;

/** Share of a volume below which its growth is the start of its life and says nothing. */
export const VOLUME_GROWN = 0.4;

/**
 * Times that a container starts anew within 20 minutes. Kubernetes waits at most five minutes between two, so
 * one that does not live for two minutes comes to three.
 */
export const RESTARTS = 3;

/** Seconds to go until a volume is full. A day: time to enlarge it in working hours. */
export const VOLUME_HORIZON_SECONDS = 24 * 60 * 60;
