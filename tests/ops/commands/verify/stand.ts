/** Runs a verification against a system on this machine. */
import * as assert from "node:assert/strict";
import type { V1ConfigMap } from "@kubernetes/client-node";
import type { Generated } from "../../../../dataplane/config/generated";
import { Link } from "../../../../dataplane/network/link";
import { eventually, notYet } from "../../../../dataplane/query/eventually";
import { type FlaskApp, startFlaskApp } from "../../../../dataplane/sinks/flask-sender";
import type { CollectorNode } from "../../../../dataplane/stores/collector";
import type { System, SystemOptions } from "../../../../dataplane/system";
import { diagnose, type Fault } from "../../../../ops/commands/verify/diagnosis/diagnose";
import type { FaultName } from "../../../../ops/commands/verify/diagnosis/diagnose";
import { deliveries } from "../../../../ops/commands/verify/evidence/collector-metrics";
import { type Hop, HopBoard, type HopId } from "../../../../ops/commands/verify/hops";
import {
  type Datasource,
  parseDatasources,
} from "../../../../ops/commands/verify/links/datasources";
import { runVerification } from "../../../../ops/commands/verify/run";
import type { Component } from "../../../../ops/commands/verify/signals";
import type { Limits, System as Verified } from "../../../../ops/commands/verify/system";
import { DirectTransport } from "./direct-transport";
import { startSystem } from "../../../dataplane/support/start-system";
import { outputs, surroundings } from "./surroundings";

/** Enough for a system on this machine, and no more: a hop that is broken costs all of it. */
const limits: Limits = {
  answerMs: 4000,
  arrivalMs: 6000,
  linkMs: 15_000,
  demoMs: 15_000,
  generatedMs: 40_000,
};

/** What a verification said. */
export interface Verdict {
  readonly faults: readonly Fault[];
  readonly hops: Readonly<Record<HopId, Hop>>;
  readonly seconds: number;
  readonly runId: string;
}

/** What may differ from one verification to the next. */
export interface VerifyOptions {
  readonly datasources?: readonly Datasource[];
  /** Origins that lead elsewhere. */
  readonly origins?: Readonly<Record<string, string>>;
  readonly limits?: Partial<Limits>;
  /** Whether there is a demo; default true. */
  readonly demo?: boolean;
  /** The tutorial's collector, in place of the dev stack's. */
  readonly tutorial?: CollectorNode;
}

