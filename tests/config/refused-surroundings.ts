/** What is around the declared settings and cannot work. */
import type { Refused } from "./refused";

const kubeconfig = "apiVersion: v1\nusers: [{ user: { token: t0ken-in-clear } }]\n";
const password = "lgtm:grafanaAdminPassword";

/** What is around the declared settings: the cluster, the password, keys that nobody knows. */
export const refusedSurroundings: readonly Refused[] = [
  // The cluster
  {
    what: "no cluster",
    raw: { "kubernetes:context": undefined },
    key: "kubernetes:context",
    reason: "it must be said which cluster to deploy to",
    fix: "pulumi config set kubernetes:context <name>",
  },
  {
    what: "an empty context, which would be whatever kubectl points at",
    raw: { "kubernetes:context": "" },
    key: "kubernetes:context",
    reason: "it must be said which cluster to deploy to",
    fix: "pulumi config set kubernetes:context <name>",
  },
  {
    what: "the contents of a kubeconfig in clear",
    raw: { "kubernetes:kubeconfig": kubeconfig },
    key: "kubernetes:kubeconfig",
    shown: "[secret]",
    reason: "holds a cluster's credentials in clear",
    fix: "pulumi config set --secret kubernetes:kubeconfig < kubeconfig.yaml",
    never: "t0ken",
  },
  {
    what: "the contents of a kubeconfig in clear, as JSON in one line",
    raw: { "kubernetes:kubeconfig": '{"users":[{"user":{"token":"t0ken-in-clear"}}]}' },
    key: "kubernetes:kubeconfig",
    shown: "[secret]",
    reason: "holds a cluster's credentials in clear",
    fix: "pulumi config set --secret kubernetes:kubeconfig",
    never: "t0ken",
  },
  {
    what: "a kubeconfig file that does not exist",
    raw: { "kubernetes:kubeconfig": "/no/such/kubeconfig" },
    key: "kubernetes:kubeconfig",
    reason: "there is no such file",
    fix: "pulumi config set kubernetes:kubeconfig <path>",
  },
  {
    what: "an empty kubeconfig",
    raw: { "kubernetes:kubeconfig": "" },
    key: "kubernetes:kubeconfig",
    reason: "there is no such file",
    fix: "pulumi config rm kubernetes:kubeconfig",
  },

  // The password
  {
    what: "a password in clear",
    raw: { [password]: "hunter2-hunter2" },
    key: password,
    shown: "[secret]",
    reason: "is given in clear; it must be encrypted",
    fix: `pulumi config set --secret ${password}`,
    never: "hunter2",
  },
  ...["hunter2", "hunter2 hunter2", `hunter2${"x".repeat(122)}`, "hunter2-hunter2-é", ""].map(
    (value) => ({
      what: `a password of ${String(value.length)} characters${value.includes(" ") ? " with a space" : ""}`,
      secrets: { [password]: value },
      key: password,
      shown: "[secret]",
      reason: "must be 12 to 128 printable ASCII characters without spaces",
      fix: `pulumi config set --secret ${password}`,
      never: "hunter2",
    }),
  ),
  {
    what: "a wrong value that is encrypted, of a setting that need not be",
    secrets: { "lgtm:grafanaAdminUser": "hunter2 hunter2" },
    key: "lgtm:grafanaAdminUser",
    shown: "[secret]",
    reason: "must be 1 to 64 letters",
    fix: "pulumi config set lgtm:grafanaAdminUser",
    never: "hunter2",
  },

  // Unknown keys
  {
    what: "an unknown key",
    raw: { "lgtm:replicas": "3" },
    key: "lgtm:replicas",
    shown: "[not shown]",
    reason: "is not a setting of this program",
    fix: "pulumi config rm lgtm:replicas",
  },
  {
    what: "a misspelt password, whose value may be one",
    raw: { "lgtm:grafanaAdminPasword": "hunter2-hunter2" },
    key: "lgtm:grafanaAdminPasword",
    shown: "[not shown]",
    reason: "is not a setting of this program",
    fix: "pulumi config rm lgtm:grafanaAdminPasword",
    never: "hunter2",
  },
  ...["lgtm:GrafanaServiceType", "lgtm:__proto__x", "lgtm:constructor"].map((key) => ({
    what: `the key ${key}`,
    raw: { [key]: "NodePort" },
    key,
    shown: "[not shown]",
    reason: "is not a setting of this program",
    fix: `pulumi config rm ${key}`,
  })),
];
