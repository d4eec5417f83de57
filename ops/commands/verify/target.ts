/** Reads from the stack's state what is to be verified. */
import { lgtmServiceName, storeReleaseName } from "../../../config/services";
import { nameOf, type State, textInput } from "../../../lib/pulumi/state";
import { CliError } from "../../../lib/terminal/errors";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import { pulumiHint, settingOf, type Stack } from "../../stack";
import type { Whereabouts } from "./findings";
import type { Component } from "./signals";
import type { System } from "./system";
import { servicePortOf } from "./transport/pods";

export interface Target extends Pick<System, "endpoints" | "profile" | "demo"> {
  /** Namespace of the stores, and of Service names without one. */
  readonly home: string;
  readonly where: Whereabouts;
  readonly grafanaConfig: string;
}

/** Outputs of index.ts that lead to each component. */
const outputOf: Readonly<Record<Component, string>> = {
  collector: "otlpHttpEndpoint",
  loki: "lokiUrl",
  mimir: "mimirUrl",
  tempo: "tempoUrl",
};

/**
 * Reads the stack's outputs and what belongs to them from its state.
 *
 * @throws CliError when the stack is not deployed, or was by another version of the program
 */
export function targetOf(stack: Stack): Target {
  const { state } = stack;
  const grafana = grafanaOf(state);
  const outputs = state.resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs;
  const up = `deploy it first: ${pulumiHint(stack, "up")}`;
  if (outputs === undefined || grafana === undefined) {
    const what = state.isDeployed ? "is deployed in part only" : "is not deployed";
    throw new CliError(`Stack ${stack.name} ${what}: there is nothing to verify.`, {
      fix: up,
      exitCode: exitCodes.noStack,
    });
  }
  const { home, grafanaConfig } = grafana;
  const endpoint = (component: Component): string => {
    const value = outputs[outputOf[component]];
    if (typeof value === "string" && URL.canParse(value)) return value;
    throw new CliError(`Stack ${stack.name} has no output ${outputOf[component]} that is a URL.`, {
      fix: up,
      exitCode: exitCodes.noStack,
    });
  };
  const components = ["collector", "loki", "mimir", "tempo"] as const;
  const endpoints = fromComponents(components, endpoint);
  const deployments = state.objects
    .filter(({ type }) => type === "kubernetes:apps/v1:Deployment")
    .map(nameOf);
  return {
    endpoints,
    home,
    where: fromComponents(components, (component) => {
      const { name: service, namespace } = servicePortOf(endpoints[component], home);
      return { namespace, service };
    }),
    grafanaConfig,
    profile: settingOf(stack, "profile") === "tutorial" ? "tutorial" : "standard",
    demo: deployments.includes("demo")
      ? { hasTraffic: deployments.includes("demo-traffic") }
      : undefined,
  };
}

/** Of the release that has Grafana: the one of all stores, or its own, which names its objects like itself. */
function grafanaOf(state: State): Pick<Target, "grafanaConfig" | "home"> | undefined {
  const release = (program: string) => {
    const found = state.releases.find((one) => nameOf(one) === program);
    const [name, home] = [
      found && textInput(found, "name"),
      found && textInput(found, "namespace"),
    ];
    return name === undefined || home === undefined ? undefined : { name, home };
  };
  const [umbrella, own] = [release("lgtm"), release(storeReleaseName("lgtm", "grafana"))];
  if (umbrella !== undefined)
    return { home: umbrella.home, grafanaConfig: lgtmServiceName(umbrella.name, "grafana") };
  return own && { home: own.home, grafanaConfig: own.name };
}

function fromComponents<T>(
  components: readonly Component[],
  make: (component: Component) => T,
): Record<Component, T> {
  return Object.fromEntries(components.map((component) => [component, make(component)])) as Record<
    Component,
    T
  >;
}
