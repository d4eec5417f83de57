/** Secrets to be found again where they must not be. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import type { GivenSecrets } from "../../../config/rules/secret-compatibility";
import { omit } from "../../../lib/kubernetes/objects";
import { credentials } from "../../../sandbox/cluster/credentials";
import type { TestSandbox } from "../../sandbox/support/test-sandbox";
import { formsOf } from "../../support/secret-forms";
import type { Shown } from "./run-cli";

/** Every secret setting: a new one does not compile before it is here. */
const secretSettings: Readonly<Record<keyof GivenSecrets, string>> = {
  grafanaAdminPassword: "Planted-Grafana-Password-4711",
  grafanaDatabasePassword: "Planted-Database-Password-4710",
  grafanaOidcSecret: "Planted-Client-Secret-4709",
  storageSecret: "Planted-Storage-Key-4712",
  alertContact: "Planted-Contact-4713@example.invalid",
  alertSmtpPassword: "Planted-Mail-Password-4714",
};

/** Texts of settings that are no secrets to the program, but may be to a mail server or a web site. */
const misused = {
  storageAccount: "Planted-Key-Id-4715",
  alertSmtpUser: "Planted-Login-4716",
  alertRunbookUrl: "Planted-Runbook-Token-4717",
};

/** What somebody writes into the cluster by hand. */
export const byHand = { password: "Planted-Password-4718", token: "Planted-Token-4719" };

const mail = {
  alertContactPoint: "email",
  alertSmtpHost: "smtp.example.invalid:587",
  alertSmtpFrom: "alerts@example.invalid",
  alertSmtpUser: misused.alertSmtpUser,
  alertRunbookUrl: `https://example.invalid/?token=${misused.alertRunbookUrl}`,
};

const ownStorage = {
  storage: "s3",
  storageRegion: "eu-west-1",
  storageAccount: misused.storageAccount,
  storageLogsBucket: "logs-1",
  storageMetricsBucket: "metrics-1",
  storageTracesBucket: "traces-1",
};

const ownDatabase = { grafanaDatabase: "postgres://grafana@db.example.invalid/grafana" };

const ownLogin = {
  grafanaRootUrl: "https://grafana.example.invalid",
  grafanaOidc: JSON.stringify({
    clientId: "grafana",
    authUrl: "https://login.example.invalid/authorize",
    tokenUrl: "https://login.example.invalid/token",
  }),
};

/** Shorter values of Secrets are words such as `true` and `admin`. */
const shortest = 12;

interface Stored {
  readonly items: readonly {
    readonly kind: string;
    readonly type?: string;
    readonly metadata: { readonly name: string };
    readonly data?: Readonly<Record<string, string>>;
  }[];
}

/** The secrets of a test sandbox: those that are planted, those that are generated, and its own. */
export class PlantedSecrets {
  /** What each is, by its value. */
  private readonly names = new Map<string, string>();

  constructor(private readonly sandbox: TestSandbox) {
    for (const [key, value] of Object.entries({ ...secretSettings, ...misused, ...byHand }))
      this.names.set(value, key);
    const { token } = credentials(sandbox.paths);
    this.names.set(token, "the API server's token");
    const passphrase = fs.readFileSync(sandbox.paths.passphraseFile, "utf8").trim();
    this.names.set(passphrase, "the stack's passphrase");
  }

  /** Settings with an object store and a database and a login of the user's own, mail, and a generated password of Grafana. */
  async useOwnStorage(): Promise<void> {
    await this.set(
      { ...mail, ...ownStorage, ...ownDatabase, ...ownLogin },
      omit(secretSettings, "grafanaAdminPassword"),
    );
  }

  /** Settings with the bundled object store, whose keys are generated, mail, and a given password. */
  async useBundledStorage(): Promise<void> {
    const own = Object.keys({ ...ownStorage, ...ownDatabase, ...ownLogin });
    const keys = [...own, "storageSecret", "grafanaDatabasePassword", "grafanaOidcSecret"];
    await this.sandbox.stack.removeAllConfig(keys.map((key) => `lgtm:${key}`));
    await this.set({}, { grafanaAdminPassword: secretSettings.grafanaAdminPassword });
  }

  private async set(
    clear: Readonly<Record<string, string>>,
    secret: Readonly<Record<string, string>>,
  ): Promise<void> {
    const entries = [
      ...Object.entries(clear).map(([key, value]) => [key, { value }] as const),
      ...Object.entries(secret).map(([key, value]) => [key, { value, secret: true }] as const),
    ];
    await this.sandbox.stack.setAllConfig(
      Object.fromEntries(entries.map(([key, value]) => [`lgtm:${key}`, value])),
    );
  }

  /**
   * Notes the values of every Secret that is now in the cluster. Those of the mail's settings and of
   * these must have reached it, and a generated one under this key: else nothing could show them.
   */
  async noteCluster(settings: readonly string[], generated: string): Promise<void> {
    const { items } = await this.sandbox.json<Stored>(
      ...["get", "secrets,configmaps", "--all-namespaces"],
      "--field-selector=metadata.name!=kube-root-ca.crt",
    );
    const found = new Set<string>();
    for (const { kind, type = "", metadata, data = {} } of items) {
      if (type === "helm.sh/release.v1") continue;
      for (const [key, text] of Object.entries(data)) {
        const isSecret = kind === "Secret";
        const value = isSecret ? Buffer.from(text, "base64").toString() : text;
        for (const [name, planted] of Object.entries({ ...secretSettings, ...misused }))
          if (value.includes(planted)) found.add(name);
        if (isSecret && value.length >= shortest && !this.names.has(value))
          this.names.set(value, `${key} of secret ${metadata.name}`);
      }
    }
    const mailSettings = ["alertContact", "alertRunbookUrl", "alertSmtpPassword", "alertSmtpUser"];
    assert.deepEqual([...found].sort(), [...mailSettings, ...settings].sort());
    const names = [...this.names.values()];
    assert.ok(
      names.some((name) => name.startsWith(`${generated} of secret `)),
      names.join(),
    );
  }

  /** Which secrets a command has shown in any form, as "doctor --json shows storageSecret". */
  shownIn(all: readonly Shown[]): string[] {
    return all.flatMap(({ args, text }) =>
      [...this.names]
        .filter(([value]) => formsOf(value).some((form) => text.includes(form)))
        .map(([, name]) => `${args.join(" ")} shows ${name}`),
    );
  }
}
