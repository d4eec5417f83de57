/**
 * The commands of day two: `npm run <command> -- [options]`.
 *
 * To add one: a folder in commands/ whose index.ts exports a function from Context to Outcome, a line in
 * the table below, a script in package.json, a section in docs/day-two.md.
 */
import { Command, CommanderError } from "commander";
import { asCliError } from "../lib/terminal/errors";
import { exitCodes } from "../lib/terminal/exit-codes";
import { type CommandText, describeCommand } from "../lib/terminal/flags";
import { type Context, type Flags, type Outcome, runCommand, tell } from "../lib/terminal/run";

// Each command loads only what it needs: the Kubernetes client alone takes a second.
/* eslint-disable @typescript-eslint/no-require-imports */

interface Entry extends CommandText {
  readonly load: () => (context: Context) => Promise<Outcome>;
}

export const commands: readonly Entry[] = [
  {
    name: "doctor",
    description:
      "Says whether the cluster can hold the stack, and after a failed or hanging `up`, which object is not ready and why. Changes nothing.",
    timeout: 30,
    asks: false,
    codes: [exitCodes.unreachable, exitCodes.problem],
    examples: [
      ["npm run doctor -- --stack dev", "before an up, and when one hangs"],
      ["npm run doctor -- --stack dev --json", "for a program"],
    ],
    load: () => (require("./commands/doctor") as typeof import("./commands/doctor")).doctor,
  },
  {
    name: "drift",
    description:
      "Compares what was deployed with what runs, by field: Pulumi's state, the values of the Helm releases, and every object in them. Changes nothing.",
    timeout: 60,
    asks: false,
    codes: [exitCodes.unreachable, exitCodes.drift],
    examples: [
      ["npm run drift -- --stack dev", "exit code 7 when something differs"],
      ["npm run drift -- --stack dev --json", "for a program"],
    ],
    load: () => (require("./commands/drift") as typeof import("./commands/drift")).drift,
  },
  {
    name: "destroy",
    description:
      "Shows which data will go and asks, destroys the stack, and lists what is left of it in the cluster. What others have in its namespaces stays, and so do these. When it was interrupted, run it again.",
    timeout: 3600,
    asks: true,
    codes: [
      exitCodes.unreachable,
      exitCodes.problem,
      exitCodes.leftovers,
      exitCodes.cancelled,
      exitCodes.protected,
    ],
    options: [
      [
        "--delete-others",
        "also what others have in the stack's namespaces; it is listed, and asked for by itself",
      ],
    ],
    examples: [
      ["npm run destroy -- --stack dev", "shows, asks, destroys, checks"],
      ["npm run destroy -- --stack dev --yes", "without a question"],
    ],
    load: () => (require("./commands/destroy") as typeof import("./commands/destroy")).destroy,
  },
  {
    name: "recover",
    description:
      "Gets a stack past an `up` or `destroy` that was killed: says what stands in the way and what it will do, asks, and clears it. Deletes nothing; `up` finishes what was begun.",
    timeout: 1200,
    asks: true,
    codes: [exitCodes.unreachable, exitCodes.cancelled],
    examples: [
      ["npm run recover -- --stack dev", "looks, shows, asks, clears"],
      ["npm run recover -- --stack dev --yes", "without a question"],
    ],
    load: () => (require("./commands/recover") as typeof import("./commands/recover")).recover,
  },
  {
    name: "adopt",
    description:
      "Takes what was installed by hand after the tutorial over into a stack: shows what the first `up` will change, and asks. Nothing restarts before that `up`.",
    timeout: 900,
    asks: true,
    codes: [exitCodes.unreachable, exitCodes.problem, exitCodes.cancelled],
    examples: [
      ["npm run adopt -- --stack tutorial", "looks, shows, asks, takes over"],
      ["npm run adopt -- --stack tutorial --yes", "without a question"],
    ],
    load: () => (require("./commands/adopt") as typeof import("./commands/adopt")).adopt,
  },
  {
    name: "migrate",
    description:
      "Moves a deployed stack from the umbrella chart to the maintained charts, or back: shows what will happen and asks, makes the old stores write out what they have, and installs the new ones. Deletes no data. When it was interrupted, run it again.",
    timeout: 7200,
    asks: true,
    codes: [exitCodes.unreachable, exitCodes.problem, exitCodes.cancelled],
    options: [["--to <charts>", "maintained (default), or umbrella for the way back"]],
    examples: [
      ["npm run migrate -- --stack dev", "shows, asks, moves, lists what is unused"],
      ["npm run migrate -- --stack dev --to umbrella --yes", "back, without a question"],
    ],
    load: () => (require("./commands/migrate") as typeof import("./commands/migrate")).migrate,
  },
  {
    name: "resize",
    description:
      "Gives a deployed stack another size, or other numbers of pods, with its data: shows what will happen and asks, makes pods that go write out what only they have, and runs `up`. Deletes no data. When it was interrupted, run it again.",
    timeout: 7200,
    asks: true,
    codes: [exitCodes.unreachable, exitCodes.problem, exitCodes.cancelled],
    options: [["--to <size>", "laptop, standard or ha (default: what the settings say)"]],
    examples: [
      ["npm run resize -- --stack dev --to standard", "shows, asks, changes"],
      ["npm run resize -- --stack dev --yes", "to what the settings say, without a question"],
    ],
    load: () => (require("./commands/resize") as typeof import("./commands/resize")).resize,
  },
  {
    name: "verify",
    description:
      "Sends a log line, a sample and a trace through the deployed stack, finds them again in Loki, Mimir and Tempo, follows Grafana's links between them, and names the hop that fails.",
    timeout: 120,
    asks: false,
    codes: [exitCodes.unreachable, exitCodes.problem],
    examples: [
      ["npm run verify -- --stack dev", "after an up, and when data is missing"],
      ["npm run verify -- --stack dev --json", "for a program"],
    ],
    load: () => (require("./commands/verify") as typeof import("./commands/verify")).verify,
  },
  {
    name: "images",
    description:
      "Asks the registries and chart repositories, without a login, for every image and chart that this program can deploy, and names those that cannot be had. Needs no cluster. Changes nothing.",
    timeout: 300,
    asks: false,
    withoutStack: "every one with a Pulumi.<stack>.yaml, and every chart, version and size",
    runsPulumi: false,
    codes: [exitCodes.problem],
    examples: [
      ["npm run images", "everything, as a workflow does every night"],
      ["npm run images -- --stack prod", "what one stack needs"],
      ["npm run images -- --json", "for a program"],
    ],
    load: () => (require("./commands/images") as typeof import("./commands/images")).images,
  },
  {
    name: "e2e",
    description:
      "Shows on a cluster that all of it works: up, data, every pod killed, another size, an upgrade, drift, destroy, nothing left. Has a stack of its own; refuses a cluster where its namespaces hold something. When it was stopped, run it again.",
    timeout: 10_800,
    asks: false,
    withoutStack: "its own, always",
    runsPulumi: false,
    codes: [exitCodes.unreachable, exitCodes.problem, exitCodes.leftovers],
    options: [
      ["--context <name>", "context of the kubeconfig; kubectl's current one is never taken"],
      ["--kubeconfig <file>", "another kubeconfig than kubectl's own"],
      ["--chart-set <set>", "maintained (default) or umbrella"],
      ["--set <key=value...>", "further settings of the stack, such as imageRegistry=..."],
      [
        "--upgrade-from <key=value...>",
        "what it begins with and upgrades from (default: the oldest chart of Mimir, or of the umbrella); none for no upgrade",
      ],
      [
        "--size <size>",
        "what the size changes to: laptop, standard, ha or <key=value> (default: otelCollectorReplicas=2)",
      ],
      ["--report <folder>", "where the report goes (default: report in the folder of --state)"],
      ["--pictures <folder>", "take pictures of the dashboards with a browser"],
      ["--state <folder>", "where it keeps its stack between runs (default: .e2e)"],
      ["--keep", "leave the stack where it is at the end"],
      ["--cleanup", "only take away what a run has left"],
    ],
    examples: [
      ["npm run e2e -- --context kind-lgtm", "all of it; again, to go on after a stop"],
      ["npm run e2e -- --context kind-lgtm --chart-set umbrella", "with the older charts"],
      ["npm run e2e -- --cleanup", "takes away what a run has left"],
    ],
    load: () => (require("./commands/e2e") as typeof import("./commands/e2e")).e2e,
  },
  {
    name: "preview:pr",
    description:
      "Says in Markdown what a change would do to every stack: to data first, then resources, objects inside the Helm releases, pods and requests, what is reachable from outside, policy. Needs neither cluster nor secrets. Changes nothing.",
    timeout: 1800,
    asks: false,
    withoutStack: "every one with a Pulumi.<stack>.yaml",
    runsPulumi: false,
    codes: [exitCodes.problem],
    options: [
      [
        "--base <ref>",
        "git ref to compare with (default: where the branch left origin/main or main)",
      ],
      ["--charts <source>", "chart repository or folder (default: what each stack says)"],
      ["--output <file>", "write the Markdown to a file"],
      ["--full", "show everything, even beyond the longest comment"],
    ],
    examples: [
      ["npm run preview:pr", "every stack, against where the branch began"],
      ["npm run preview:pr -- --stack dev --base HEAD", "what is not committed"],
      ["npm run preview:pr -- --stack dev --json", "for a program"],
    ],
    load: () =>
      (require("./commands/preview-pr") as typeof import("./commands/preview-pr")).previewPr,
  },
];

function program(): Command {
  const main = new Command("npm run")
    .description("What comes after `pulumi up`.")
    .usage("<command> -- [options]")
    .exitOverride();
  for (const entry of commands) {
    const command = describeCommand(entry)
      .copyInheritedSettings(main)
      .action(async (flags: Flags) => {
        process.exitCode = await runCommand(flags, entry.load());
      });
    main.addCommand(command);
  }
  return main;
}

/** @param args what follows the script's name: the command and its flags */
export async function main(args: readonly string[]): Promise<void> {
  try {
    await program().parseAsync([...args], { from: "user" });
  } catch (error) {
    // commander has said what is wrong, and --help ends this way too.
    if (error instanceof CommanderError)
      process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    else process.exitCode = tell(asCliError(error), args.includes("--json"));
  }
}

if (require.main === module) void main(process.argv.slice(2));
