/** For every rule, what passes and what fails. */
import { accessCases } from "./access-cases";
import { deploymentCases } from "./deployment-cases";

/** For every rule, what passes and what fails. */
export const cases = { ...accessCases, ...deploymentCases };
