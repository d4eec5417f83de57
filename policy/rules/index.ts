/** The table of rules. */
import type { Rule } from "../rule";
import { anonymousGrafana, defaultCredentials } from "./credentials";
import { publicServices } from "./exposure";
import { pinnedCharts, pinnedImages } from "./pinned";
import { noNodeFolders, podSecurityLabels, podsFitTheirNamespace } from "./pod-security";
import { protectedData } from "./protection";
import { jobRequestsAndLimits, requestsAndLimits } from "./resources";
import { clearSecrets } from "./secrets";

export const rules: readonly Rule[] = [
  publicServices,
  anonymousGrafana,
  defaultCredentials,
  clearSecrets,
  pinnedImages,
  pinnedCharts,
  requestsAndLimits,
  jobRequestsAndLimits,
  podSecurityLabels,
  podsFitTheirNamespace,
  noNodeFolders,
  protectedData,
];
