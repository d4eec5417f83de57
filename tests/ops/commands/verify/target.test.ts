/** Tests of ops/commands/verify/target.ts. */
import assert from "node:assert/strict";
import { targetOf } from "../../../../ops/commands/verify/target";
import { namedReleases } from "../../../../ops/stack";
import type { RawResource } from "../../../../ops/takeover/snapshot";
import { notedRelease, rootStack, stackWith } from "../../support/states";
import { outputs } from "./surroundings";

const root: RawResource = {
  ...rootStack,
  outputs: {
    otlpHttpEndpoint: outputs.collector,
    ...{ lokiUrl: outputs.loki, mimirUrl: outputs.mimir, tempoUrl: outputs.tempo },
  },
};

/** A release by its name in the program. */
function release(program: string, name: string): RawResource {
  const one = notedRelease("stores", name);
  return { ...one, urn: `urn:pulumi:dev::lgtm::${one.type}::${program}` };
}

describe("verify finds the namespace of the stores and Grafana's datasources", () => {
  const of = (...releases: readonly RawResource[]) => {
    const { home, grafanaConfig } = targetOf(stackWith({ resources: [root, ...releases] }));
    return [home, grafanaConfig];
  };

  it("in the release of the umbrella chart", () => {
    assert.deepEqual(of(release("lgtm", "my-lgtm")), ["stores", "my-lgtm-grafana"]);
  });

  it("in Grafana's own release with the maintained charts", () => {
    const all = ["loki", "mimir", "tempo", "grafana"].map((part) =>
      release(`lgtm-${part}`, `mine-${part}`),
    );
    assert.deepEqual(of(...all), ["stores", "mine-grafana"]);
  });

  it("and says when there is none", () => {
    assert.throws(() => of(release("lgtm-loki", "mine-loki")), /is deployed in part only/);
  });
});

describe("the names of a stack's releases", () => {
  const umbrella = ["lgtm/my-lgtm", "otel/otel-collector"];
  const maintained = [
    ...["loki", "tempo", "mimir", "grafana"].map((part) => `lgtm/my-lgtm-${part}`),
    "otel/otel-collector",
  ];
  const names = (
    settings: Readonly<Record<string, string>>,
    ...resources: readonly RawResource[]
  ): string[] =>
    namedReleases(stackWith({ resources }, settings)).map(
      ({ namespace, name }) => `${namespace}/${name}`,
    );

  it("are two with the umbrella chart, and one per store with the maintained ones", () => {
    assert.deepEqual(names({ chartSet: "umbrella" }), umbrella);
    assert.deepEqual(names({ chartSet: "maintained" }), maintained);
  });

  it("are those that it is deployed with, whatever the settings say by now", () => {
    const [ofUmbrella, ofLoki] = [release("lgtm", "my-lgtm"), release("lgtm-loki", "my-lgtm-loki")];
    assert.deepEqual(names({ chartSet: "maintained" }, ofUmbrella), umbrella);
    assert.deepEqual(names({ chartSet: "umbrella" }, ofLoki), maintained);
  });
});
