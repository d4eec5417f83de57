/** The setting `grafanaFolder`: dashboards and alert rules of one's own. */
import * as fs from "node:fs";
import * as path from "node:path";
import { projectRoot } from "../lib/project-root";

/** Dashboards and alert rules of one's own, in the forms in which Grafana provisions them. */
export interface OwnGrafanaFiles {
  /** Title of the dashboards' folder in Grafana. */
  readonly title: string;
  /** Dashboards as JSON text, by name of the file. */
  readonly dashboards: Readonly<Record<string, string>>;
  /** Files of Grafana's alert provisioning with `groups`, as YAML text, by name of the file. */
  readonly rules: Readonly<Record<string, string>>;
}

/** Something in a file that cannot be. */
export interface FileProblem {
  readonly file: string;
  /** As the rest of a sentence that starts with the file. */
  readonly reason: string;
  readonly fix: string;
}

/** Bytes of one ConfigMap's files: Kubernetes takes 1 MiB, with their names. */
export const CONFIG_MAP_BYTES = 1_000_000;

/** Title of this program's folder in Grafana. */
export const ownFolder = "LGTM";

/** Files by kind, and the rest, which nobody would read. */
export function readGrafanaFolder(folder: string): {
  readonly files: OwnGrafanaFiles;
  readonly problems: readonly FileProblem[];
} {
  const place = path.resolve(projectRoot, folder);
  const found = fs.existsSync(place) ? fs.readdirSync(place, { withFileTypes: true }) : [];
  const entries = found
    .map((entry) => ({ name: entry.name, isFile: entry.isFile() }))
    // README files, and what editors and file managers leave.
    .filter(({ name }) => !/^\.|\.md$|~$/.test(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const texts = (form: RegExp) =>
    Object.fromEntries(
      entries
        .filter(({ name, isFile }) => isFile && form.test(name))
        .map(({ name }) => [name, fs.readFileSync(path.join(place, name), "utf8")]),
    );
  const ignored = entries.filter(({ name, isFile }) => !isFile || !/\.(json|ya?ml)$/.test(name));
  return {
    files: {
      title: path.basename(place),
      dashboards: texts(/\.json$/),
      rules: texts(/\.ya?ml$/),
    },
    problems: ignored.map(({ name, isFile }) => ({
      file: name,
      reason: isFile
        ? "is neither a dashboard (.json) nor a file of alert rules (.yaml, .yml), and would be ignored"
        : "is a folder or a link, which would be ignored",
      fix: "move it out of the folder",
    })),
  };
}

/** Dashboards by ConfigMap, as many as it takes, filled in the order of their names. */
export function intoConfigMaps(
  files: Readonly<Record<string, string>>,
): Readonly<Record<string, string>>[] {
  const maps: Record<string, string>[] = [];
  let left = 0;
  for (const [file, content] of Object.entries(files)) {
    const bytes = Buffer.byteLength(file) + Buffer.byteLength(content);
    if (maps.length === 0 || bytes > left) {
      maps.push({});
      left = CONFIG_MAP_BYTES;
    }
    Object.assign(maps.at(-1) ?? {}, { [file]: content });
    left -= bytes;
  }
  return maps;
}
