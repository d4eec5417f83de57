/** Tests: configuration of the stores, as rendered. */
import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { configFile, lgtmCharts, lgtmLocations, render } from "../charts/render";
import { type LgtmChart, type StoreName, standardValues } from "../charts/standard";
import { stores } from "../components/values/support";
import { requireTools } from "../support/tools";

/** Settings of the real chart 2.1.0 that Tempo 2.5 has and 2.9, which stands in for it, has no more. */
const goneSinceTempo25 = [
  ...["external_backend", "external_endpoints", "external_hedge_requests_at"],
  ...["external_hedge_requests_up_to", "prefer_self"],
];

interface TempoConfig {
  readonly querier?: { readonly search?: Readonly<Record<string, unknown>> };
}

function withoutGone(config: TempoConfig): object {
  const search = Object.entries(config.querier?.search ?? {}).filter(
    ([key]) => !goneSinceTempo25.includes(key),
  );
  return { ...config, querier: { ...config.querier, search: Object.fromEntries(search) } };
}

describe("configuration of the stores, as rendered", () => {
  let tools: Record<"helm" | "loki" | "tempo", string>;
  let folder: string | undefined;

  before(async function () {
    tools = await requireTools(this, ["helm", "loki", "tempo"]);
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "lgtm-configs-"));
  });

  after(() => {
    if (folder !== undefined) fs.rmSync(folder, { recursive: true, force: true });
  });

  async function check(executable: string, flag: string, config: object): Promise<string> {
    assert.ok(folder !== undefined);
    const file = path.join(folder, "config.yaml");
    fs.writeFileSync(file, stringify(config));
    const { all } = await execa(
      executable,
      [flag, "-config.expand-env=true", `-config.file=${file}`],
      {
        all: true,
        env: { STORAGE_ACCESS_KEY_ID: "0123", STORAGE_SECRET_ACCESS_KEY: "aB+/9=" },
      },
    );
    return all;
  }

  async function loki(config: object): Promise<void> {
    assert.match(await check(tools.loki, "-verify-config", config), /config is valid/);
  }

  /** Its silence is consent: it exits with 1 at the least warning. */
  async function tempo(config: object): Promise<void> {
    await check(tools.tempo, "-config.verify", config);
  }

  async function configs(location: string, chart: LgtmChart, store: StoreName) {
    const objects = await render(tools.helm, location, standardValues(chart, store));
    return {
      loki: configFile(objects, "my-lgtm-loki", "config.yaml") as object,
      tempo: withoutGone(configFile(objects, "my-lgtm-tempo-config", "tempo.yaml") as TempoConfig),
    };
  }

  for (const { chart, location, title } of lgtmLocations) {
    for (const store of Object.keys(stores) as StoreName[]) {
      it(`of ${title} with ${store} is one that Loki and Tempo start with`, async function () {
        this.timeout(60_000);
        const rendered = await configs(location, chart, store);
        await loki(rendered.loki);
        await tempo(rendered.tempo);
      });
    }
  }

  it("would be refused by both with a setting that they do not know", async function () {
    this.timeout(60_000);
    const rendered = await configs(lgtmCharts[1], lgtmCharts[1], "bundled");
    await assert.rejects(loki({ ...rendered.loki, limit_config: {} }), /limit_config not found/);
    await assert.rejects(tempo({ ...rendered.tempo, override: {} }), /override not found/);
  });
});
