/** One stack as one of the two trees has it. */
import { blocking, type Finding, judge } from "../../../policy/judge";
import { assignmentsMasked, isSecretKey, mayBeSecret } from "../../../policy/rules/secrets";
import {
  type Json,
  kindOf,
  renderedSubject,
  type Stack,
  type Subject,
} from "../../../policy/subject";
import type { Masks } from "./masking";
import { type Program, ProgramError, type Resource, runProgram } from "./program";
import type { Rendered, Renderer } from "./render";

export interface Side {
  /** Undefined when the tree has no such stack, or its program refused. */
  readonly program: Program | undefined;
  /** Why there is no program. */
  readonly problem: string | undefined;
  readonly resources: readonly Resource[];
  readonly rendered: readonly Rendered[];
  /** The program's own resources and the objects in its releases. */
  readonly subjects: readonly Subject[];
  readonly findings: readonly Finding[];
}

const clusterWide =
  /^(ClusterRole|ClusterRoleBinding|CustomResourceDefinition|Namespace|PersistentVolume|StorageClass|PriorityClass|PodSecurityPolicy|IngressClass|APIService|\w+WebhookConfiguration)$/;

/** Helm puts objects that name no namespace into the release's. */
function placed(object: Json, namespace: string | undefined): Json {
  const metadata = (object["metadata"] ?? {}) as { namespace?: string };
  if (clusterWide.test(String(object["kind"])) || metadata.namespace !== undefined) return object;
  return { ...object, metadata: { ...metadata, ...(namespace !== undefined && { namespace }) } };
}

function hiddenData(data: unknown, masks: Masks, base64: boolean): unknown {
  if (typeof data !== "object" || data === null) return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, value]: [string, unknown]) => {
      const text = base64 ? Buffer.from(String(value), "base64").toString() : String(value);
      return [key, masks.suspect(text)];
    }),
  );
}

/** A Secret without its secrets. */
function withoutData(subject: Subject, masks: Masks): Subject {
  if (kindOf(subject) !== "Secret") return subject;
  const { data, stringData, ...rest } = subject.props;
  return {
    ...subject,
    props: {
      ...rest,
      ...(data !== undefined && { data: hiddenData(data, masks, true) }),
      ...(stringData !== undefined && { stringData: hiddenData(stringData, masks, false) }),
    },
  };
}

/** Hides what looks like a secret although nobody has marked it as one. */
function withoutLiterals(value: unknown, masks: Masks, key = ""): unknown {
  if (typeof value === "string") {
    if (isSecretKey(key) && mayBeSecret(value)) return masks.suspect(value);
    return assignmentsMasked(value, (secret) => masks.suspect(secret));
  }
  if (Array.isArray(value)) return value.map((item) => withoutLiterals(item, masks, key));
  if (typeof value !== "object" || value === null) return value;
  const { name } = value as { name?: unknown };
  return Object.fromEntries(
    Object.entries(value).map(([own, item]) => [
      own,
      // A variable of a container: its name is beside its value.
      withoutLiterals(item, masks, own === "value" && typeof name === "string" ? name : own),
    ]),
  );
}

function subjectsOf({ resources }: Program, rendered: readonly Rendered[]): Subject[] {
  const own = resources
    .filter(({ custom, read }) => custom && !read)
    .map(({ type, name, inputs, protect }): Subject => ({ type, name, props: inputs, protect }));
  const inside = rendered.flatMap(({ release, objects }) => {
    const made = own.find(({ type, name }) => type.endsWith(":Release") && name === release);
    const namespace = made?.props["namespace"] as string | undefined;
    return objects.map((object) => renderedSubject(release, placed(object, namespace)));
  });
  return [...own, ...inside];
}

export interface SideOptions {
  readonly root: string;
  readonly stack: string;
  readonly masks: Masks;
  readonly renderer: Renderer;
  /** Secrets in clear by key, for the tests. */
  readonly secrets?: Readonly<Record<string, string>>;
}

const nothing = { program: undefined, resources: [], rendered: [], subjects: [], findings: [] };

export function absent(problem: string): Side {
  return { ...nothing, problem };
}

/** Runs the program of one tree for one stack, renders its releases and judges both. */
export async function sideOf({
  root,
  stack,
  masks,
  renderer,
  secrets,
}: SideOptions): Promise<Side> {
  let program: Program;
  try {
    program = await runProgram(root, stack, masks, secrets);
  } catch (error) {
    if (error instanceof ProgramError) return absent(error.message);
    throw error;
  }
  const rendered = await renderer.releases(program, root);
  const raw = subjectsOf(program, rendered);
  const facts: Stack = {
    name: stack,
    ...(program.profile !== undefined && { profile: program.profile }),
    outputs: program.outputs,
    holdsSecret: program.holdsSecret,
    subjects: raw,
  };
  // Judged as it is, shown without secrets.
  const findings = judge(facts);
  const clean = (props: Json): Json => withoutLiterals(props, masks) as Json;
  return {
    program,
    problem: undefined,
    resources: program.resources.map((one) => ({ ...one, inputs: clean(one.inputs) })),
    rendered,
    subjects: raw
      .map((subject) => withoutData(subject, masks))
      .map((subject) => ({ ...subject, props: clean(subject.props) })),
    findings,
  };
}

/** Whether the side could not be deployed: its program refuses, or a mandatory rule is broken. */
export function isBlocked({ problem, findings, rendered }: Side): boolean {
  return (
    problem !== undefined ||
    blocking(findings).length > 0 ||
    rendered.some(({ problem: unrendered }) => unrendered !== undefined)
  );
}
