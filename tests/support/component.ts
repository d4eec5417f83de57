/** Evaluates one component. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Cloud } from "../../lib/pulumi/mocks/cloud";
import { underMocks } from "../../lib/pulumi/mocks/program";
import type { Recording } from "../../lib/pulumi/mocks/recording";

/** The three moments at which a component is evaluated. */
export const situations: readonly { readonly when: string; readonly cloud: Cloud }[] = [
  { when: "in the preview before the first up", cloud: { preview: true } },
  { when: "in an up", cloud: {} },
  { when: "in a preview after an up", cloud: { preview: true, deployed: true } },
];

/** Makes one component under mocks, with an explicit provider as index.ts does. */
export async function build<T>(
  cloud: Cloud,
  make: (opts: pulumi.ComponentResourceOptions) => T,
): Promise<Recording & { component: T }> {
  const { result, ...recording } = await underMocks(cloud, () =>
    make({ provider: new k8s.Provider("cluster", { context: "test" }) }),
  );
  return { ...recording, component: result };
}

/** Names of the fields that a component adds to what every resource has, sorted. */
export function publicFields(component: object): string[] {
  return Object.keys(component)
    .filter((key) => !key.startsWith("__") && key !== "urn")
    .sort();
}
