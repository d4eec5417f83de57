/** Commands as the user types them. */
import type { Cluster } from "../lib/kubernetes/cluster";
import { pulumiHint, type Stack } from "./stack";

export interface Hints {
  /** `pulumi up --stack dev`, or `npm run pulumi -- up` in the sandbox. */
  readonly pulumi: (command: string) => string;
  /** `kubectl --context kind-lgtm get pods -n lgtm` */
  readonly kubectl: (command: string) => string;
  /** `npm run drift -- --stack dev` */
  readonly npm: (script: string) => string;
  /** How to get past a run that was cut off. */
  readonly recover: string;
}

export function hintsFor(
  { access, name }: Pick<Stack, "access" | "name">,
  cluster: Pick<Cluster, "kubectl">,
): Hints {
  const npm = (script: string): string => `npm run ${script} -- --stack ${name}`;
  return {
    pulumi: (command) => pulumiHint({ access, name }, command),
    kubectl: (command) => cluster.kubectl(command),
    npm,
    recover: npm("recover"),
  };
}