/** The data plane with a demo that has traffic, and a way to verify it. */
export interface VerifyStand {
  readonly system: System;
  /** Ways to the stores' query APIs, apart from those on which data arrives. */
  readonly queries: Readonly<Record<"loki" | "mimir" | "tempo", Link>>;
  /** Grafana's, as the program generates them. */
  readonly datasources: readonly Datasource[];
  readonly verify: (options?: VerifyOptions) => Promise<Verdict>;
  /** Has the demo send its traffic from now on. */
  readonly startTraffic: () => void;
  /** Takes every fault away, and waits until nothing of it is left. */
  readonly recover: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Datasources of the rendered chart, read as the command reads them from the cluster. */
export function datasourcesOf({ deployment }: Generated): Datasource[] {
  const map = deployment.stores.find(
    (object): object is V1ConfigMap =>
      object.kind === "ConfigMap" && object.metadata?.name === "my-lgtm-grafana",
  );
  return parseDatasources(map?.data?.["datasources.yaml"] ?? "");
}

/** Starts everything; the demo has no traffic yet. */
export async function startVerifyStand(
  context: Mocha.Context,
  setUp: SystemOptions = {},
): Promise<VerifyStand> {
  const system = await startSystem(context, setUp);
  let app: FlaskApp | undefined;
  /** How many lines of the collector's log are of earlier tests. */
  let forgotten = 0;
  const queries = {
    loki: await Link.to(system.loki.address),
    mimir: await Link.to(system.gateway),
    tempo: await Link.to(system.tempo.address),
  };
  const datasources = datasourcesOf(system.generated);
  const verify = async (options: VerifyOptions = {}): Promise<Verdict> => {
    const stop = new AbortController();
    const board = new HopBoard();
    const origins = originsOf(system, queries, options);
    const collector = options.tutorial ?? system.collector;
    const first = collector === system.collector ? forgotten : 0;
    const verified = verifiedSystem(collector, origins, stop.signal, {
      datasources,
      log: () => collector.program.log.lines.slice(first),
      ...options,
    });
    const begin = performance.now();
    const { canary, findings } = await runVerification({
      system: verified,
      board,
      limits: { ...limits, ...options.limits },
      signal: stop.signal,
    });
    const seconds = (performance.now() - begin) / 1000;
    const hops = Object.fromEntries(board.hops.map((hop) => [hop.id, hop]));
    return {
      faults: diagnose(findings, surroundings),
      hops: hops as Verdict["hops"],
      seconds,
      runId: canary.runId,
    };
  };
  return {
    system,
    queries,
    datasources,
    verify,
    startTraffic: () => {
      const address = `${system.collector.host}:4317`;
      app = startFlaskApp({ address, requestsPerSecond: 4 });
    },
    recover: async () => {
      if (system.loki.program.pid === undefined) await system.loki.program.start();
      await Promise.all(Object.values({ ...queries }).map(async (link) => link.pass()));
      await Promise.all(Object.values(system.links).map(async (link) => link.pass()));
      // Started anew it tries at once what it would else wait for, up to half a minute.
      // Once in some hundred times the real collector panics when a client sends while it starts; its
      // container would be started again.
      await system.collector.program.restart().catch(async () => system.collector.program.start());
      await eventually(system.collector.program, "the collector's queues are empty", async () => {
        const answer = await fetch(`http://${system.collector.host}:8888/metrics`);
        const waiting = Object.values(deliveries([await answer.text()])).map((one) => one.waiting);
        return waiting.every((size) => size < 100_000) ? true : notYet;
      });
      forgotten = system.collector.program.log.lines.length;
    },
    stop: async () => {
      await app?.abandon();
      await Promise.all(Object.values(queries).map(async (link) => link.close()));
      await system.stop();
    },
  };
}

function originsOf(
  system: System,
  queries: VerifyStand["queries"],
  { origins: other, tutorial: collector = system.collector }: VerifyOptions,
): Record<string, string> {
  const origin = (place: Component): string => new URL(outputs[place]).origin;
  return {
    [origin("collector")]: `http://${collector.host}:4318`,
    [origin("loki")]: `http://${queries.loki.address}`,
    [origin("mimir")]: `http://${queries.mimir.address}`,
    [origin("tempo")]: `http://${queries.tempo.address}`,
    ...other,
  };
}

function verifiedSystem(
  { host }: CollectorNode,
  origins: Readonly<Record<string, string>>,
  signal: AbortSignal,
  given: VerifyOptions & {
    readonly datasources: readonly Datasource[];
    readonly log: () => readonly string[];
  },
): Verified {
  const transport = new DirectTransport(origins, signal);
  return {
    endpoints: outputs,
    profile: given.tutorial === undefined ? "standard" : "tutorial",
    demo: given.demo === false ? undefined : { hasTraffic: true },
    datasources: given.datasources,
    to: async (place) => transport.to(outputs[place]),
    collector: {
      log: () => Promise.resolve(given.log()),
      metrics: async () => {
        const answer = await fetch(`http://${host}:8888/metrics`);
        return [await answer.text()];
      },
    },
  };
}

/** Asserts that these faults were named, and no others, each with what to do about it. */
export function assertFaults(
  { faults, hops }: Verdict,
  expected: readonly FaultName[],
): readonly Fault[] {
  const told = faults.map(({ fault, error }) => `${fault}: ${error}`).join("\n");
  assert.deepEqual(
    faults.map(({ fault }) => fault),
    expected,
    `${told}\n${JSON.stringify(hops, undefined, 1)}`,
  );
  for (const { cause, next } of faults) assert.ok(cause !== "" && next !== "");
  return faults;
}
