/** What every Helm release of the program is told beside its arguments. */
import type * as pulumi from "@pulumi/pulumi";

/**
 * A release that gets another name or namespace is uninstalled before the new one is installed: some of
 * its objects have names that neither decides, such as MinIO's service account and Grafana's cluster role,
 * and Helm takes none that belongs to another release. The volumes stay.
 */
export const replacedInOrder: pulumi.CustomResourceOptions = { deleteBeforeReplace: true };
