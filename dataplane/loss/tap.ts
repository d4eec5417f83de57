/** Notes what passes on its way to a store. */
import * as http from "node:http";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import * as grpc from "@grpc/grpc-js";
import { uncompress } from "snappyjs";
import { exportTracesMethod, type Listener, serveHttp, serveTraces } from "../network/listen";
import { exportLogs, exportMetrics, exportTraces, lokiPush, remoteWrite } from "../sinks/wire";
import { numberedMetric, seqAttribute } from "./numbered-items";

/** Stands before a store and notes the numbers of what the store took, however often it did. */
export interface Tap extends Listener {
  /** In order of arrival. */
  readonly taken: readonly number[];
}

/** Reads the numbers out of a request. */
type Read = (
  body: Buffer,
  request: { readonly path: string; readonly encoding: string },
) => number[];

function plain(body: Buffer, encoding: string): Buffer {
  return encoding === "gzip" ? gunzipSync(body) : body;
}

const lokiNumbers: Read = (body, { path, encoding }) => {
  if (path.startsWith("/otlp/")) {
    return exportLogs
      .decode(plain(body, encoding))
      .resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ logRecords }) => logRecords))
      .flatMap(({ attributes }) => attributes.filter(({ key }) => key === seqAttribute))
      .map(({ value }) => Number(value.intValue));
  }
  return lokiPush.decode(uncompress(body)).streams.flatMap(({ entries }) =>
    entries.flatMap(({ line }) => {
      const { attributes } = JSON.parse(line) as { attributes?: Record<string, number> };
      return attributes?.[seqAttribute] ?? [];
    }),
  );
};

const metricNumbers: Read = (body, { path, encoding }) => {
  if (path.endsWith("/push")) {
    return remoteWrite
      .decode(uncompress(body))
      .timeseries.filter(({ labels }) =>
        labels.some(({ name, value }) => name === "__name__" && value === numberedMetric),
      )
      .flatMap(({ samples }) => samples.map(({ value }) => value));
  }
  return exportMetrics
    .decode(plain(body, encoding))
    .resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    .filter(({ name }) => name === numberedMetric)
    .flatMap(({ sum }) => (sum?.dataPoints ?? []).map(({ asInt }) => Number(asInt)));
};

const spanNumbers: Read = (body) =>
  exportTraces
    .decode(body)
    .resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    .flatMap(({ attributes }) => attributes.filter(({ key }) => key === seqAttribute))
    .map(({ value }) => Number(value.intValue));

async function startHttpTap(target: string, read: Read): Promise<Tap> {
  const [hostname, port] = target.split(":");
  const agent = new http.Agent({ keepAlive: true });
  const taken: number[] = [];

  const pass = async (request: http.IncomingMessage): Promise<[http.IncomingMessage, Buffer]> => {
    const body = await buffer(request);
    const { method, url: path = "/", headers } = request;
    const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
      http
        .request({ agent, hostname, port, method, path, headers }, resolve)
        .once("error", reject)
        .end(body);
    });
    const text = await buffer(answer);
    if (Math.floor((answer.statusCode ?? 0) / 100) === 2) {
      taken.push(...read(body, { path, encoding: headers["content-encoding"] ?? "" }));
    }
    return [answer, text];
  };
  const { address, close } = await serveHttp((request, response) => {
    pass(request).then(
      ([answer, text]) => response.writeHead(answer.statusCode ?? 502, answer.headers).end(text),
      // As a proxy answers when nobody is behind it.
      () => response.writeHead(502).end(),
    );
  });
  return {
    address,
    taken,
    close: async () => {
      agent.destroy();
      await close();
    },
  };
}

async function startGrpcTap(target: string, read: Read): Promise<Tap> {
  const taken: number[] = [];
  const client = new grpc.Client(target, grpc.credentials.createInsecure(), {
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 500,
  });
  const { path, requestSerialize, responseDeserialize } = exportTracesMethod;
  const pass: grpc.handleUnaryCall<Buffer, Buffer> = ({ request }, callback) => {
    const options = { deadline: Date.now() + 5_000 };
    const done: grpc.requestCallback<Buffer> = (error, answer) => {
      if (error === null) {
        taken.push(...read(request, { path, encoding: "" }));
        callback(null, answer);
      } else {
        callback(error);
      }
    };
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, options, done);
  };
  const { address, close } = await serveTraces(pass);
  return {
    address,
    taken,
    close: async () => {
      client.close();
      await close();
    },
  };
}

/** Taps before the three stores, which are at these addresses. */
export async function startTaps(
  stores: Readonly<Record<"loki" | "mimir" | "tempo", string>>,
): Promise<Readonly<Record<"loki" | "mimir" | "tempo", Tap>>> {
  return {
    loki: await startHttpTap(stores.loki, lokiNumbers),
    mimir: await startHttpTap(stores.mimir, metricNumbers),
    tempo: await startGrpcTap(stores.tempo, spanNumbers),
  };
}
