/** What a rule is. */
import type { Stack, Subject } from "./subject";

/** Something that must hold, or should. */
export interface Rule {
  /** Short name, also in reports and exemptions. */
  readonly id: string;
  /** `mandatory` stops a deployment, `advisory` is only said. */
  readonly severity: "mandatory" | "advisory";
  /** What must hold, one sentence. */
  readonly text: string;
  /** What to do where it does not hold. */
  readonly fix: string;
  /** What is wrong with one subject, one sentence each; empty when nothing is. */
  readonly check: (subject: Subject, stack: Stack) => readonly string[];
  /** The same for what belongs to no single subject. */
  readonly checkStack?: (stack: Stack) => readonly string[];
}
