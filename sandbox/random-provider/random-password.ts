/** RandomPassword, in the stand-in for the official Random provider. */
import { randomInt } from "node:crypto";
import type {
  CheckFailure,
  CheckResult,
  CreateResult,
  DiffResult,
  Provider,
  ReadResult,
  UpdateResult,
} from "@pulumi/pulumi/provider";
import { isSecret, secret, unknownMarker } from "../../lib/pulumi/special-values";
import { characterSets, drawPassword } from "./draw-password";
import type { PasswordRules } from "./draw-password";

type Properties = Record<string, unknown>;

const knownType = "random:index/randomPassword:RandomPassword";

/** A change to any of these makes a new password, as in the official provider. */
const replacing = [
  "keepers",
  "length",
  "lower",
  "minLower",
  "minNumeric",
  "minSpecial",
  "minUpper",
  "number",
  "numeric",
  "overrideSpecial",
  "special",
  "upper",
];

/** RandomPassword without the official plugin. The password leaves it as a secret only, and is never logged. */
export class RandomPasswordProvider implements Provider {
  readonly version = "4.21.2";
  // The official provider has no other resource that the program uses; nothing reads a schema.
  readonly schema = JSON.stringify({ name: "random", version: this.version });

  check(urn: string, _olds: Properties, news: Properties): Promise<CheckResult> {
    if (!urn.includes(`${knownType}::`)) {
      const reason = "the sandbox's stand-in for the Random provider knows RandomPassword only";
      return Promise.resolve({ inputs: news, failures: [{ property: "", reason }] });
    }
    return Promise.resolve({ inputs: news, failures: failures(news) });
  }

  diff(_id: string, _urn: string, olds: Properties, news: Properties): Promise<DiffResult> {
    const replaces = replacing.filter((key) => !isEqual(plain(olds[key]), plain(news[key])));
    return Promise.resolve({ changes: replaces.length > 0, replaces, deleteBeforeReplace: false });
  }

  create(_urn: string, inputs: Properties): Promise<CreateResult> {
    const value = drawPassword(rules(inputs), randomInt);
    return Promise.resolve({ id: "none", outs: { ...inputs, result: secret(value) } });
  }

  read(id: string, _urn: string, props: Properties = {}): Promise<ReadResult> {
    const { result, ...inputs } = props;
    const outputs = result === undefined ? inputs : { ...inputs, result: secret(plain(result)) };
    return Promise.resolve({ id, props: outputs, inputs });
  }

  /** Only reached by changes that do not replace: the password stays. */
  update(_id: string, _urn: string, olds: Properties, news: Properties): Promise<UpdateResult> {
    return Promise.resolve({ outs: { ...news, result: secret(plain(olds["result"])) } });
  }

  delete(): Promise<void> {
    return Promise.resolve();
  }
}

function failures(inputs: Properties): CheckFailure[] {
  const length = plain(inputs["length"]);
  if (length === unknownMarker) return [];
  if (typeof length !== "number" || !Number.isInteger(length) || length < 1) {
    return [{ property: "length", reason: "must be a whole number of at least 1" }];
  }
  const sets = characterSets(rules(inputs));
  const least = sets.reduce((sum, set) => sum + set.atLeast, 0);
  if (sets.length === 0) {
    return [
      {
        property: "length",
        reason: "lower, upper, numeric and special are all off, so no character is left",
      },
    ];
  }
  if (least > length) {
    const reason = `is ${String(length)}, less than the ${String(least)} characters that the min* settings ask for`;
    return [{ property: "length", reason }];
  }
  return [];
}

function rules(inputs: Properties): PasswordRules {
  const flag = (key: string): boolean => (plain(inputs[key]) ?? true) === true;
  const count = (key: string): number => Number(plain(inputs[key]) ?? 0);
  const override = plain(inputs["overrideSpecial"]);
  return {
    length: count("length"),
    lower: flag("lower"),
    upper: flag("upper"),
    numeric: flag("numeric") && flag("number"),
    special: flag("special"),
    minLower: count("minLower"),
    minUpper: count("minUpper"),
    minNumeric: count("minNumeric"),
    minSpecial: count("minSpecial"),
    ...(typeof override === "string" && override !== "" ? { overrideSpecial: override } : {}),
  };
}

function plain(value: unknown): unknown {
  return isSecret(value) ? value["value"] : value;
}

function isEqual(one: unknown, other: unknown): boolean {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}
