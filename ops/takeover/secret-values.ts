import { isRecord } from "../../lib/kubernetes/objects";
import { isSecretName } from "../../lib/secrets/mask";

/** Pulumi's marks on a secret that is written in clear, and encrypted as soon as it is read. */
const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

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
