/** Limits at which the stores refuse data, and how requests fit them. */
import type { ChartSet } from "../../config/charts";
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
 * HTTP as well. A larger one is refused, and the SDK says so. All limits below follow from it.
 */
export const LARGEST_OTLP_REQUEST_MIB = 4;

const MEBIBYTE = 2 ** 20;
const LARGEST_OTLP_REQUEST = LARGEST_OTLP_REQUEST_MIB * MEBIBYTE;

/**
 * What a request says once, of a resource or a scope, the stores repeat: Loki counts it with each line, Tempo
 * sends it with each trace. So the collector cuts it to this much, and divides requests of more items.
 */
export const REQUEST_SHAPE = {
  /** Lines, spans or points; twice an SDK's largest batch. */
  items: 1_000,
  /** Longest value, in characters, of one attribute: Mimir's and Loki's for a label, Tempo's for any. */
  valueCharacters: 2_048,
  /** Attributes of a line or a span, eight times an SDK's own limit. */
  itemAttributes: 1_000,
  /** Attributes of a point: more than the 30 labels that Mimir takes, above which it refuses and counts it. */
  pointAttributes: 64,
  /** All attributes of a resource, as JSON. */
  resourceBytes: 8 * 1024,
  /** The same of a scope. */
  scopeBytes: 1024,
};

/** How often as long a text may be in JSON, where each control character takes six. */
const JSON_GROWTH = 6;

/** Largest request as a store counts it: everything in JSON, resource and scope with each item. */
export const LARGEST_INSIDE =
  LARGEST_OTLP_REQUEST * JSON_GROWTH +
  REQUEST_SHAPE.items * (REQUEST_SHAPE.resourceBytes + REQUEST_SHAPE.scopeBytes);

/**
 * Largest message, in bytes, between the pods of one store; Mimir's default. Above its own, Loki answers that
 * it fails, and Tempo that it is busy: the collector would come again for ever.
 */
export const LARGEST_MESSAGE = 100 * MEBIBYTE;

/** The server of every pod of Loki and Tempo; the programs' own default is 4 MiB. */
export const storeServer = {
  grpc_server_max_recv_msg_size: LARGEST_MESSAGE,
  grpc_server_max_send_msg_size: LARGEST_MESSAGE,
};

/**
 * Largest request, in MiB, that the stores' doors let through: one that is refused for its size is lost. The
 * collector adds a label, of at most twice a value, to each resource.
 */
export const LARGEST_REQUEST_MIB = 10;

/**
 * How many samples a request may be: a bucket of a histogram is one, and takes 16 bytes. As an allowance for
 * a burst twice as many, or the one request that is as large has to wait for everything before it.
 */
const MOST_SAMPLES = (2 * LARGEST_OTLP_REQUEST) / 16;

/**
 * For how long, in hours, data may wait in a collector's queue and be taken afterwards, though newer data came past
 * it by another collector.
 */
export const LATE_HOURS = { maintained: 24, umbrella: 6 } as const satisfies Record<
  ChartSet,
  number
>;

const WEEK_HOURS = 7 * 24;

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
  const largestMegabytes = Math.ceil(LARGEST_INSIDE / MEGABYTE);
  const samples = Math.max(10_000, Math.ceil((carries.activeSeries / SAMPLE_SECONDS) * HEADROOM));
  return {
    loki: {
      // Default 4 and 6, which one service at 6,000 lines/s reaches.
      ingestion_rate_mb: lines,
      // A request above it is never taken, and Loki says for ever that it is to come again.
      ingestion_burst_size_mb: Math.max(lines * 2, largestMegabytes),
      // A service is one stream per level. One that goes wild is refused at a third of the whole,
      // before it takes the others' share. Default 3 and 15.
      per_stream_rate_limit: `${String(Math.max(3, Math.ceil(lines / 3)))}MB`,
      per_stream_rate_limit_burst: `${String(Math.max(15, lines, largestMegabytes))}MB`,
      // Default 256 kB, above which a line is dropped. A longer one is as JSON, and loses its end.
      max_line_size: `${String(LARGEST_OTLP_REQUEST_MIB)}MB`,
      max_line_size_truncate: true,
      max_global_streams_per_user: 5_000,
    },
    mimir: {
      // Default 10,000, less than 150,000 series every 15 s.
      ingestion_rate: samples,
      ingestion_burst_size: Math.max(samples * 20, MOST_SAMPLES),
      // Default 150,000.
      max_global_series_per_user: carries.activeSeries * HEADROOM,
      // Default 0, off.
      max_global_series_per_metric: seriesOfOneMetric(carries),
      // Default 0: exemplars, and with them the way from a metric to a trace, are dropped.
      max_global_exemplars_per_user: 100_000,
      // By default Mimir 2.17 takes exponential histograms and forgets them.
      native_histograms_ingestion_enabled: true,
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

/** Mimir's limits for what comes late. */
export function lateSamples(chartSet: ChartSet) {
  const hours = LATE_HOURS[chartSet];
  return {
    // What waited in a collector's queue is older than what came past it. Default 0.
    out_of_order_time_window: `${String(hours)}h`,
    // Default 13 h. Late samples are not in the object store before they are two hours old there.
    query_ingesters_within: `${String(Math.max(hours + 1, 13))}h`,
    // Where there is nothing newer yet, a sample of 1970 would be taken, and found by nobody. A week in
    // all, as Loki has it. Default 0, off.
    past_grace_period: `${String(WEEK_HOURS - hours)}h`,
  };
}
