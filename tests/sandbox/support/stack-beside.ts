/** More stacks of the real program on the cluster of a test sandbox. */
import * as fs from "node:fs";
import * as path from "node:path";
import { LocalWorkspace, type PulumiFn, type Stack } from "@pulumi/pulumi/automation";
import { parse, stringify } from "yaml";
import { repositoryKeys } from "../../../config/charts";
import type { TestSandbox } from "./test-sandbox";

/** What a stack differs in from that of the sandbox. */
export interface Beside {
  /** Settings of the program, beside the sandbox's charts, their set and cluster. Default: those of the sandbox's stack. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** In place of index.ts. */
  readonly program?: PulumiFn;
  /** Folder of its own backend, by name: as on another machine, which knows no state. */
  readonly backend?: string;
}

interface StackFile {
  readonly config: Readonly<Record<string, unknown>>;
}

const ofSandbox = ["kubernetes:kubeconfig", "kubernetes:context", "lgtm:chartSet"];
const charts = repositoryKeys.map((key) => `lgtm:${key}`);

/** A stack of this name, not yet up; made anew, or selected when it is there. */
export async function stackBeside(
  { paths, stack }: TestSandbox,
  name: string,
  { settings, program, backend }: Beside = {},
): Promise<Stack> {
  const read = (file: string): unknown =>
    parse(fs.readFileSync(path.join(paths.project, file), "utf8"));
  const { config } = read(`Pulumi.${stack.name}.yaml`) as StackFile;
  const folder = path.join(paths.root, "beside", `${name}-${backend ?? "same"}`);
  fs.mkdirSync(folder, { recursive: true });
  const project = read("Pulumi.yaml") as { readonly name: string };
  fs.writeFileSync(path.join(folder, "Pulumi.yaml"), stringify(project));
  const own =
    settings === undefined
      ? config
      : {
          ...Object.fromEntries([...ofSandbox, ...charts].map((key) => [key, config[key]])),
          ...Object.fromEntries(
            Object.entries(settings).map(([key, value]) => [`lgtm:${key}`, value]),
          ),
        };
  const file = path.join(folder, `Pulumi.${name}.yaml`);
  const before = fs.existsSync(file) ? (parse(fs.readFileSync(file, "utf8")) as object) : {};
  fs.writeFileSync(file, stringify({ ...before, config: own }));

  const { pulumiHome, pulumiCommand, envVars } = stack.workspace;
  if (backend !== undefined) fs.mkdirSync(path.join(paths.root, backend), { recursive: true });
  const options = {
    ...(pulumiHome !== undefined && { pulumiHome }),
    pulumiCommand,
    envVars: {
      ...envVars,
      ...(backend !== undefined && {
        PULUMI_BACKEND_URL: `file://${path.join(paths.root, backend)}`,
      }),
    },
  };
  return program === undefined
    ? LocalWorkspace.createOrSelectStack({ stackName: name, workDir: folder }, options)
    : LocalWorkspace.createOrSelectStack(
        { stackName: name, projectName: project.name, program },
        { ...options, workDir: folder },
      );
}
