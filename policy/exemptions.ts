/** Rules that do not hold somewhere, with the reason. */
import type { Stack } from "./subject";

export interface Exemption {
  readonly rule: string;
  /** Labels of the subjects that it is for. */
  readonly where: RegExp;
  /** What is said of them; default: whatever the rule says. */
  readonly says?: RegExp;
  /** Why it may be so. */
  readonly reason: string;
}

/**
 * The tutorial stack shows what the tutorial's own commands make, to the letter: it is for learning on
 * a cluster that is thrown away. Everything that is exempt is made right in the other profile.
 */
export const tutorialExemptions: readonly Exemption[] = [
  {
    rule: "no-public-service",
    where: /^Service (lgtm-grafana|demo)$/,
    reason: "the tutorial opens Grafana and the demo by public load balancers, sections 5 and 8",
  },
  {
    rule: "requests-and-limits",
    where: / in release (lgtm|otel)$/,
    reason: "the tutorial installs both charts with their own sizes, which leave most pods without",
  },
  {
    rule: "no-default-credentials",
    where: /^Secret \S+-minio in release lgtm$/,
    reason: "the tutorial's MinIO has the chart's own keys; only Mimir's test data is behind them",
  },
  {
    rule: "no-secret-in-clear",
    where: /^ConfigMap \S+-(mimir-config|minio) in release lgtm$/,
    reason: "the chart writes the same publicly known keys of its MinIO into Mimir's configuration",
  },
];

/** What holds in no stack: the tutorial's demo is one of each. */
export const commonExemptions: readonly Exemption[] = [
  {
    rule: "namespace-pod-security",
    where: /^Namespace signals$/,
    says: /enforces privileged/,
    reason:
      "the collector on each node reads its log files, which no other level lets in; nothing else is in there (docs/security.md)",
  },
  {
    rule: "no-node-folders",
    where: /^DaemonSet \S+ in release signals-node$/,
    says: /mounts \/var\/(log\/pods|lib\/lgtm\/\S+) of its node/,
    reason:
      "it reads the node's log files, and keeps beside them how far it has come, which no volume of the cluster's does for each node",
  },
  {
    rule: "images-pinned",
    where: /^Deployment demo$/,
    says: /image (\S+\/)?gasbugs21c\/my-flask-app:lgtm has the tag lgtm/,
    reason:
      "the tutorial's author gives his image this one tag; its digest is for whoever can ask the registry (docs/security.md)",
  },
];

/** Exemptions of a stack: by its profile, or by its name where the profile cannot be known. */
export function exemptionsOf({
  name,
  profile,
}: Pick<Stack, "name" | "profile">): readonly Exemption[] {
  return [...commonExemptions, ...((profile ?? name) === "tutorial" ? tutorialExemptions : [])];
}
