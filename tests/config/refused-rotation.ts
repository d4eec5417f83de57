/** Numbers in `rotation` that draw nothing anew. */
import type { Refused } from "./refused";

const password = { "lgtm:grafanaAdminPassword": "correct-horse-battery" };
const format = "must have whole numbers from 1 to 999999 below grafana or storage";

/** Numbers that draw nothing anew. */
export const refusedRotation: readonly Refused[] = [
  ...[
    ...["1", "[]", "{", '{"mimir":1}', '{"grafana":""}', '{"grafana":0}', '{"storage":1.5}'],
    // Pulumi's CLI hands this on in two ways, and the second run would draw anew.
    ...['{"storage":"2026-11-24"}', '{"storage":"2026-11-24 00:00:00 +0000 UTC"}'],
  ].map((rotation) => ({ what: `the numbers ${rotation}`, set: { rotation }, reason: format })),
  {
    what: "a number for a password that is given",
    set: { rotation: '{"grafana":"1"}' },
    secrets: password,
    reason: "has a number for grafana, but the password is not generated",
    fix: "pulumi config set --secret lgtm:grafanaAdminPassword, or pulumi config rm lgtm:grafanaAdminPassword",
    never: "correct-horse",
  },
  {
    what: "a number for the keys of somebody else's store",
    set: {
      storage: "gcs",
      storageLogsBucket: "logs-1",
      storageMetricsBucket: "metrics-1",
      storageTracesBucket: "traces-1",
      rotation: '{"storage":"1"}',
    },
    secrets: { "lgtm:storageSecret": '{"private_key":"x"}' },
    key: "rotation",
    reason: "has a number for storage, but no keys are generated",
    fix: "pulumi config rm --path lgtm:rotation.storage",
  },
  {
    what: "a number for the keys that the tutorial's chart brings",
    stack: "tutorial",
    set: { rotation: '{"storage":"1"}', minioRegistry: "old.example" },
    reason: "has a number for storage, but no keys are generated",
    fix: "pulumi config rm --path lgtm:rotation.storage",
  },
];
