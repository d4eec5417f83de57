/**
 * The rules as a Pulumi policy pack: `pulumi preview --policy-pack policy`.
 *
 * Pulumi shows a pack the program's resources only. What Helm renders inside the releases is checked
 * with the same rules by `npm run preview:pr`.
 */
import {
  PolicyPack,
  type ReportViolation,
  type ResourceValidationPolicy,
  type StackValidationPolicy,
} from "@pulumi/policy";
import { judgeSubject } from "./judge";
import type { Rule } from "./rule";
import { rules } from "./rules";
import { type Json, notKnown, type Stack, type Subject } from "./subject";

interface PackResource {
  readonly type: string;
  readonly name: string;
  readonly props: Json;
  readonly opts: { readonly protect: boolean };
}

/** `urn:pulumi:<stack>::<project>::…` */
function stackName(urn: string): string {
  return /^urn:pulumi:([^:]+)::/.exec(urn)?.[1] ?? "";
}

/** A copy in which what is not known yet has a stand-in; reading it would end the rule at once. */
function copyOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const copies = Object.keys(value).map((key): readonly [string, unknown] => {
    try {
      return [key, copyOf((value as Json)[key])];
    } catch {
      return [key, notKnown];
    }
  });
  return Array.isArray(value) ? copies.map(([, item]) => item) : Object.fromEntries(copies);
}

function subjectOf({ type, name, props, opts }: PackResource): Subject {
  return { type, name, props: copyOf(props) as Json, protect: opts.protect };
}

function report(
  rule: Rule,
  subject: Subject,
  stack: Stack,
  tell: ReportViolation,
  urn: string,
): void {
  for (const finding of judgeSubject(subject, stack, [rule])) {
    if (finding.exemption !== undefined) continue;
    tell(`${finding.subject ?? ""}: ${finding.problem}\nFix: ${rule.fix}`, urn);
  }
}

/** Rules that look beyond one resource need all of them, which Pulumi has at the end of a preview. */
const wholeStack = new Set(["pods-fit-pod-security", "prod-data-protected"]);

function policyOf(rule: Rule): ResourceValidationPolicy | StackValidationPolicy {
  const common = {
    name: rule.id,
    description: rule.text,
    enforcementLevel: rule.severity,
    remediationSteps: rule.fix,
  };
  if (wholeStack.has(rule.id)) {
    return {
      ...common,
      validateStack: ({ resources }, tell) => {
        const subjects = resources.map((resource) => subjectOf(resource));
        resources.forEach(({ urn }, index) => {
          const subject = subjects[index];
          if (subject !== undefined)
            report(rule, subject, { name: stackName(urn), subjects }, tell, urn);
        });
      },
    };
  }
  return {
    ...common,
    validateResource: (resource, tell) => {
      const subject = subjectOf(resource);
      report(
        rule,
        subject,
        { name: stackName(resource.urn), subjects: [subject] },
        tell,
        resource.urn,
      );
    },
  };
}

new PolicyPack("lgtm", { enforcementLevel: "mandatory", policies: rules.map(policyOf) });
