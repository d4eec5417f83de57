/** No password that the world knows, and no Grafana without a login. */
import { isSecretKey } from "../../lib/secrets/names";
import { containersOf, podOf } from "../pods";
import type { Rule } from "../rule";
import { isHidden, kindOf, leavesOf, type Subject } from "../subject";

/** Passwords that are in charts, images and tutorials for everybody to read. */
const wellKnown = new Set(
  `admin password changeme change-me secret grafana prom-operator root test 123456 supersecret minio123
  minioadmin strongpassword console123 complexpass#123 rootpass123`.split(/\s+/),
);

function isWellKnown(value: unknown): boolean {
  return typeof value === "string" && wellKnown.has(value.toLowerCase());
}

function decoded(base64: unknown): string {
  return typeof base64 === "string" && !isHidden(base64)
    ? Buffer.from(base64, "base64").toString("utf8")
    : "";
}

/** Every password that a subject sets, with the place. */
function passwords(subject: Subject): (readonly [string, unknown])[] {
  const { props } = subject;
  const environment = containersOf(podOf(subject)).flatMap(({ name, env = [] }) =>
    env.map((variable) => [`container ${name}, ${variable.name}`, variable.value] as const),
  );
  const secret =
    kindOf(subject) === "Secret"
      ? [
          ...leavesOf(props["stringData"], "stringData"),
          ...leavesOf(props["data"], "data").map(
            ([path, value]) => [path, decoded(value)] as const,
          ),
        ]
      : [];
  const values = leavesOf(props["values"], "values");
  return [...environment, ...secret, ...values].filter(([path]) => isSecretKey(path));
}

export const defaultCredentials: Rule = {
  id: "no-default-credentials",
  severity: "mandatory",
  text: "No password is one that a chart, an image or a tutorial has made public.",
  fix: "Leave grafanaAdminPassword and the object store's keys to be generated, or set your own with pulumi config set --secret.",
  check: (subject) =>
    passwords(subject).flatMap(([path, value]) =>
      isWellKnown(value) ? [`${path} is a password that is publicly known`] : [],
    ),
};

function isOn(value: unknown): boolean {
  return value === true || String(value).toLowerCase() === "true";
}

/** Whether a grafana.ini text lets people in without a login. */
function iniIsOpen(text: string): boolean {
  const section = /^\[auth\.anonymous\]$([^]*?)(?=^\[|$(?![^]))/m.exec(text)?.[1] ?? "";
  return /^\s*enabled\s*=\s*true\s*$/m.test(section);
}

export const anonymousGrafana: Rule = {
  id: "grafana-needs-login",
  severity: "mandatory",
  text: "Grafana lets nobody in without a login.",
  fix: "Remove auth.anonymous from grafana.ini and GF_AUTH_ANONYMOUS_ENABLED from the environment.",
  check: (subject) => {
    const open = "lets everybody in without a login (auth.anonymous)";
    const inValues = leavesOf(subject.props["values"], "values").filter(
      ([path, value]) =>
        /auth\.anonymous\.enabled$|GF_AUTH_ANONYMOUS_ENABLED$/.test(path) && isOn(value),
    );
    const inEnvironment = containersOf(podOf(subject)).filter(({ env = [] }) =>
      env.some(({ name, value }) => name === "GF_AUTH_ANONYMOUS_ENABLED" && isOn(value)),
    );
    const inFiles =
      kindOf(subject) === "ConfigMap"
        ? leavesOf(subject.props["data"]).filter(
            ([path, value]) => path.includes("grafana.ini") && iniIsOpen(String(value)),
          )
        : [];
    return [
      ...inValues.map(([path]) => `${path}: ${open}`),
      ...inEnvironment.map(({ name }) => `container ${name}: ${open}`),
      ...inFiles.map(([path]) => `${path}: ${open}`),
    ];
  },
};
