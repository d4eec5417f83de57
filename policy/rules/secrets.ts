/** Secrets are in Secrets, and in nothing that many may read. */
import { secretKeys } from "../../config/secrets";
import { isSecretKey as isCommonSecretKey, isSecretName } from "../../lib/secrets/names";
import { containersOf, podOf } from "../pods";
import type { Rule } from "../rule";
import { isHidden, kindOf, leavesOf, type Stack, type Subject } from "../subject";

const ownSecret = new RegExp(`(^|[._-])(${secretKeys.join("|")})$`, "i");

/** Whether a key or variable carries a secret for sure: the program's own settings, and what charts and images call theirs. */
export function isSecretKey(name: string): boolean {
  return ownSecret.test(name) || isCommonSecretKey(name);
}

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

/** Whether a text under such a key is a secret itself: no reference to one, and not yet masked. */
export function mayBeSecret(value: string): boolean {
  return isLiteral(value);
}

/** A configuration text in which every secret is replaced. */
export function assignmentsMasked(text: string, mask: (secret: string) => string): string {
  return assignments(text)
    .filter(({ key, value }) => isSecretKey(key) && isLiteral(value))
    .reduce((masked, { value }) => masked.replaceAll(value, mask(value)), text);
}

/** Places where a secret would be stored for many to read: Helm's own storage, pod definitions, ConfigMaps. */
function literals(subject: Subject): string[] {
  const values = leavesOf(subject.props["values"], "values").filter(
    ([path, value]) => isSecretKey(path) && (isLiteral(value) || isHidden(value)),
  );
  const environment = containersOf(podOf(subject)).flatMap(({ name, env = [] }) =>
    env
      .filter((variable) => isSecretKey(variable.name) && isLiteral(variable.value))
      .map((variable) => `container ${name}: ${variable.name} holds a secret in clear`),
  );
  const files =
    kindOf(subject) === "ConfigMap"
      ? leavesOf(subject.props["data"], "data").flatMap(([path, text]) =>
          [
            ...assignments(String(text)).filter(
              ({ key, value }) => isSecretKey(key) && isLiteral(value),
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

export const clearSecrets: Rule = {
  id: "no-secret-in-clear",
  severity: "mandatory",
  text: "No secret is in clear in inputs, Helm values, ConfigMaps, environment variables or outputs.",
  fix: "Put it into a Secret and refer to that (existingSecret, secretKeyRef, ${VARIABLE}); wrap outputs in pulumi.secret().",
  check: (subject, stack) => [...new Set([...literals(subject), ...leaks(subject, stack)])],
  checkStack: outputProblems,
};
