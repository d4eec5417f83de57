/** The components that index.ts is made of. */
export { leftAsFound } from "./adopted-changes";
export { ClusterSignals, type ClusterSignalsArgs } from "./cluster-signals";
export { DemoApp, type DemoAppArgs } from "./demo-app";
export { LgtmStack, type LgtmStackArgs } from "./lgtm-stack";
export { NetworkPolicies, type NetworkPoliciesArgs } from "./network-policies";
export { OtelCollector, type OtelCollectorArgs } from "./otel-collector";
export {
  TempoDistributorPortPatch,
  type TempoDistributorPortPatchArgs,
} from "./tempo-distributor-port-patch";
export { type ClaimedNames, claimNames } from "./ownership/claim";
// For arguments of programs of somebody's own.
export { charts } from "../config/charts";
export { sizes } from "../config/sizes";
export { withVolumes } from "./ownership/change-volumes";
export { StackOwnership, type StackOwnershipArgs } from "./stack-ownership";
