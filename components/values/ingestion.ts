/** Limits at which the stores refuse data. */
import type { Size } from "../../config/sizes";

/** Bytes of one span in OTLP: the Tempo project's own figure for its 15 MB/s, 30,000 spans/s. */
const SPAN_BYTES = 500;

/** Bytes of one log line of the loki exporter, which wraps it in JSON: 420 to 700 with the demo. */
const LINE_BYTES = 700;

/** Seconds between two samples of one series: the collector scrapes, and SDKs push, every 15 to 60. */
const SAMPLE_SECONDS = 15;

/** Seconds for which an ingester of Tempo holds a trace open after its last span: 10, and 10 to look. */
const OPEN_SECONDS = 20;

/** A burst, and a day that is busier than the day the size was chosen for. */
const HEADROOM = 3;

/**
 * Largest request, in MiB, that the collector takes, decompressed: the default of OTLP over gRPC, here over
 * HTTP as well. A larger one is refused, and the SDK says so.
 */
export const LARGEST_OTLP_REQUEST_MIB = 4;

/**
 * Largest request, in MiB, that the collector makes of them: the largest item fits that a request can hold,
 * with what the collector adds to it. It drops one that does not fit, and what was to go with it.
 */
export const LARGEST_BATCH_MIB = 5;

/**
 * Largest request, in MiB, that the stores' doors let through: one that is refused for its size is lost.
 */
export const LARGEST_REQUEST_MIB = 10;

const MEGABYTE = 1_000_000;

function megabytes(perSecond: number, bytes: number): number {
  return Math.ceil((perSecond * bytes * HEADROOM) / MEGABYTE);
}

/** Series that one metric may have: one with a label that explodes must not use up everybody's. */
function seriesOfOneMetric({ activeSeries }: Size["carries"]): number {
  return Math.ceil(activeSeries / 5);
}

/**
 * Series that each of so many generators may make of spans. Each makes all of them, with its own name, so
 * together they stay below what Mimir takes of one metric: it is the generator that ends them, and counts.
 */
export function generatedSeries(carries: Size["carries"], generators: number): number {
  return Math.floor(seriesOfOneMetric(carries) / generators);
}

/**
 * Limits at which the stores refuse data, under the names of their configuration.
 *
 * The stores' own defaults are below what a size carries or silently off; these are three times
 * what it carries, and never below the default. Beyond them a store would fail for everybody,
 * so what is refused is the excess, and it is counted by reason.
 */
export function ingestion(carries: Size["carries"]) {
  const lines = Math.max(10, megabytes(carries.linesPerSecond, LINE_BYTES));
  const spans = Math.max(15, megabytes(carries.spansPerSecond, SPAN_BYTES));
  const samples = Math.max(10_000, Math.ceil((carries.activeSeries / SAMPLE_SECONDS) * HEADROOM));
  return {
    loki: {
      // Default 4 and 6, which one service at 6,000 lines/s reaches.
      ingestion_rate_mb: lines,
      ingestion_burst_size_mb: lines * 2,
      // A service is one stream per level. One that goes wild is refused at a third of the whole,
      // before it takes the others' share. Default 3 and 15.
      per_stream_rate_limit: `${String(Math.max(3, Math.ceil(lines / 3)))}MB`,
      per_stream_rate_limit_burst: `${String(Math.max(15, lines))}MB`,
      max_global_streams_per_user: 5_000,
    },
    mimir: {
      // Default 10,000, less than 150,000 series every 15 s.
      ingestion_rate: samples,
      ingestion_burst_size: samples * 20,
      // Default 150,000.
      max_global_series_per_user: carries.activeSeries * HEADROOM,
      // Default 0, off.
      max_global_series_per_metric: seriesOfOneMetric(carries),
      // Default 0: exemplars, and with them the way from a metric to a trace, are dropped.
      max_global_exemplars_per_user: 100_000,
      // What waited in a collector's queue is older than what came past it. Default 0.
      out_of_order_time_window: "6h",
      // The names that the tutorial queries: http_request_count_total, not http_request_count.
      otel_metric_suffixes_enabled: true,
    },
    tempo: {
      // Default 15 and 20 MB/s.
      rate_limit_bytes: spans * MEGABYTE,
      burst_size_bytes: spans * 2 * MEGABYTE,
      // Default 10,000 traces that are not complete yet. Beyond it Tempo drops new ones, everybody's,
      // and tells the collector that all is well: so as many as single-span traces at that rate make.
      max_traces_per_user: Math.max(10_000, carries.spansPerSecond * OPEN_SECONDS * HEADROOM),
    },
  };
}
