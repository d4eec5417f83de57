/** Applies the rules to a stack. */
import { exemptionsOf } from "./exemptions";
import type { Rule } from "./rule";
import { rules as allRules } from "./rules";
import { labelOf, type Stack, type Subject } from "./subject";

export interface Finding {
  readonly rule: Rule;
  /** Label of the subject; undefined for what belongs to the stack as a whole. */
  readonly subject: string | undefined;
  /** What is wrong, one sentence. */
  readonly problem: string;
  /** Why it may be so; undefined when it may not. */
  readonly exemption: string | undefined;
}

function judged(rule: Rule, stack: Stack, subject: string | undefined, problem: string): Finding {
  const exemption = exemptionsOf(stack).find(
    ({ rule: id, where, says }) =>
      id === rule.id &&
      subject !== undefined &&
      where.test(subject) &&
      (says?.test(problem) ?? true),
  );
  return { rule, subject, problem, exemption: exemption?.reason };
}

export function judgeSubject(
  subject: Subject,
  stack: Stack,
  rules: readonly Rule[] = allRules,
): Finding[] {
  return rules.flatMap((rule) =>
    rule.check(subject, stack).map((problem) => judged(rule, stack, labelOf(subject), problem)),
  );
}

export function judge(stack: Stack, rules: readonly Rule[] = allRules): Finding[] {
  const inStack = rules.flatMap((rule) =>
    (rule.checkStack?.(stack) ?? []).map((problem) => judged(rule, stack, undefined, problem)),
  );
  return [...stack.subjects.flatMap((subject) => judgeSubject(subject, stack, rules)), ...inStack];
}

export function blocking(findings: readonly Finding[]): Finding[] {
  return findings.filter(
    ({ rule, exemption }) => rule.severity === "mandatory" && exemption === undefined,
  );
}
