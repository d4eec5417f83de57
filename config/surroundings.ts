/** What is around the declared settings: keys that nobody knows, and the cluster. */
import * as fs from "node:fs";
import { nearest } from "../lib/nearest";
import { isSecretName } from "../lib/secrets/names";
import { settingKeys } from "./check";
import type { Problem } from "./problems";
import { secretKeys } from "./secrets";

/** Configuration by full key. */
export type AllConfig = Readonly<Record<string, string>>;

/** How a value may be shown: never a secret, never credentials inside a URL. */
export function shown(
  key: string,
  value: string | undefined,
  isSecret: (key: string) => boolean,
): string | undefined {
  if (value === undefined) return undefined;
  if (isSecret(key)) return "[secret]";
  return value
    .replace(/(:\/\/)[^/]*@/, "$1[secret]@")
    .replace(/([?&])([^=&#\s]+)=[^&#\s]+/g, (whole, mark: string, name: string) =>
      isSecretName(name) || /^(sig|signature|key|auth|pwd)$/i.test(name)
        ? `${mark}${name}=[secret]`
        : whole,
    );
}

/** Settings of this project that it does not have. */
export function unknownKeys(project: string, all: AllConfig): Problem[] {
  const known = [...settingKeys, ...secretKeys];
  return Object.keys(all)
    .filter((key) => key.startsWith(`${project}:`))
    .map((key) => key.slice(project.length + 1))
    .filter((name) => !known.some((one) => one === name))
    .map((name) => {
      const key = `${project}:${name}`;
      const meant = nearest(name, known);
      const secret = secretKeys.some((one) => one === meant) ? "--secret " : "";
      const again =
        meant === undefined
          ? "the settings are listed in docs/configuration.md"
          : `pulumi config set ${secret}${project}:${meant}${secret === "" ? " <value>" : ""}`;
      return {
        key,
        value: "[not shown]", // nobody knows what it is, so it may be a secret
        reason: `is not a setting of this program, so it would be ignored${meant === undefined ? "" : `; did you mean ${project}:${meant}?`}`,
        fix: `pulumi config rm ${key}; ${again}`,
      };
    });
}

/** What this program takes of the configuration of Pulumi's Kubernetes provider. */
const clusterKeys = ["context", "kubeconfig"];

/** Warnings of keys outside of the project that look as if they were meant for this program. */
export function ignoredKeys(project: string, all: AllConfig): string[] {
  return Object.keys(all).flatMap((key) => {
    const [namespace = "", ...rest] = key.split(":");
    const name = rest.join(":");
    if (namespace === project || namespace === "pulumi") return [];
    if (namespace === "kubernetes") {
      if (clusterKeys.includes(name)) return [];
      const meant = nearest(name, clusterKeys);
      return [
        `${key} is ignored: of kubernetes: this program takes ${clusterKeys.join(" and ")} only${meant === undefined ? "" : `; did you mean kubernetes:${meant}?`} (pulumi config rm ${key})`,
      ];
    }
    const meant = nearest(namespace, [project, "kubernetes"]);
    return meant === undefined
      ? []
      : [`${key} is ignored; did you mean ${meant}:${name}? (pulumi config rm ${key})`];
  });
}

/** Why the cluster of these settings cannot be one. */
export function clusterProblems(all: AllConfig, isSecret: (key: string) => boolean): Problem[] {
  // An empty context means the current one, which is whatever kubectl points at.
  const context = all["kubernetes:context"] ?? "";
  const kubeconfig = all["kubernetes:kubeconfig"];
  const key = "kubernetes:kubeconfig";
  if (context.trim() === "" && (kubeconfig === undefined || context !== "")) {
    return [
      {
        key: "kubernetes:context",
        value: all["kubernetes:context"],
        reason:
          "it must be said which cluster to deploy to; whatever kubectl points at is not taken",
        fix: "pulumi config set kubernetes:context <name>, one of: kubectl config get-contexts -o name",
      },
    ];
  }
  if (kubeconfig === undefined) return [];
  const isContents = /[\n{]/.test(kubeconfig);
  if (isContents)
    return isSecret(key)
      ? []
      : [
          {
            key,
            value: "[secret]",
            reason: "holds a cluster's credentials in clear",
            fix: `pulumi config set --secret ${key} < kubeconfig.yaml, or set it to the file's path`,
          },
        ];
  const found = fs.statSync(kubeconfig, { throwIfNoEntry: false });
  if (found?.isFile() === true) return [];
  return [
    {
      key,
      value: shown(key, kubeconfig, isSecret),
      reason:
        found === undefined ? "there is no such file" : "is no file that could be a kubeconfig",
      fix: `pulumi config set ${key} <path>, or pulumi config rm ${key} to use ~/.kube/config`,
    },
  ];
}
