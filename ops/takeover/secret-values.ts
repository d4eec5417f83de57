/** Secrets as they are written into a state: in clear, for Pulumi to encrypt. */
import { isRecord } from "../../lib/kubernetes/objects";
import { secretSignature, signature } from "../../lib/pulumi/special-values";
import { isSecretName } from "../../lib/secrets/names";

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
