/** The settings `grafanaService` and `demoService`: what the cloud is told of a Service for people. */
import { z } from "zod";
import { annotations, objectOrNone } from "./text-formats";

const reason = "must be an object with annotations, loadBalancerClass or both";

/** What the owner says of a Service for people. */
export interface OwnService {
  readonly annotations: Readonly<Record<string, string>>;
  /** Which controller makes the load balancer; undefined is the cluster's own. */
  readonly loadBalancerClass: string | undefined;
}

/** Undefined is nothing: `{}`. */
export const ownService = objectOrNone<OwnService>(
  z
    .strictObject(
      {
        annotations: annotations(
          "must have names such as networking.gke.io/load-balancer-type in annotations",
        ).default({}),
        loadBalancerClass: z
          .string(reason)
          .regex(
            /^(?=.{1,253}$)([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?$/,
            "must have a name such as service.k8s.aws/nlb as loadBalancerClass",
          )
          .optional(),
      },
      reason,
    )
    .transform(({ annotations: given, loadBalancerClass }) => ({
      annotations: given,
      loadBalancerClass,
    })),
  reason,
);
