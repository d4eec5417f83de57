/** Secrets as they are written into a state: in clear, for Pulumi to encrypt. */
import { isRecord } from "../../lib/kubernetes/objects";
import { secretSignature, signature } from "../../lib/pulumi/special-values";
import { isSecretName } from "../../lib/secrets/names";
import { secretMark } from "./program";
import type { RawResource } from "./snapshot";

/** Pulumi encrypts it as soon as it reads it. */
export function secretOf(value: unknown): object {
  return { [signature]: secretSignature, plaintext: JSON.stringify(value) };
}

/** Values with what is secret by its name as secrets; a `--set grafana.adminPassword=...` is one. */
export function encrypted(value: unknown, name = ""): unknown {
  if (isRecord(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, encrypted(item, key)]),
    );
  }
  if (Array.isArray(value)) return value.map((item) => encrypted(item, name));
  return isSecretName(name) && typeof value === "string" && value !== "" ? secretOf(value) : value;
}

/** The Kubernetes provider with its credentials, which a preview does not show; without them it would reach no cluster. */
export function withKubeconfig(resource: RawResource, kubeconfig: string | undefined): RawResource {
  const { inputs = {} } = resource;
  if (inputs["kubeconfig"] !== secretMark || kubeconfig === undefined) return resource;
  return { ...resource, inputs: { ...inputs, kubeconfig: secretOf(kubeconfig) } };
}
