/** An engine that does nothing and a cluster with nothing in it, to time the program's start alone. */
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import {
  GetRootResourceResponse,
  LogSeverity,
  SetRootResourceResponse,
} from "@pulumi/pulumi/proto/engine_pb";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";

import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import { InvokeResponse } from "@pulumi/pulumi/proto/provider_pb";
import * as messages from "@pulumi/pulumi/proto/resource_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

type Call<T> = grpc.ServerUnaryCall<T, unknown>;
type Callback<T> = grpc.sendUnaryData<T>;

/** Stands in for the engine: takes every registration and does nothing with it. */
export interface MockEngine {
  /** `host:port` at which it serves both the engine and the resource monitor. */
  readonly address: string;
  /** Text of a kubeconfig of a cluster that holds nothing, at which the program looks before it begins. */
  readonly kubeconfig: string;
  /** How many resources were registered or read since the last call. */
  takeCount(): number;
  /** What the program reported as errors since the last call. */
  takeErrors(): string[];
  close(): void;
}

function answering<T>(make: () => T) {
  return (_call: unknown, answer: Callback<T>): void => {
    answer(null, make());
  };
}

/**
 * Serves what a program talks to. Every resource gets its own inputs back as outputs, as in a
 * preview, so that a program run against it costs what loading it and building its resources costs.
 */
export async function startMockEngine(): Promise<MockEngine> {
  let count = 0;
  let errors: string[] = [];
  const urn = (type: string, name: string): string => `urn:pulumi:tutorial::lgtm::${type}::${name}`;

  const server = new grpc.Server();
  server.addService(ResourceMonitorService, {
    supportsFeature: answering(() => {
      const response = new messages.SupportsFeatureResponse();
      response.setHassupport(true);
      return response;
    }),
    registerResource: (
      { request }: Call<messages.RegisterResourceRequest>,
      answer: Callback<messages.RegisterResourceResponse>,
    ) => {
      count += 1;
      const response = new messages.RegisterResourceResponse();
      response.setUrn(urn(request.getType(), request.getName()));
      response.setObject(request.getObject());
      answer(null, response);
    },
    readResource: (
      { request }: Call<messages.ReadResourceRequest>,
      answer: Callback<messages.ReadResourceResponse>,
    ) => {
      count += 1;
      const response = new messages.ReadResourceResponse();
      response.setUrn(urn(request.getType(), request.getName()));
      response.setProperties(request.getProperties());
      answer(null, response);
    },
    // The one question is what the stack's state has; this is its first run.
    invoke: answering(() => {
      const response = new InvokeResponse();
      response.setReturn(Struct.fromJavaScript({ outputs: {} }));
      return response;
    }),
    registerResourceOutputs: answering(() => new Empty()),
    signalAndWaitForShutdown: answering(() => new Empty()),
  });
  server.addService(EngineService, {
    log: ({ request }: Call<LogRequest>, answer: Callback<Empty>) => {
      if (request.getSeverity() === LogSeverity.ERROR) errors.push(request.getMessage());
      answer(null, new Empty());
    },
    getRootResource: answering(() => new GetRootResourceResponse()),
    setRootResource: answering(() => new SetRootResourceResponse()),
  });

  const port = await new Promise<number>((resolve, reject) => {
    const credentials = grpc.ServerCredentials.createInsecure();
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  const cluster = await startEmptyCluster();
  return {
    kubeconfig: kubeconfigOf(cluster),
    address: `127.0.0.1:${String(port)}`,
    takeCount: () => {
      const taken = count;
      count = 0;
      return taken;
    },
    takeErrors: () => {
      const taken = errors;
      errors = [];
      return taken;
    },
    close: () => {
      server.forceShutdown();
      cluster.closeAllConnections();
      cluster.close();
    },
  };
}

/** An API server that knows of no object. */
async function startEmptyCluster(): Promise<http.Server> {
  const server = http.createServer((_request, response) => {
    response.writeHead(404, { "content-type": "application/json" });
    response.end(JSON.stringify({ kind: "Status", message: "not found" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function kubeconfigOf(server: http.Server): string {
  const { port } = server.address() as AddressInfo;
  const name = "bench";
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    contexts: [{ name, context: { cluster: name, user: name } }],
    clusters: [
      {
        name,
        cluster: { server: `http://127.0.0.1:${String(port)}`, "insecure-skip-tls-verify": true },
      },
    ],
    users: [{ name, user: {} }],
  });
}
