/** Commands that tests/sandbox/pages.test.ts runs as they are written, without a cluster. */
export const runOnSettings: readonly RegExp[] = [/^pulumi (config|stack (init|select))\b/];

/**
 * Commands that tests/sandbox/pages.test.ts runs as they are written, on the stack dev of a sandbox, in
 * this order of kinds: what only looks, what changes something, what removes.
 */
export const runOnSandbox: readonly RegExp[] = [
  /^pulumi (preview|refresh --preview-only|stack output)\b(?!.*--policy-pack)/,
  /^kubectl (get|describe|rollout history|auth can-i)\b/,
  /^helm (list|history|get)\b[^|]*(\| kubectl diff .*)?$/,
  /^pulumi (up|refresh|cancel)\b/,
  /^kubectl rollout (restart|status)\b/,
  /^pulumi destroy\b/,
  /^pulumi stack rm\b/,
];

/** A command that a test runs in a form of its own. */
export interface RunElsewhere {
  /** Fits the whole text of a documented command. */
  readonly command: RegExp;
  /** The test, or the workflow, that runs it. */
  readonly by: string;
  /** What shows there that it does. */
  readonly shown: string;
}

const ops = (name: string, by: string): RunElsewhere => ({
  command: new RegExp(`^npm run ${name}( --( --?\\S+( [\\w<>.-]+)?)+)?$`),
  by: `tests/ops/${by}.test.ts`,
  shown: `"${name}"`,
});

export const runElsewhere: readonly RunElsewhere[] = [
  { command: /^npm ci$/, by: ".github/workflows/check.yml", shown: "run: npm ci" },
  {
    command: /^npm test( -- .*)?$/,
    by: ".github/workflows/check.yml",
    shown: "run: npm test",
  },
  { command: /^npm run check$/, by: ".github/workflows/check.yml", shown: "run: npm run check" },
  {
    command: /^npm run images( -- --stack \w+)?$/,
    by: ".github/workflows/images.yml",
    shown: "run: npm run images",
  },
  { command: /^npm run test:fast$/, by: "package.json", shown: "&& npm run test:fast" },
  {
    command: /^npm run golden:update$/,
    by: "tests/program/golden.test.ts",
    shown: "npm run golden:update",
  },
  {
    command: /^npm run sandbox( -- .*)?$/,
    by: "tests/sandbox/commands.test.ts",
    shown: '["up"',
  },
  { command: /^npm run sandbox:down$/, by: "tests/sandbox/commands.test.ts", shown: '("down")' },
  {
    command: /^npm run sandbox:status$/,
    by: "tests/sandbox/pages.test.ts",
    shown: "npm run sandbox:status",
  },
  {
    command: /^npm run pulumi -- /,
    by: "tests/sandbox/commands.test.ts",
    shown: 'start("pulumi"',
  },
  ops("doctor", "sandbox"),
  ops("drift", "sandbox"),
  ops("destroy", "sandbox"),
  ops("recover", "commands/recover/sandbox"),
  ops("adopt", "commands/adopt/sandbox"),
  ops("migrate", "commands/migrate/sandbox"),
  ops("resize", "commands/resize/sandbox"),
  ops("e2e", "commands/e2e/sandbox"),
  ops("verify", "commands/verify/cluster-dataplane"),
  {
    command: /^npm run preview:pr( -- .*)?$/,
    by: "tests/ops/commands/preview-pr/preview.test.ts",
    shown: '"preview:pr"',
  },
  {
    command: /^export PULUMI_NODEJS_TRANSPILE_ONLY=true$/,
    by: "sandbox/access.ts",
    shown: 'PULUMI_NODEJS_TRANSPILE_ONLY: "true"',
  },
  {
    command: /^pulumi stack (export|import) --file state\.json$/,
    by: "tests/sandbox/upgrade.test.ts",
    shown: "importStack",
  },
  { command: /^npm run bench( -- .*)?$/, by: "tests/sandbox/pages.test.ts", shown: '"bench"' },
];
