/** Renders releases with Helm, each of them once. */
import { parseAllDocuments } from "yaml";
import { helmInput } from "../../../lib/helm/values";
import type { Json } from "../../../policy/subject";
import { type Charts, type FoundChart, runHelm } from "./charts";
import type { Program, Resource } from "./program";

export interface Rendered {
  /** Name of the release in the program. */
  readonly release: string;
  readonly objects: readonly Json[];
  readonly chart: FoundChart | undefined;
  /** Why there are no objects. */
  readonly problem: string | undefined;
}

interface ReleaseInputs {
  readonly chart: string;
  readonly version?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly values?: Json;
  readonly repositoryOpts?: { readonly repo?: string };
}

/** The version that the charts are rendered for: the sandbox's control plane. */
const kubernetesVersion = "1.36.3";

function isRelease({ type }: Resource): boolean {
  return type === "kubernetes:helm.sh/v3:Release";
}

/** Renders releases, the same one only once: both sides of a comparison then share it. */
export class Renderer {
  private readonly rendered = new Map<string, Promise<readonly Json[]>>();

  constructor(
    private readonly helm: string,
    private readonly charts: Charts,
  ) {}

  async releases(program: Program, root: string): Promise<Rendered[]> {
    const rendered: Rendered[] = [];
    // One after the other: each Helm takes tens of MiB, and a set of charts has five releases.
    for (const resource of program.resources.filter(isRelease))
      rendered.push(await this.release(resource, root));
    return rendered;
  }

  private async release({ name, inputs }: Resource, root: string): Promise<Rendered> {
    const { chart, version = "", repositoryOpts, ...rest } = inputs as unknown as ReleaseInputs;
    let found: FoundChart | undefined;
    try {
      found = await this.charts.find({ chart, version, repo: repositoryOpts?.repo }, root);
      const args = [
        ...["template", rest.name ?? name, found.place, ...found.args],
        ...["--namespace", rest.namespace ?? "default", "--kube-version", kubernetesVersion],
        ...["--include-crds", "--skip-tests", "--values", "-"],
        // Our stand-ins know the values of the working tree only.
        ...(found.standIn ? ["--skip-schema-validation"] : []),
      ];
      const objects = await this.template(args, helmInput(rest.values ?? {}));
      return { release: name, objects, chart: found, problem: undefined };
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      return { release: name, objects: [], chart: found, problem };
    }
  }

  private async template(args: readonly string[], values: string): Promise<readonly Json[]> {
    const key = JSON.stringify([args, values]);
    const known =
      this.rendered.get(key) ??
      runHelm(this.helm, args, values).then((text) =>
        parseAllDocuments(text)
          .map((document) => document.toJS() as Json | null)
          .filter((object): object is Json => object !== null && typeof object === "object"),
      );
    this.rendered.set(key, known);
    return known;
  }
}
