/** The settings that are secret: the only list of them. */

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
  storageSecret: {
    // Loki, Mimir and Tempo put a key into their YAML before they parse it, without quotes.
    format: /^(\{[^]*"private_key"[^]*\}|[\w+/=.~][\w+/=.~:@-]{6,254}[\w+/=.~@-])\s*$/,
    reason:
      "must be a key of 8 to 256 letters, digits and + / = . _ ~ : @ -, or the JSON key of a service account",
  },
  alertContact: {
    format: /^(https?:\/\/\S+|[^\s@,;]+@[^\s@,;]+([,;] ?[^\s@,;]+@[^\s@,;]+)*)$/,
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
