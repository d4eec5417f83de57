/** The stand-in for the official Random provider: as much of it as the program uses. */
import { randomInt, randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type {
  CheckResult,
  CreateResult,
  DiffResult,
  Provider,
  ReadResult,
  UpdateResult,
} from "@pulumi/pulumi/provider";
import { isSecret, secret, unknownMarker } from "../../lib/pulumi/special-values";

type Properties = Record<string, unknown>;

const lettersAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** A change to any of these draws anew; whatever else a resource asks for is refused. */
const knownInputs = ["keepers", "length", "special"];

/** RandomPassword and RandomUuid. The password leaves it as a secret only, and is never logged. */
export class RandomProvider implements Provider {
  readonly version = "4.21.2";
  // Nothing reads a schema.
  readonly schema = JSON.stringify({ name: "random", version: this.version });

  check(urn: string, _olds: Properties, news: Properties): Promise<CheckResult> {
    const reason = refusalOf(urn, news);
    const failures = reason === undefined ? [] : [{ property: "", reason }];
    return Promise.resolve({ inputs: news, failures });
  }

  diff(_id: string, _urn: string, olds: Properties, news: Properties): Promise<DiffResult> {
    const replaces = knownInputs.filter(
      (key) => !isDeepStrictEqual(plain(olds[key]), plain(news[key])),
    );
    return Promise.resolve({ changes: replaces.length > 0, replaces, deleteBeforeReplace: false });
  }

  create(urn: string, inputs: Properties): Promise<CreateResult> {
    if (isUuid(urn)) {
      const result = randomUUID();
      return Promise.resolve({ id: result, outs: { ...inputs, result } });
    }
    const length = Number(plain(inputs["length"]));
    const characters = Array.from({ length }, () =>
      lettersAndDigits.charAt(randomInt(lettersAndDigits.length)),
    );
    const outs = { ...inputs, result: secret(characters.join("")) };
    return Promise.resolve({ id: "none", outs });
  }

  read(id: string, urn: string, props: Properties = {}): Promise<ReadResult> {
    const { result, ...inputs } = props;
    const kept = result === undefined ? {} : { result: keptResult(urn, result) };
    return Promise.resolve({ id, props: { ...inputs, ...kept }, inputs });
  }

  /** Only reached by changes that do not replace: what was drawn stays. */
  update(_id: string, urn: string, olds: Properties, news: Properties): Promise<UpdateResult> {
    return Promise.resolve({ outs: { ...news, result: keptResult(urn, olds["result"]) } });
  }

  delete(): Promise<void> {
    return Promise.resolve();
  }
}

function isUuid(urn: string): boolean {
  return urn.includes("random:index/randomUuid:RandomUuid::");
}

function keptResult(urn: string, result: unknown): unknown {
  return isUuid(urn) ? result : secret(plain(result));
}

function refusalOf(urn: string, inputs: Properties): string | undefined {
  const standIn = "the sandbox's stand-in for the Random provider knows";
  if (isUuid(urn)) return undefined;
  if (!urn.includes("random:index/randomPassword:RandomPassword::"))
    return `${standIn} RandomPassword and RandomUuid only`;
  const length = plain(inputs["length"]);
  const isLength = typeof length === "number" && Number.isInteger(length) && length > 0;
  if (!isLength && length !== unknownMarker) return "length must be a whole number of at least 1";
  const others = Object.keys(inputs).filter(
    (key) => !knownInputs.includes(key) && !key.startsWith("__"),
  );
  return others.length > 0 || plain(inputs["special"]) !== false
    ? `${standIn} passwords of letters and digits only: length, keepers, and special = false`
    : undefined;
}

function plain(value: unknown): unknown {
  return isSecret(value) ? value["value"] : value;
}
