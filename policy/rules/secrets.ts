/** Secrets are in Secrets, and nowhere in clear. */
import { secretKeys } from "../../config/secrets";
import { isSecretName } from "../../lib/secrets/mask";
import { containersOf, podOf } from "../pods";
import type { Rule } from "../rule";
import { isHidden, kindOf, leavesOf, type Stack, type Subject } from "../subject";

/**
 * Names of keys and variables that carry a secret: the program's own settings, and what charts and images
 * call theirs. Narrower than what is hidden in logs (lib/secrets/mask.ts): a finding here stops a
 * deployment, and a ring's `num_tokens` is no secret.
 */
const secretName = new RegExp(
  `(^|[._-])(${secretKeys.join("|")}|pass(word|wd)?|root_?password|admin_?password|secret_?key|secret_?access_?key|access_?key_?id|account_?key|storage_?account_?key|api_?key|auth_?token|bearer_?token|access_?token|client_?secret|private_?key)$`,
  "i",
);

/** A reference to where the secret is, or nothing: what may be in clear. */
const reference = /^$|^\$\{?[A-Za-z_]\w*(:-)?\}?$|^\$__(env|file)\{|^\$\{env:|^\/|^<.*>$/;

/** Keys in one configuration text, with their values: `key: value`, `key = value`. */
function assignments(text: string): { key: string; value: string }[] {
  const found = text.matchAll(/(?:^|[\s{,;&?-])"?([\w.-]+)"?[ \t]*[:=][ \t]*"?([^\s"#,}&]+)/gm);
  return [...found].map(([, key = "", value = ""]) => ({ key, value }));
}

function isLiteral(value: unknown): boolean {
  return typeof value === "string" && !isHidden(value) && !reference.test(value);
}

/** Whether a key or variable of this name carries a secret. */
export function isSecretKey(key: string): boolean {
  return secretName.test(key);
}

/** Whether a text under such a key is a secret itself: no reference to one, and not yet masked. */
export function mayBeSecret(value: string): boolean {
  return isLiteral(value);
}

/** A configuration text in which every secret is replaced. */
export function assignmentsMasked(text: string, mask: (secret: string) => string): string {
  return assignments(text)
    .filter(({ key, value }) => secretName.test(key) && isLiteral(value))
    .reduce((masked, { value }) => masked.replaceAll(value, mask(value)), text);
}

/** Places where a secret would be stored for many to read: Helm's own storage, pod definitions, ConfigMaps. */
function literals(subject: Subject): string[] {
  const values = leavesOf(subject.props["values"], "values").filter(
    ([path, value]) => secretName.test(path) && (isLiteral(value) || isHidden(value)),
  );
  const environment = containersOf(podOf(subject)).flatMap(({ name, env = [] }) =>
    env
      .filter((variable) => secretName.test(variable.name) && isLiteral(variable.value))
      .map((variable) => `container ${name}: ${variable.name} holds a secret in clear`),
  );
  const files =
    kindOf(subject) === "ConfigMap"
      ? leavesOf(subject.props["data"], "data").flatMap(([path, text]) =>
          [
            ...assignments(String(text)).filter(
              ({ key, value }) => secretName.test(key) && isLiteral(value),
            ),
            ...(/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(String(text))
              ? [{ key: "PRIVATE KEY" }]
              : []),
          ].map(({ key }) => `${path}: ${key} is in clear`),
        )
      : [];
  return [
    ...values.map(([path]) => `${path} holds a secret, and Helm stores values in clear`),
    ...environment,
    ...files,
  ];
}

/** Texts that hold the value of a secret without being secret themselves. */
function leaks(subject: Subject, { holdsSecret }: Stack): string[] {
  if (holdsSecret === undefined) return [];
  const { data, stringData, ...rest } = subject.props;
  // That is what a Secret is for.
  return leavesOf(kindOf(subject) === "Secret" ? rest : { data, stringData, ...rest })
    .filter(([, value]) => typeof value === "string" && !isHidden(value) && holdsSecret(value))
    .map(([path]) => `${path} holds the value of a secret in clear`);
}

function outputProblems({ outputs = {}, holdsSecret }: Stack): string[] {
  return Object.entries(outputs)
    .filter(([, { secret }]) => !secret)
    .flatMap(([name, { value }]) => {
      const held = holdsSecret?.(JSON.stringify([value])) === true;
      return isSecretName(name) || isSecretKey(name) || held
        ? [`output ${name} shows a secret in clear`]
        : [];
    });
}

/** Secrets are in Secrets. */
export const clearSecrets: Rule = {
  id: "no-secret-in-clear",
  severity: "mandatory",
  text: "No secret is in clear in inputs, Helm values, ConfigMaps, environment variables or outputs.",
  fix: "Put it into a Secret and refer to that (existingSecret, secretKeyRef, ${VARIABLE}); wrap outputs in pulumi.secret().",
  check: (subject, stack) => [...new Set([...literals(subject), ...leaks(subject, stack)])],
  checkStack: outputProblems,
};
