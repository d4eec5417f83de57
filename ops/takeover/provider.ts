/** The Kubernetes provider in a state that it is put into: a preview does not show its credentials. */
import { ask } from "../../lib/pulumi/pulumi";
import type { Stack } from "../stack";
import type { Running } from "./stack-state";
import { secretMark } from "./program";
import { secretOf } from "./secret-values";
import type { RawResource } from "./snapshot";

/** The kubeconfig that the settings name, in clear. */
export async function kubeconfigOf(stack: Stack, { signal }: Running): Promise<string | undefined> {
  const key = "kubernetes:kubeconfig";
  const setting = stack.settings[key];
  if (setting?.secret !== true) return setting?.value;
  return (await ask(stack.access, ["config", "get", key, "--stack", stack.name], signal)).trim();
}

/** Without it the provider would reach no cluster. */
export function withKubeconfig(resource: RawResource, kubeconfig: string | undefined): RawResource {
  const { inputs = {} } = resource;
  if (inputs["kubeconfig"] !== secretMark || kubeconfig === undefined) return resource;
  return { ...resource, inputs: { ...inputs, kubeconfig: secretOf(kubeconfig) } };
}
