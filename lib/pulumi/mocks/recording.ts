/** Records what a program registers with the mock monitor. */
import * as pulumi from "@pulumi/pulumi";
import { isSecret, unknownMarker } from "../special-values";

/** Stands for a value that is not known yet, in recorded inputs. */
export const unknown = "<unknown>";

export interface Recorded {
  /** Type without its package, and name: `Release lgtm`. */
  readonly label: string;
  readonly type: string;
  readonly name: string;
  /** Label of the parent; undefined at the top. */
  readonly parent: string | undefined;
  readonly custom: boolean;
  /** Read from the cluster (`Service.get`), not made. */
  readonly read: boolean;
  /** Id that is read. */
  readonly id: string | undefined;
  /** Label of the provider; undefined for the default one. */
  readonly provider: string | undefined;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  /** Labels, sorted. */
  readonly dependencies: readonly string[];
  readonly additionalSecretOutputs: readonly string[];
  /** Whether it says by which other name or type it was known. */
  readonly hasAliases: boolean;
  /** Whether the program asks that it be deleted before another one takes its place. */
  readonly deleteBeforeReplace: boolean;
  /** Paths of inputs whose change replaces it, whatever its provider says. */
  readonly replaceOnChanges: readonly string[];
  /** Labels of the resources that an input is made from, by the input's name. */
  readonly madeFrom: Readonly<Record<string, readonly string[]>>;
  /** Inputs without the markers of secrets and unknowns. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Names of the inputs that are secret as a whole or somewhere inside. */
  readonly secretInputs: readonly string[];
  /** Inputs with everything secret left out: what a state file holds in clear. */
  readonly clear: string;
}

export interface Recording {
  readonly resources: readonly Recorded[];
  /** Outputs of components by label, as registered; secrets are `{ secret: value }`. */
  readonly registeredOutputs: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
}

type Json = Record<string, unknown>;

// The protocol buffers' own types are not part of the SDK's public surface.
interface Request {
  getType(): string;
  getName(): string;
  getParent(): string;
  getProvider(): string;
  getDependenciesList(): string[];
  getAdditionalsecretoutputsList(): string[];
}
interface RegisterRequest extends Request {
  getObject(): { toJavaScript(): Json };
  getCustom(): boolean;
  getProtect(): boolean;
  getRetainondelete(): boolean;
  getDeletebeforereplace(): boolean;
  getReplaceonchangesList(): string[];
  getPropertydependenciesMap(): {
    forEach(visit: (dependencies: { getUrnsList(): string[] }, name: string) => void): void;
  };
  getAliasesList(): { getUrn(): string; getSpec(): { getName(): string } | undefined }[];
}
interface ReadRequest extends Request {
  getId(): string;
  getProperties(): { toJavaScript(): Json };
}
interface OutputsRequest {
  getUrn(): string;
  getOutputs(): { toJavaScript(): Json };
}
type Call<R> = (request: R, callback: unknown) => unknown;
interface Monitor {
  registerResource: Call<RegisterRequest>;
  readResource: Call<ReadRequest>;
  registerResourceOutputs: Call<OutputsRequest>;
}

/** What stands where a secret was. */
type Reveal = (inner: unknown) => unknown;

function unbox(value: unknown, onSecret: Reveal): unknown {
  if (value === unknownMarker) return unknown;
  if (Array.isArray(value)) return value.map((item) => unbox(item, onSecret));
  if (typeof value !== "object" || value === null) return value;
  const object = value as Json;
  if (isSecret(object)) return onSecret(unbox(object["value"], (inner) => inner));
  return Object.fromEntries(
    Object.entries(object).map(([key, item]) => [key, unbox(item, onSecret)]),
  );
}

function label(type: string, name: string): string {
  return `${type.split(":").at(-1) ?? type} ${name}`;
}

/** Label of the resource that a URN, or a provider reference (URN and id), points at. */
function labelOf(urn: string): string | undefined {
  if (urn === "") return undefined;
  const [, , types = "", name = ""] = urn.split("::");
  return label(types.split("$").at(-1) ?? "", name);
}

function entry(request: Request, inputs: Json, reveal: Reveal) {
  const secretInputs = Object.keys(inputs).filter((key) => {
    const secrets: unknown[] = [];
    unbox(inputs[key], (inner) => secrets.push(inner));
    return secrets.length > 0;
  });
  return {
    label: label(request.getType(), request.getName()),
    type: request.getType(),
    name: request.getName(),
    parent: labelOf(request.getParent()),
    provider: labelOf(request.getProvider()),
    dependencies: request
      .getDependenciesList()
      .map((urn) => labelOf(urn) ?? "")
      .sort(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    inputs: unbox(inputs, reveal) as Json,
    secretInputs,
    clear: JSON.stringify(unbox(inputs, () => "[secret]")),
  };
}

function madeFrom(request: RegisterRequest): Record<string, readonly string[]> {
  const found: Record<string, readonly string[]> = {};
  request.getPropertydependenciesMap().forEach((dependencies, name) => {
    found[name] = dependencies.getUrnsList().flatMap((urn) => labelOf(urn) ?? []);
  });
  return found;
}

/**
 * Starts recording what is registered with the mock monitor; to be called right after `setMocks`.
 *
 * @param reveal what stands in recorded inputs for a secret; default: the secret itself
 */
export function record(reveal: Reveal = (inner) => inner): Recording {
  const resources: Recorded[] = [];
  const registeredOutputs = new Map<string, Json>();
  // The mock monitor does not tell mocks the parent or the options, so its methods are wrapped.
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const { registerResource, readResource, registerResourceOutputs } = monitor;

  monitor.registerResource = (request, callback) => {
    resources.push({
      ...entry(request, request.getObject().toJavaScript(), reveal),
      custom: request.getCustom(),
      read: false,
      id: undefined,
      protect: request.getProtect(),
      retainOnDelete: request.getRetainondelete(),
      deleteBeforeReplace: request.getDeletebeforereplace(),
      replaceOnChanges: request.getReplaceonchangesList(),
      madeFrom: madeFrom(request),
      // The SDK itself adds those that only name an older version of the type.
      hasAliases: request
        .getAliasesList()
        .some((alias) => alias.getUrn() !== "" || (alias.getSpec()?.getName() ?? "") !== ""),
    });
    return registerResource.call(monitor, request, callback);
  };
  monitor.readResource = (request, callback) => {
    const id = request.getId();
    resources.push({
      ...entry(request, request.getProperties().toJavaScript(), reveal),
      custom: true,
      read: true,
      id: id === unknownMarker ? unknown : id,
      protect: false,
      retainOnDelete: false,
      deleteBeforeReplace: false,
      replaceOnChanges: [],
      madeFrom: {},
      hasAliases: false,
    });
    return readResource.call(monitor, request, callback);
  };
  monitor.registerResourceOutputs = (request, callback) => {
    const outputs = unbox(request.getOutputs().toJavaScript(), (secret) => ({ secret })) as Json;
    registeredOutputs.set(labelOf(request.getUrn()) ?? "", outputs);
    return registerResourceOutputs.call(monitor, request, callback);
  };
  return { resources, registeredOutputs };
}

/** The one recorded resource with this label. */
export function find({ resources }: Pick<Recording, "resources">, wanted: string): Recorded {
  const [found, ...others] = resources.filter((resource) => resource.label === wanted);
  if (found === undefined || others.length > 0) {
    const all = resources.map((resource) => resource.label).join(", ");
    throw new Error(
      `wanted one ${wanted}, got ${String(others.length + (found ? 1 : 0))} in ${all}`,
    );
  }
  return found;
}
