/** `npm run adopt`: takes what was installed by hand over into a stack. */
import { type SettingKey, settingsSchema } from "../../../config/schema";
import type { Cluster } from "../../../lib/kubernetes/cluster";
import { stackFileOf } from "../../../lib/pulumi/stack-name";
import { CliError } from "../../../lib/terminal/errors";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import { confirm } from "../../../lib/terminal/question";
import type { Context, Outcome } from "../../../lib/terminal/run";
import { color, list } from "../../../lib/terminal/screen";
import { openCluster } from "../../cluster";
import { hintsFor, type Hints } from "../../hints";
import { chartSetOf, openStack, settingOf, type Stack } from "../../stack";
import { type Adapted, adaptedSettings, usable } from "./adapted-settings";
import { asFound, forecast, type Forecast } from "./forecast";
import { findInstallation, type Installation } from "./installation";
import { refusalsOf, type Refusal, restartsOf, showForecast } from "./forecast-text";
import { refuseOwned } from "./preconditions";
import { refuseMarkedNamespaces, signsOf } from "./signs";
import { plannedWith, rememberSettings, writeSettings } from "./settings-file";
import { forgetUnfinished, isUnfinished, takeOver } from "./takeover";

export async function adopt(context: Context): Promise<Outcome> {
  const stack = await openStack(context, "adopt");
  const cluster = await openCluster(stack, context);
  const hints = hintsFor(stack, cluster);
  refuseDeployed(stack, hints);
  refuseOtherCharts(stack, hints);
  if (isUnfinished(stack.state)) await forgetUnfinished(stack, context);

  context.progress.begin("looking at what is installed");
  const installation = await findInstallation(stack, cluster, hints);
  await refuseMarkedNamespaces(stack, cluster, hints);
  const { lgtm, collector } = installation;
  const installed = await Promise.all(
    [lgtm, collector].flatMap((one) => (one === undefined ? [] : [signsOf(cluster, one)])),
  );
  // Before the program runs: whose it is decides more than what would change.
  refuseOwned([], installed, hints);
  const settings = settingsFor(stack, installation);
  context.progress.begin("running the program, to see what it would do");
  const planned = await plannedWith(stack, settings, context);
  context.progress.begin("comparing what is installed with what the program makes");
  const whole = await forecast(stack, cluster, planned, installation, context);
  const all = leavesAsFound(stack, settings) ? asFound(whole) : whole;
  refuseOwned(all.own, [], hints);

  const refusals = refusalsOf(all);
  context.say(
    [
      `${stack.title}, cluster ${cluster.context}`,
      "",
      showForecast(all, settings, stackFileOf(stack.name)),
      ...passwordWarnings(stack, installation, all),
      ...showRefusals(refusals, cluster),
      "",
    ].join("\n"),
  );
  refuseUnusablePassword(stack, installation, all, hints);
  refuseDeletions(all);
  refuseHopeless(refusals, all, hints);
  await confirm(context, "Type yes to take it over:", "yes");

  context.progress.begin("writing settings");
  const putBack = rememberSettings(stack);
  try {
    await writeSettings(stack, settings, context);
    await takeOver(stack, cluster, all, context);
  } catch (error) {
    putBack();
    throw error;
  }
  return report(stack, cluster, { all, settings, refusals }, hints);
}

/** @throws CliError when the stack has been deployed, or adopted already */
function refuseDeployed({ state, name }: Stack, { pulumi, npm }: Hints): void {
  if (!state.isDeployed || isUnfinished(state)) return;
  throw new CliError(`Stack ${name} is not empty: it has been deployed, or has adopted already.`, {
    fix: `${pulumi("up")} goes on; ${npm("recover")} is for what Pulumi has lost sight of`,
  });
}

/**
 * Only what the tutorial installs is taken over: releases of the stores' own charts, as others install them,
 * have names, values and buckets of their own.
 *
 * @throws CliError when the stack takes its stores from elsewhere
 */
