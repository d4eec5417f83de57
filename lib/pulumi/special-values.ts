/** How Pulumi marks a value as secret, or as not known yet, in a state and between its processes. */

// The SDK has them too, in pulumi.runtime, which a test compares: a command would load it for a second.
export const signature = "4dabf18193072939515e22adb298388d";
export const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
export const unknownMarker = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The value marked as secret, as it goes between processes. */
export function secret(value: unknown): Record<string, unknown> {
  return { [signature]: secretSignature, value };
}

export function isSecret(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === "object" &&
    value !== null &&
    (value as Record<string, unknown>)[signature] === secretSignature
  );
}
