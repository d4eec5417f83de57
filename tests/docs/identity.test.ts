/** Tests: the commands that give the stores an identity in a cloud. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { runProgram, valueOf } from "../../lib/pulumi/mocks/program";
import { find } from "../../lib/pulumi/mocks/recording";
import { root } from "../../scripts/docs-tables";

/** What the stores' clients call: minio-go in Tempo and Mimir, Amazon's own in Loki. */
const calls = {
  // ListObjects(V2), and a HEAD of the bucket.
  bucket: ["s3:ListBucket"],
  // HEAD is of s3:GetObject, the parts of an upload of s3:PutObject; an upload that fails is taken back.
  objects: ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
};

const buckets = ["my-logs", "my-metrics", "my-traces"];

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: readonly string[];
  readonly Principal?: Readonly<Record<string, string>>;
  readonly Condition?: { readonly StringEquals: Readonly<Record<string, string | string[]>> };
}

function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map(
    ([, body = ""]) => body,
  );
}

function statementsOf(json: string): readonly Statement[] {
  const { Version, Statement } = JSON.parse(json) as { Version: string; Statement: Statement[] };
  assert.equal(Version, "2012-10-17");
  assert.ok(Statement.every(({ Effect }) => Effect === "Allow"));
  return Statement;
}

/** The settings that a block of commands sets, as a stack's configuration has them. */
function settingsOf(block: string): Record<string, string> {
  const lines = [
    ...block.matchAll(/^pulumi config set (?:--path '(\w+)\["(.*)"\]'|(\w+)) (\S+)$/gm),
  ];
  return Object.fromEntries(
    lines.map(([, object, key = "", plain, value = ""]) =>
      object === undefined
        ? [`lgtm:${plain ?? ""}`, value]
        : [`lgtm:${object}`, JSON.stringify({ [key]: value })],
    ),
  );
}

/** What commands of one kind say at one place. */
function said(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, one = ""]) => one);
}

for (const page of ["docs/identity.md", "docs/ko/identity.md"])
  describe(`identity in a cloud, as ${page} gives it`, () => {
    const text = fs.readFileSync(path.join(root, page), "utf8");
    const json = blocks(text, "json");
    const stacks = blocks(text, "bash")
      .map(settingsOf)
      .filter((settings) => "lgtm:storage" in settings);
    let accounts: string[];
    before(async () => {
      const output = (await runProgram("dev")).outputs["storageServiceAccounts"];
      assert.ok(output);
      accounts = (await valueOf(output)) as unknown as string[];
    });

    it("allows what the stores call in their buckets, and nothing else", () => {
      const [ofBuckets, ofObjects, ...others] = statementsOf(json[0] ?? "");
      assert.deepEqual(others, []);
      assert.deepEqual([ofBuckets?.Action].flat().sort(), calls.bucket);
      assert.deepEqual([ofObjects?.Action].flat().sort(), calls.objects);
      const arn = (bucket: string) => `arn:aws:s3:::${bucket}`;
      assert.deepEqual(ofBuckets?.Resource, buckets.map(arn));
      assert.deepEqual(
        ofObjects?.Resource,
        buckets.map((bucket) => `${arn(bucket)}/*`),
      );
    });

    it("trusts the service accounts of a stack by IAM roles, and no other", () => {
      const [trust, ...others] = statementsOf(json[1] ?? "");
      assert.deepEqual(others, []);
      assert.equal(trust?.Action, "sts:AssumeRoleWithWebIdentity");
      const provider = trust.Principal?.["Federated"]?.split("oidc-provider/")[1] ?? "";
      assert.deepEqual(trust.Condition?.StringEquals, {
        [`${provider}:aud`]: "sts.amazonaws.com",
        [`${provider}:sub`]: accounts.map(
          (one) => `system:serviceaccount:${one.replace("/", ":")}`,
        ),
      });
    });

    it("trusts EKS Pod Identity, and associates the service accounts with it", () => {
      const [trust, ...others] = statementsOf(json[2] ?? "");
      assert.deepEqual(others, []);
      assert.deepEqual(trust?.Principal, { Service: "pods.eks.amazonaws.com" });
      assert.deepEqual(trust.Action, ["sts:AssumeRole", "sts:TagSession"]);
      const associated = /--namespace (\S+ --service-account \S+)/g;
      assert.deepEqual(
        said(text, associated).map((one) => one.replace(" --service-account ", "/")),
        accounts,
      );
    });

    it("trusts them on Google, by an account and without", () => {
      assert.deepEqual(said(text, /svc\.id\.goog\[(\S+)\]'/g), accounts);
      assert.deepEqual(
        said(text, /subject\/ns\/(\S+) /g).map((one) => one.replace("/sa/", "/")),
        accounts,
      );
    });

    it("trusts them on Azure", () => {
      const subjects = said(text, /--subject system:serviceaccount:(\S+)/g);
      assert.deepEqual(
        subjects.map((one) => one.replace(":", "/")),
        accounts,
      );
    });

    it("makes and opens the buckets that the settings name", () => {
      for (const made of [
        /^aws s3api create-bucket --bucket (\S+)/gm,
        /^gcloud storage buckets create gs:\/\/(\S+)/gm,
        /^az storage container-rm create .* --name (\S+)$/gm,
        /^az role assignment create .*\/containers\/(\S+)$/gm,
      ])
        assert.deepEqual(said(text, made), buckets);
    });

    it("has settings that the program takes, for each way", async () => {
      const ways = stacks.map((one) => [
        one["lgtm:storage"],
        "lgtm:storageIdentityFromCluster" in one,
      ]);
      assert.deepEqual(ways, [
        ...[
          ["s3", false],
          ["s3", true],
        ],
        ...[
          ["gcs", false],
          ["gcs", true],
        ],
        ["azure", false],
      ]);
      for (const config of stacks) {
        const names = ["Logs", "Metrics", "Traces"].map(
          (one) => config[`lgtm:storage${one}Bucket`],
        );
        assert.deepEqual(names, buckets);
        const { values } = find(await runProgram("dev", { config }), "Release lgtm-loki")
          .inputs as {
          values: { serviceAccount: { annotations: object } };
        };
        assert.deepEqual(
          values.serviceAccount.annotations,
          JSON.parse(config["lgtm:storageServiceAccountAnnotations"] ?? "{}"),
        );
      }
    });
  });
