import { type SettingKey, settingsSchema } from "../config/schema";
import { type Adapted, adaptedSettings, usable } from "./adopt/adapted-settings";
import { forecast, type Forecast } from "./adopt/forecast";
import { findInstallation, type Installation } from "./adopt/installation";
import { refusalsOf, type Refusal, restartsOf, showForecast } from "./adopt/plan";
import { plannedWith, takeOver, writeSettings } from "./adopt/takeover";
import type { Cluster } from "./layer/cluster";
import { CliError } from "./layer/errors";
import { exitCodes } from "./layer/exit-codes";
import { hintsFor, type Hints } from "./layer/hints";
import { openCluster } from "./layer/open-cluster";
import { confirm } from "./layer/question";
import type { Context, Outcome } from "./layer/run";
import { color, list } from "./layer/screen";
import { openStack, settingOf, type Stack } from "./layer/stack";

/** Takes what somebody has installed by hand after the tutorial over into a stack. */
export async function adopt(context: Context): Promise<Outcome> {
  const stack = await openStack(context, true);
  const cluster = await openCluster(stack, context);
  const hints = hintsFor(stack, cluster);
  refuseDeployed(stack, hints);

  context.progress.begin("looking at what is installed");
  const installation = await findInstallation(stack, cluster);
  const settings = settingsFor(stack, installation);
  context.progress.begin("running the program, to see what it would do");
  const planned = await plannedWith(stack, settings, context);
  context.progress.begin("comparing what is installed with what the program makes");
  const all = await forecast(stack, cluster, planned, installation, context);

  const refusals = refusalsOf(all);
  context.say(
    [
      `${stack.title}, cluster ${cluster.context}`,
      "",
      showForecast(all, settings, `Pulumi.${stack.name}.yaml`),
      ...warnings(stack, installation),
      ...showRefusals(refusals, cluster),
      "",
    ].join("\n"),
  );
  refuseDeletions(all);
  refuseHopeless(refusals, hints);
  await confirm(context, "Type yes to take it over:", "yes");

  context.progress.begin("writing settings");
  await writeSettings(stack, settings, context);
  await takeOver(stack, cluster, all, context);
  return report(stack, cluster, { all, settings, refusals }, hints);
}

/** @throws CliError when the stack has been deployed, or adopted already */
function refuseDeployed({ state, name }: Stack, { pulumi, npm }: Hints): void {
  if (!state.isDeployed) return;
  throw new CliError(`Stack ${name} is not empty: it has been deployed, or has adopted already.`, {
    fix: `${pulumi("up")} goes on; ${npm("recover")} is for what Pulumi has lost sight of`,
  });
}

/** @throws CliError when a setting of the stack cannot work */
function settingsFor(stack: Stack, installation: Installation): Adapted[] {
  const keys = Object.keys(settingsSchema.shape) as SettingKey[];
  const raw = Object.fromEntries(keys.map((key) => [key, settingOf(stack, key)]));
  const parsed = settingsSchema.safeParse(raw);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new CliError(`lgtm:${String(issue?.path[0])} ${issue?.message ?? "cannot work"}.`, {
      fix: "pulumi config set, then try again",
      exitCode: exitCodes.usage,
    });
  }
  const hasPassword = stack.settings["lgtm:grafanaAdminPassword"] !== undefined;
  return adaptedSettings(installation, parsed.data, hasPassword);
}

function warnings(stack: Stack, { administrator }: Installation): string[] {
  if (stack.settings["lgtm:grafanaAdminPassword"] !== undefined || usable(administrator?.password))
    return [];
  const why =
    administrator === undefined
      ? "Grafana's password was not found in the cluster"
      : "Grafana's password is not one that the program takes (12 to 128 printable characters)";
  return [color.yellow(`${why}: the first up draws a new one.`)];
}

function showRefusals(refusals: readonly Refusal[], cluster: Cluster): string[] {
  if (refusals.length === 0) return [];
  return [
    "",
    color.red("The API server would refuse a part of the first up:"),
    ...refusals.flatMap(({ object, why, command }) => [
      `  ${object}: ${why}`,
      ...(command === undefined ? [] : [`    before the first up: ${cluster.kubectl(command)}`]),
    ]),
  ];
}

/** @throws CliError when the first `up` would delete a volume */
function refuseDeletions({ deleted }: Forecast): void {
  if (deleted.length === 0) return;
  throw new CliError(
    `The first up would delete the volumes ${list(deleted)}. Nothing was changed.`,
    { fix: "keep the kind of storage that is installed: lgtm:storage = bundled" },
  );
}

/** @throws CliError when the first `up` cannot succeed with these settings */
function refuseHopeless(refusals: readonly Refusal[], { pulumi }: Hints): void {
  const hopeless = refusals.filter(({ command }) => command === undefined);
  if (hopeless.length === 0) return;
  throw new CliError(
    `The first up cannot succeed: ${list(hopeless.map(({ object }) => object))}. Nothing was changed.`,
    {
      fix: `adopt it as the tutorial left it, ${pulumi("config set lgtm:profile tutorial")}; or mend what is named above`,
      exitCode: exitCodes.problem,
    },
  );
}

interface Done {
  readonly all: Forecast;
  readonly settings: readonly Adapted[];
  readonly refusals: readonly Refusal[];
}

function report(
  stack: Stack,
  cluster: Cluster,
  { all, settings, refusals }: Done,
  { pulumi }: Hints,
): Outcome {
  const commands = refusals.flatMap(({ command }) =>
    command === undefined ? [] : [cluster.kubectl(command)],
  );
  return {
    exitCode: exitCodes.ok,
    text: [
      color.green(
        `Stack ${stack.name} has taken over what was installed. Nothing has restarted yet.`,
      ),
      ...commands.map((command) => `Before the first up: ${command}`),
      `See it in Pulumi's words: ${pulumi("preview --diff")}`,
      `Then: ${pulumi("up")}`,
    ].join("\n"),
    json: {
      stack: stack.name,
      context: cluster.context,
      settings: settings.map(({ key, value, secret }) => ({
        key: `lgtm:${key}`,
        value: secret ? "[secret]" : value,
      })),
      restarts: restartsOf(all),
      losses: all.losses,
      before: commands,
    },
  };
}
