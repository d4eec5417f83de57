/** Resources that stay as `npm run adopt` found them. */
import * as pulumi from "@pulumi/pulumi";

/** What a pod template comes from; the rest can change without a restart. */
const kept: Readonly<Record<string, readonly string[]>> = {
  // Not an upgrade to the same values either: Grafana's chart draws a password for its checksum.
  "kubernetes:helm.sh/v3:Release": ["values"],
  "kubernetes:apps/v1:Deployment": ["metadata", "spec"],
};

const leave: pulumi.ResourceTransformation = ({ type, name, props, opts }) => {
  // The tutorial's traffic comes from the user's own machine: this one is ours.
  const ignoreChanges = name.endsWith("-traffic") ? undefined : kept[type];
  return (
    ignoreChanges && {
      props,
      opts: pulumi.mergeOptions(opts, { ignoreChanges: [...ignoreChanges] }),
    }
  );
};

/**
 * A transformation of components whose Helm release or Deployment stays as the state has it, where `npm run
 * adopt` has noted what it found: settings do not reach it. What is not there yet is made as always.
 */
export function leftAsFound(): pulumi.ResourceTransformation {
  void pulumi.log.info(
    "lgtm:adoptedAsFound: the Helm releases and the demo application stay as they were found; " +
      "pulumi config rm lgtm:adoptedAsFound lets the settings reach them",
  );
  return leave;
}
