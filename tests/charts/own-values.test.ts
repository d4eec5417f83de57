/** Tests: Helm values of the owner's own, in the objects that the charts make of them. */
import * as assert from "node:assert/strict";
import { parse } from "yaml";
import { isRecord } from "../../lib/kubernetes/objects";
import { requireTools } from "../support/tools";
import { realCharts } from "./render";
import { wholeStack } from "./stack";

/** Values of one's own for one release, and what they come to: a text in a configuration, or an annotation. */
interface Case {
  readonly release: string;
  readonly values: object;
  /** The file of a ConfigMap, and the path in it. */
  readonly file: readonly [configMap: RegExp, file: string];
  readonly path: readonly string[];
  readonly expected: unknown;
}

const maintained: readonly Case[] = [
  {
    release: "loki",
    values: { loki: { limits_config: { max_query_series: 4321 } } },
    file: [/^my-lgtm-loki$/, "config.yaml"],
    path: ["limits_config", "max_query_series"],
    expected: 4321,
  },
  {
    release: "mimir",
    values: { mimir: { structuredConfig: { limits: { max_label_names_per_series: 51 } } } },
    file: [/^my-lgtm-mimir-config$/, "mimir.yaml"],
    path: ["limits", "max_label_names_per_series"],
    expected: 51,
  },
  {
    release: "tempo",
    values: { tempo: { structuredConfig: { query_frontend: { max_retries: 7 } } } },
    file: [/^my-lgtm-tempo-config$/, "tempo.yaml"],
    path: ["query_frontend", "max_retries"],
    expected: 7,
  },
  {
    release: "grafana",
    values: { "grafana.ini": { users: { viewers_can_edit: true } } },
    file: [/^my-lgtm-grafana$/, "grafana.ini"],
    path: ["users", "viewers_can_edit"],
    expected: "true",
  },
];

const sets = {
  maintained,
  umbrella: maintained.map((one) => ({
    ...one,
    release: "lgtm",
    // This Loki's chart has another key for it.
    values: {
      [one.release]:
        one.release === "loki"
          ? { loki: { structuredConfig: { limits_config: { max_query_series: 4321 } } } }
          : one.values,
    },
  })),
} as const;

/** A value in an INI file, as text. */
function inIni(text: string, [section = "", key = ""]: readonly string[]): string | undefined {
  const [, rest = ""] = text.split(`[${section}]`);
  const [body = ""] = rest.split(/^\[/m);
  return new RegExp(`^${key} *= *(.*)$`, "m").exec(body)?.[1];
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((found, key) => (isRecord(found) ? found[key] : undefined), value);
}

describe("Helm values of the owner's own, as the charts render them", function () {
  this.timeout(60_000);
  let helm: string;

  before(async function () {
    ({ helm } = await requireTools(this, ["helm"]));
  });

  for (const real of realCharts === undefined ? [false] : [false, true])
    for (const [chartSet, cases] of Object.entries(sets))
      it(`are what the stores read: ${chartSet}${real ? ", real charts" : ""}`, async () => {
        const render = async (helmValues: object) =>
          wholeStack(
            helm,
            {
              title: chartSet,
              stack: "dev",
              config: {
                "lgtm:chartSet": chartSet,
                "lgtm:helmValues": JSON.stringify(helmValues),
              },
            },
            real,
          );
        const all: Record<string, object> = {};
        for (const { release, values } of cases) all[release] = { ...all[release], ...values };
        const [before, after] = [await render({}), await render(all)];
        const read = (
          { configMaps }: typeof after,
          { file: [name, file], path }: Case,
        ): unknown => {
          const text = configMaps.find(({ metadata }) => name.test(metadata?.name ?? ""))?.data?.[
            file
          ];
          assert.ok(text !== undefined, `${String(name)} ${file}`);
          return file.endsWith(".ini") ? inIni(text, path) : at(parse(text), path);
        };
        for (const one of cases) {
          assert.deepEqual(read(after, one), one.expected, one.path.join("."));
          assert.notDeepEqual(read(before, one), one.expected, one.path.join("."));
        }
      });
});
