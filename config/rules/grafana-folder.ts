/** Dashboards and alert rules of one's own that Grafana would not take. */
import * as fs from "node:fs";
import * as path from "node:path";
import { projectRoot } from "../../lib/project-root";
import { type OwnGrafanaFiles, readGrafanaFolder } from "../grafana-folder";
import type { Settings } from "../schema";
import type { Conflict, Rule } from "./conflict";
import { datasourcesOfValues, grafanaFileProblems } from "./grafana-files";

/** The chart values of Grafana among one's own, with either set of charts. */
function grafanaValues({ chartSet, helmValues }: Pick<Settings, "chartSet" | "helmValues">) {
  const { grafana, lgtm } = helmValues as Readonly<Record<string, unknown>>;
  return chartSet === "umbrella"
    ? (lgtm as { readonly grafana?: unknown } | undefined)?.grafana
    : grafana;
}

/** What cannot be in files of one's own, beside these Helm values. */
export function ownFilesCanBe(
  files: OwnGrafanaFiles,
  settings: Pick<Settings, "chartSet" | "helmValues">,
): Conflict[] {
  const datasources = datasourcesOfValues(grafanaValues(settings));
  return grafanaFileProblems(files, datasources).map(({ file, reason, fix }) => ({
    key: "grafanaFolder",
    shown: file,
    reason: `${file} ${reason}`,
    fix,
  }));
}

/** Says of each file in `grafanaFolder` what Grafana would not take, before anything is made. */
export const grafanaFolderCanBe: Rule = (settings) => {
  const { grafanaFolder: folder } = settings;
  if (folder === "") return [];
  const key = "grafanaFolder";
  const place = path.resolve(projectRoot, folder);
  if (fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() !== true)
    return [
      {
        key,
        reason: "is no folder of this project",
        fix: `mkdir ${folder} beside Pulumi.yaml and put dashboards (.json) and alert rules (.yaml) there, or pulumi config rm lgtm:${key}`,
      },
    ];
  const { files, problems } = readGrafanaFolder(folder);
  if (Object.keys({ ...files.dashboards, ...files.rules }).length === 0 && problems.length === 0)
    return [
      {
        key,
        reason: "holds neither a dashboard (.json) nor a file of alert rules (.yaml)",
        fix: `put some there, or pulumi config rm lgtm:${key}`,
      },
    ];
  return [
    ...problems.map(
      ({ file, reason, fix }) => ({ key, reason: `${file} ${reason}`, fix }) as const,
    ),
    ...ownFilesCanBe(files, settings),
  ];
};
