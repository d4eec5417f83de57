/** The settings that are secret: the only list of them. */

import { webUrl } from "./text-formats";

/** A webhook's URL, which may say who logs in. */
function isContactUrl(text: string): boolean {
  return webUrl(text.replace(/^(https?:\/\/)[^/@\s]+@/, "$1")) !== undefined;
}

/** Whether a text is the JSON key of one of Google's service accounts. */
function isGoogleKey(text: string): boolean {
  try {
    const key: unknown = JSON.parse(text);
    return (
      typeof key === "object" &&
      key !== null &&
      "private_key" in key &&
      typeof key.private_key === "string"
    );
  } catch {
    return false;
  }
}

const plainKey = /^[\w+/=.~][\w+/=.~:@-]{6,254}[\w+/=.~@-]\s*$/;
const addresses = /^[^\s@,;:/]+@[^\s@,;:/]+([,;] ?[^\s@,;:/]+@[^\s@,;:/]+)*$/;

/** How each must look. All are optional, and a declared secret cannot be: Pulumi.yaml only tells of them. */
export const secretSettings = {
  grafanaAdminPassword: {
    format: /^[\x21-\x7e]{12,128}$/,
    reason: "must be 12 to 128 printable ASCII characters without spaces",
  },
  grafanaDatabasePassword: {
    // Grafana hands it on unquoted, and takes ${…}, $__…{…} and %(…)s for variables.
    format: /^(?!.*(\$(__\w+)?\{|%\())[\x21-\x26\x28-\x5b\x5d-\x7e]{1,128}$/,
    reason:
      "must be 1 to 128 printable ASCII characters without spaces, ' and \\, and without ${ and %(, which Grafana would replace",
  },
  grafanaOidcSecret: {
    // Grafana takes ${…}, $__…{…} and %(…)s for variables, in its environment as well.
    format: /^(?!.*(\$(__\w+)?\{|%\())[\x21-\x7e]{1,512}$/,
    reason:
      "must be 1 to 512 printable ASCII characters without spaces, and without ${ and %(, which Grafana would replace",
  },
  storageSecret: {
    // Loki, Mimir and Tempo put a key into their YAML before they parse it, without quotes.
    format: { test: (text: string) => plainKey.test(text) || isGoogleKey(text) },
    reason:
      "must be a key of 8 to 256 letters, digits and + / = . _ ~ : @ -, or the JSON key of a service account",
  },
  alertContact: {
    // A webhook may have a login in it.
    format: { test: (text: string) => isContactUrl(text) || addresses.test(text) },
    reason: "must be a URL, or e-mail addresses with commas between them",
  },
  alertSmtpPassword: {
    format: /^[\x21-\x7e]{1,256}$/,
    reason: "must be 1 to 256 printable ASCII characters without spaces",
  },
} as const;

/** Name of a secret setting, without the project's prefix. */
export type SecretKey = keyof typeof secretSettings;

export const secretKeys = Object.keys(secretSettings) as readonly SecretKey[];

/** Which of several kinds of secret one is; `text` where there is one kind only, or it is none of them. */
export type SecretKind = "text" | "key" | "json" | "url" | "addresses";

export function kindOf(secret: SecretKey, text: string): SecretKind {
  if (!secretSettings[secret].format.test(text)) return "text"; // told as what it is
  if (secret === "storageSecret") return text.trimStart().startsWith("{") ? "json" : "key";
  if (secret === "alertContact") return /^https?:/.test(text) ? "url" : "addresses";
  return "text";
}