function refuseOtherCharts(stack: Stack, { pulumi }: Hints): void {
  if (chartSetOf(stack) === "umbrella") return;
  throw new CliError(
    `Stack ${stack.name} has lgtm:chartSet = maintained, and only what the umbrella chart lgtm-distributed has installed can be taken over. Nothing was changed.`,
    {
      fix: `for that chart: ${pulumi("config set lgtm:chartSet umbrella")}; beside another installation: ${pulumi("up")} with names of its own`,
      exitCode: exitCodes.usage,
    },
  );
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
  return adaptedSettings(installation, parsed.data, hasPassword(stack));
}

/** Whether releases and the demo stay as they are at the first `up`. */
function leavesAsFound(stack: Stack, settings: readonly Adapted[]): boolean {
  const set = settings.some(({ key, value }) => key === "adoptedAsFound" && value === "true");
  return set || settingOf(stack, "adoptedAsFound") === "true";
}

function hasPassword({ settings }: Stack): boolean {
  return settings["lgtm:grafanaAdminPassword"] !== undefined;
}

/** What is wrong with Grafana's password; undefined when nothing is. */
function passwordTrouble({ administrator }: Installation): string | undefined {
  if (administrator === undefined) return "Grafana's password was not found in the cluster";
  return usable(administrator.password)
    ? undefined
    : `Grafana's password, from ${administrator.source}, is not one that the program takes (12 to 128 printable characters without spaces)`;
}

function passwordWarnings(stack: Stack, installation: Installation, { later }: Forecast): string[] {
  const trouble = passwordTrouble(installation);
  if (trouble === undefined) return [];
  if (!hasPassword(stack))
    return later === undefined ? [color.yellow(`${trouble}: the first up draws a new one.`)] : [];
  return later === undefined
    ? []
    : [color.yellow(`${trouble}; the stack's own is taken for the one that Grafana has now.`)];
}

/**
 * As found, Grafana keeps its password, and the stack must know it.
 *
 * @throws CliError when it cannot
 */
function refuseUnusablePassword(
  stack: Stack,
  installation: Installation,
  { later }: Forecast,
  { pulumi }: Hints,
): void {
  const trouble = passwordTrouble(installation);
  if (later === undefined || trouble === undefined || hasPassword(stack)) return;
  throw new CliError(`${trouble}. Nothing was changed.`, {
    fix: `change it in Grafana (Profile, Change password), tell the stack, ${pulumi("config set --secret lgtm:grafanaAdminPassword")}, and try again`,
    exitCode: exitCodes.problem,
  });
}

function showRefusals(refusals: readonly Refusal[], cluster: Cluster): string[] {
  if (refusals.length === 0) return [];
  return [
    "",
    color.red("The API server would refuse a part of the first up:"),
    ...refusals.flatMap(({ object, why, command }) => [
      `  ${object}: ${why}`,
      ...(command === undefined
        ? []
        : [`    right before the first up: ${cluster.kubectl(command)}`]),
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
function refuseHopeless(
  refusals: readonly Refusal[],
  { later }: Forecast,
  { pulumi }: Hints,
): void {
  const hopeless = refusals.filter(({ command }) => command === undefined);
  if (hopeless.length === 0) return;
  throw new CliError(
    `The first up cannot succeed: ${list(hopeless.map(({ object }) => object))}. Nothing was changed.`,
    {
      fix:
        later === undefined
          ? `adopt it as the tutorial left it, ${pulumi("config set lgtm:profile tutorial")}; or fix what is named above`
          : "fix what is named above, then try again",
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
      ...commands.map((command) => `Right before the first up: ${command}`),
      `See it in Pulumi's words: ${pulumi("preview --diff")}`,
      `Then: ${pulumi("up")}`,
      ...(all.later === undefined
        ? []
        : [
            `Later, when it may restart what is shown above: ${pulumi("config rm lgtm:adoptedAsFound")}, then ${pulumi("up")}`,
          ]),
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
      ...(all.later !== undefined && {
        later: { restarts: restartsOf(all.later), losses: all.later.losses },
      }),
    },
  };
}
