/** The mark that everything of a stack bears. */
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import {
  patchForceAnnotation,
  projectAnnotation,
  releaseMarkKey,
  stackAnnotation,
  stackIdLabel,
} from "../lib/kubernetes/ownership";
import { type DataRecord, ownershipType } from "./ownership/own";

/** Arguments of {@link StackOwnership}. */
export interface StackOwnershipArgs {
  /**
   * Id of a stack whose state was lost, by which its owner says that what bears it is this stack's.
   * Default: drawn at the first `up`, and kept in the state.
   */
  readonly stackId: string | undefined;
  /**
   * Whether what bears that id is written anew, whatever the lost state had: generated passwords are
   * others by now. Plain, because it decides what the provider may take from its predecessor.
   */
  readonly takesOver: boolean;
  /** Uid of the cluster, as {@link claimNames} has found it. */
  readonly clusterId: string | undefined;
  /** Where the stack keeps data: the next run compares it with its own settings. */
  readonly data: DataRecord;
}

/**
 * Gives the stack an id of its own, and marks with it everything that the program makes.
 *
 * The Kubernetes provider 4.25.0 creates by server-side apply, and so takes over what is there already;
 * from 4.29.0 on it refuses. {@link claimNames} looks before anything is made. Two first runs at the
 * same moment are told apart by the API server: both write the label with the id, and the second one
 * has a conflict.
 */
export class StackOwnership extends pulumi.ComponentResource {
  /** The id that everything of this stack bears. */
  readonly id: pulumi.Output<string>;
  /** Marks every object and Helm release, as a transformation of the components that make them. */
  readonly mark: pulumi.ResourceTransformation;

  constructor(name: string, args: StackOwnershipArgs, opts?: pulumi.ComponentResourceOptions) {
    super(ownershipType, name, {}, opts);

    this.id =
      args.stackId === undefined
        ? new random.RandomUuid(name, {}, { parent: this }).result
        : pulumi.output(args.stackId);
    this.mark = marking({
      id: this.id,
      project: pulumi.getProject(),
      stack: pulumi.getStack(),
      takesOver: args.takesOver,
    });
    this.registerOutputs({ id: this.id, clusterId: args.clusterId, data: args.data });
  }
}

interface StackMark {
  readonly id: pulumi.Output<string>;
  readonly project: string;
  readonly stack: string;
  readonly takesOver: boolean;
}

type Texts = Readonly<Record<string, pulumi.Input<string>>>;

/** As the components of this program write them: plain objects, so that a preview knows what it can know. */
interface MarkedProps {
  readonly metadata?: { readonly labels?: Texts; readonly annotations?: Texts };
  readonly values?: Readonly<Record<string, unknown>>;
}

function marking({ id, project, stack, takesOver }: StackMark): pulumi.ResourceTransformation {
  return ({ type, props, opts }) => {
    const { metadata, values } = props as MarkedProps;
    // Helm's record is where whoever finds the release looks; `global` is in every chart's schema.
    if (type === "kubernetes:helm.sh/v3:Release") {
      const global = {
        ...(values?.["global"] as object | undefined),
        [releaseMarkKey]: { id, project, stack },
      };
      return { props: { ...props, values: { ...values, global } }, opts };
    }
    // What is only patched or read is somebody else's, and stays so.
    const makes = type.startsWith("kubernetes:") && !type.endsWith("Patch");
    if (!makes || (opts as pulumi.CustomResourceOptions).id !== undefined) return undefined;
    const marked = {
      ...metadata,
      labels: { ...metadata?.labels, [stackIdLabel]: id },
      annotations: {
        ...metadata?.annotations,
        [projectAnnotation]: project,
        [stackAnnotation]: stack,
        ...(takesOver && { [patchForceAnnotation]: "true" }),
      },
    };
    return { props: { ...props, metadata: marked }, opts };
  };
}
