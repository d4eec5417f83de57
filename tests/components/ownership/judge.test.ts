/** Tests of components/ownership/judge.ts. */
import * as assert from "node:assert/strict";
import type { Claimed } from "../../../components/ownership/case";
import { judge } from "../../../components/ownership/judge";
import type { LeavingNamespace } from "../../../components/ownership/look";
import type { OwnState } from "../../../components/ownership/own";
import {
  claimed,
  claimOf,
  data,
  deployed,
  fresh,
  type Live,
  manager,
  markedBy,
  marksOf,
  namespaces,
  ofRelease,
  otherId,
  ownId,
  release,
  seen,
  valuesOf,
} from "./fixture";

/** Something that may be refused, and what is then said of it. */
interface Row {
  readonly what: string;
  /** Default: what stack dev asks for. */
  readonly asks?: Claimed;
  /** Default: nothing, as before the first `up`. */
  readonly own?: OwnState;
  readonly live?: Live;
  /** Per problem: the key without its project, then words of value, reason and fix, in this order. */
  readonly refused?: readonly (readonly [key: string, ...words: RegExp[]])[];
  /** Words of each notice. */
  readonly notices?: readonly RegExp[];
}

const mine = markedBy(ownId, "dev");
const theirs = markedBy(otherId);
const gone: Omit<LeavingNamespace, "name"> = {
  ...{ urn: "urn:pulumi:dev::lgtm::kubernetes:core/v1:Namespace::demo", owner: undefined },
  ...{ claims: [], others: [], unseen: [] },
};
const demoOff = { demoEnabled: "false" };
const existing = { existingNamespaces: '["lgtm"]' };
const inExisting = { namespaces: { otel: "otel", demo: "flask-app" } };
const flux = { labels: { "helm.toolkit.fluxcd.io/name": "monitoring" } };
const argo = { annotations: { "argocd.argoproj.io/tracking-id": "obs:apps/Deployment:lgtm/x" } };

const routed = { grafanaRoute: '{"host":"g.example.com","gateway":"public"}' };

const kindRows: readonly Row[] = [
  {
    what: "a route in a cluster without the Gateway API",
    asks: claimed(routed),
    live: { unserved: ["HTTPRoute"] },
    refused: [
      [
        "grafanaRoute",
        /^HTTPRoute lgtm\/my-lgtm-grafana$/,
        /this cluster has no kind HTTPRoute of gateway\.networking\.k8s\.io\/v1/,
        /^install the custom resources of the Gateway API .* or pulumi config rm lgtm:grafanaRoute/,
      ],
    ],
  },
  { what: "a route in a cluster that has its kind", asks: claimed(routed) },
  {
    what: "a route of that name that is somebody else's",
    asks: claimed(routed),
    live: { objects: { "HTTPRoute lgtm/my-lgtm-grafana": flux } },
    refused: [["lgtmReleaseName", /my-lgtm/, /HTTPRoute lgtm\/my-lgtm-grafana is there already/]],
  },
];

const namespaceRows: readonly Row[] = [
  { what: "nothing is there" },
  { what: "all that is there is its own", own: deployed(), live: { namespaces: { lgtm: mine } } },
  {
    what: "a namespace of its own lost its mark, and has the stack's field manager",
    own: deployed(),
    live: { namespaces: { lgtm: { managedFields: [{ manager }] } } },
  },
  {
    what: "pulumi refresh has noted a namespace that somebody has made again",
    own: deployed(),
    live: { namespaces: { lgtm: { managedFields: [{ manager: "kubectl-create" }] } } },
    refused: [["lgtmNamespace", /lgtm/, /there already, and belongs to somebody/]],
  },
  {
    what: "a stack from before the mark has it by uid",
    own: deployed({ id: undefined }),
    live: { namespaces: { lgtm: {}, otel: {} } },
  },
  {
    what: "a stack from before the mark has another one of this name",
    own: deployed({ id: undefined }),
    live: { namespaces: { lgtm: { uid: "another" } } },
    refused: [["lgtmNamespace", /lgtm/, /belongs to somebody who left no mark/]],
  },
  {
    what: "a namespace of nobody",
    live: { namespaces: { otel: {} } },
    refused: [
      [
        "otelCollectorNamespace",
        /^otel$/,
        /belongs to somebody who left no mark; taken over, destroy would delete it/,
        /^pulumi config set lgtm:otelCollectorNamespace <another name>; or, to use it and leave it: pulumi config set --path 'lgtm:existingNamespaces\[0\]' otel$/,
      ],
    ],
  },
  {
    what: "several of nobody: each fix adds to the list, and none takes another's place",
    asks: claimed({ existingNamespaces: '["otel"]' }),
    live: { namespaces: { lgtm: {}, otel: {}, "flask-app": {} } },
    refused: [
      ["lgtmNamespace", /lgtm/, /there already/, /existingNamespaces\[1\]' lgtm/],
      ["demoNamespace", /flask-app/, /there already/, /existingNamespaces\[2\]' flask-app/],
    ],
  },
  {
    what: "a namespace of another stack: not to be used as one that stays",
    live: { namespaces: { lgtm: theirs, "flask-app": {} } },
    refused: [
      [
        "lgtmNamespace",
        /lgtm/,
        /belongs to stack lgtm\/other \(id 2222/,
        new RegExp(
          `^pulumi config set lgtm:lgtmNamespace <another name>; if it is this very stack, whose state was lost: pulumi config set lgtm:stackId ${otherId}$`,
        ),
      ],
      ["demoNamespace", /flask-app/, /somebody/, /existingNamespaces\[0\]' flask-app$/],
    ],
  },
  {
    what: "the same, for a stack that is deployed and is not that one",
    own: deployed({ namespaces: { otel: "otel" } }),
    live: { namespaces: { lgtm: theirs } },
    refused: [["lgtmNamespace", /lgtm/, /stack lgtm\/other/, /^(?!.*stackId)/]],
  },
  {
    what: "a namespace that Flux reconciles",
    live: { namespaces: { lgtm: flux } },
    refused: [["lgtmNamespace", /lgtm/, /belongs to Flux HelmRelease monitoring/]],
  },
  {
    what: "a namespace of a Helm chart",
    live: { namespaces: { lgtm: ofRelease("ops/base") } },
    refused: [["lgtmNamespace", /lgtm/, /belongs to Helm release ops\/base/]],
  },
  {
    what: "a mark with control characters and an id that is no id: nothing of it is to be pasted",
    live: {
      namespaces: {
        lgtm: {
          labels: { "lgtm/stack-id": "$(reboot)" },
          annotations: { "lgtm/project": "a\u001b[2J\nb", "lgtm/stack": "\u202Ec" },
        },
      },
    },
    refused: [
      [
        "lgtmNamespace",
        /lgtm/,
        /^[\x20-\x7e]*stack a\[2Jb\/c \(id [^]*$/,
        /^pulumi config set lgtm:lgtmNamespace <another name>$/,
      ],
    ],
  },
  {
    what: "one of its own that is being deleted",
    own: deployed(),
    live: { namespaces: { lgtm: { ...mine, deletionTimestamp: "now" } } },
    refused: [
      ["lgtmNamespace", /lgtm/, /is being deleted.*nothing can be created/, /pulumi refresh/],
    ],
  },
  {
    what: "one of somebody else that is being deleted",
    live: { namespaces: { lgtm: { ...theirs, deletionTimestamp: "now" } } },
    refused: [["lgtmNamespace", /lgtm/, /of stack lgtm\/other.*is being deleted/, /wait/]],
  },
  {
    what: "the first up was killed after it had made a namespace, and before the state had it",
    own: deployed({ namespaces: {}, releases: [] }),
    live: { namespaces: { lgtm: mine } },
  },
  {
    what: "a state was lost, and the settings name the id",
    asks: claimed({ stackId: otherId }),
    live: { namespaces: { lgtm: theirs } },
  },
  {
    what: "the id of another stack, on one that is deployed",
    asks: claimed({ stackId: otherId }),
    own: deployed(),
    live: { namespaces: { lgtm: theirs } },
    refused: [["stackId", /2222/, /its own id is 1111/, /pulumi config rm lgtm:stackId/]],
  },
  {
    what: "the stack's own id in its settings",
    asks: claimed({ stackId: ownId }),
    own: deployed(),
    live: { namespaces: { lgtm: mine } },
  },
  {
    what: "the id of another stack, on one that was destroyed",
    asks: claimed({ stackId: otherId }),
    own: deployed({ namespaces: {}, releases: [] }),
  },
  {
    what: "another project's name, and so another prefix",
    asks: claimed({}, { project: "obs" }),
    live: { namespaces: { lgtm: {} } },
    refused: [
      ["obs:lgtmNamespace", /lgtm/, /there already/, /set obs:.*'obs:existingNamespaces\[0\]/],
    ],
  },
];

const existingRows: readonly Row[] = [
  {
    what: "one that is there, of nobody",
    asks: claimed(existing),
    own: deployed(inExisting),
    live: { namespaces: { lgtm: {} } },
  },
  {
    what: "one that is not there",
    asks: claimed(existing, { context: "it's prod" }),
    refused: [
      [
        "lgtmNamespace",
        /lgtm/,
        /there is none/,
        /^kubectl --context 'it'\\''s prod' create namespace lgtm/,
      ],
    ],
  },
  {
    what: "one that is being deleted",
    asks: claimed(existing),
    live: { namespaces: { lgtm: { deletionTimestamp: "now" } } },
    refused: [["lgtmNamespace", /lgtm/, /is being deleted/, /wait/]],
  },
  {
    what: "one that is being deleted, beside one that nobody has named so yet",
    asks: claimed(existing),
    live: { namespaces: { lgtm: { deletionTimestamp: "now" }, "flask-app": {} } },
    refused: [
      ["lgtmNamespace", /lgtm/],
      ["demoNamespace", /flask-app/, /there already/, /existingNamespaces\[1\]' flask-app/],
    ],
  },
  {
    what: "one of another stack",
    asks: claimed(existing),
    live: { namespaces: { lgtm: theirs } },
    refused: [
      ["lgtmNamespace", /lgtm/, /stack lgtm\/other.*whose destroy takes it away/, /another name/],
    ],
  },
  {
    what: "one that another stack uses as existing, too",
    asks: claimed(existing),
    live: {
      namespaces: { lgtm: {} },
      releases: [release("lgtm/theirs", { values: valuesOf(otherId) })],
    },
  },
  {
    what: "switched on for one that the stack has made",
    asks: claimed(existing),
    own: deployed(),
    live: { namespaces: { lgtm: mine }, leaving: [{ ...gone, name: "lgtm" }] },
    refused: [["lgtmNamespace", /lgtm/, /would make up delete it, with its data/, /take lgtm out/]],
  },
  {
    what: "switched on for one that the stack had made, and that is gone",
    asks: claimed(existing),
    own: deployed(),
    refused: [["lgtmNamespace", /lgtm/, /would make up delete it/]],
  },
  {
    what: "one that a lost state had made, and the settings name its id",
    asks: claimed({ ...existing, stackId: otherId }),
    live: { namespaces: { lgtm: theirs } },
  },
  {
    what: "switched on for one that the stack had made, and that is another by now",
    asks: claimed(existing),
    own: deployed(),
    live: { namespaces: { lgtm: flux } },
    refused: [
      [
        "lgtmNamespace",
        /lgtm/,
        /up would delete the one that is there now, which belongs to Flux/,
        /pulumi state delete --target-dependents urn:pulumi:dev::lgtm::kubernetes:core\/v1:Namespace::lgtm/,
      ],
    ],
  },
  {
    what: "switched off for one that is not the stack's",
    own: deployed(inExisting),
    live: { namespaces: { lgtm: {} } },
    refused: [["lgtmNamespace", /lgtm/, /there already/]],
  },
];

const besideChart = {
  ...data,
  store: "the bundled store (volume lgtm/data-my-lgtm-object-store-0)",
};
const tutorial = { profile: "tutorial", lgtmChartVersion: "2.1.0" };
const withoutMinio = claimed(tutorial, { data: besideChart });
const withMinio = claimed({ ...tutorial, minioRegistry: "quay.io" });
const minioRelease = (more: Parameters<typeof release>[1] = {}) =>
  release("lgtm/my-lgtm", { objects: [claimOf("my-lgtm-minio")], ...more });
const ownMinio = minioRelease({ values: valuesOf(ownId, "dev") });
const ownWithout = release("lgtm/my-lgtm", { values: valuesOf(ownId, "dev") });
const keepsMinio = [
  "minioRegistry",
  /^$/,
  /deployed with the chart's MinIO, .* without what is in the bundled store \(volume lgtm\/my-lgtm-minio\)/,
  /^to keep MinIO, .*: pulumi config set lgtm:minioRegistry quay\.io .*; to begin anew: npm run destroy/,
] as const;
const otherStoreRows: readonly Row[] = [
  {
    what: "the tutorial on MinIO, and its setting is gone",
    asks: withoutMinio,
    own: deployed(),
    live: { namespaces: { lgtm: mine }, releases: [ownMinio] },
    refused: [keepsMinio],
    notices: [/not read any more/],
  },
  {
    what: "the same, and its release is gone",
    asks: withoutMinio,
    own: deployed(),
    live: { namespaces: { lgtm: mine } },
    refused: [keepsMinio],
    notices: [/not read any more/],
  },
  {
    what: "the tutorial on MinIO, adopted, or from before its store was noted",
    asks: withoutMinio,
    own: deployed({ id: undefined }),
    live: { namespaces: { lgtm: {} }, releases: [minioRelease()] },
    refused: [keepsMinio],
    notices: [/not read any more/],
  },
  {
    what: "the tutorial on MinIO, whose state was lost, and the settings name its id",
    asks: claimed({ ...tutorial, stackId: ownId }, { data: besideChart }),
    live: { namespaces: { lgtm: mine }, releases: [ownMinio] },
    refused: [keepsMinio],
  },
  {
    what: "the tutorial on MinIO stays with it",
    asks: withMinio,
    own: deployed(),
    live: { namespaces: { lgtm: mine }, releases: [ownMinio] },
  },
  {
    what: "the tutorial on the store beside the chart stays with it",
    asks: withoutMinio,
    own: deployed({ data: besideChart }),
    live: { namespaces: { lgtm: mine }, releases: [ownWithout] },
  },
  {
    what: "the tutorial goes to MinIO, as its setting says: nothing is deleted",
    asks: withMinio,
    own: deployed({ data: besideChart }),
    live: { namespaces: { lgtm: mine }, releases: [ownWithout] },
    notices: [/object-store-0\); new data goes to .*my-lgtm-minio/],
  },
  {
    what: "the tutorial's own object store's volume, in a namespace that is there",
    asks: claimed({ ...tutorial, ...existing }, { data: besideChart }),
    own: deployed({ ...inExisting, data: besideChart }),
    live: {
      namespaces: { lgtm: {} },
      claims: [{ name: "data-my-lgtm-object-store-0", namespace: "lgtm" }],
    },
  },
  {
    what: "somebody's volume under the name of the tutorial's object store's",
    asks: claimed({ ...tutorial, ...existing }, { data: besideChart }),
    live: {
      namespaces: { lgtm: {} },
      claims: [{ name: "data-my-lgtm-object-store-0", namespace: "lgtm" }],
    },
    refused: [
      ["lgtmReleaseName", /^my-lgtm$/, /would take volumes .*: data-my-lgtm-object-store-0/],
    ],
  },
];

const swapped = { lgtmNamespace: "otel", otelCollectorNamespace: "lgtm" };
const clusterRole = "ClusterRole my-lgtm-grafana-clusterrole";
const binding = "ClusterRoleBinding my-lgtm-grafana-clusterrolebinding";

const nameRows: readonly Row[] = [
  {
    what: "namespaces that change their places: up would delete each under the other",
    asks: claimed(swapped),
    own: deployed(),
    live: { namespaces: { lgtm: mine, otel: mine } },
    refused: [
      ["lgtmNamespace", /otel/, /as that of otel; up would give it to lgtm and then delete it/],
      ["otelCollectorNamespace", /lgtm/, /as that of lgtm/],
    ],
  },
  {
    what: "a release of its own, by its mark, that the state has not yet",
    own: deployed({ releases: [] }),
    live: {
      namespaces: { lgtm: mine },
      releases: [release("lgtm/my-lgtm", { values: valuesOf(ownId) })],
      objects: { [clusterRole]: ofRelease("lgtm/my-lgtm") },
      claims: [{ name: "data-my-lgtm-loki-ingester-0", namespace: "lgtm" }],
    },
  },
  {
    what: "a release of a stack from before the mark",
    own: deployed({ id: undefined }),
    live: { releases: [release("lgtm/my-lgtm")] },
  },
  {
    what: "a release of its own that was rolled back to before the mark",
    own: deployed(),
    live: { releases: [release("lgtm/my-lgtm", { revision: 7 })] },
  },
  {
    what: "a release that was installed anew in place of its own",
    own: deployed(),
    live: { releases: [release("lgtm/my-lgtm", { revision: 1 })] },
    refused: [["lgtmReleaseName", /my-lgtm/, /belongs to whoever installed it/]],
  },
  {
    what: "a release of another stack in place of its own",
    own: deployed(),
    live: { releases: [release("lgtm/my-lgtm", { values: valuesOf(otherId) })] },
    refused: [["lgtmReleaseName", /my-lgtm/, /belongs to stack lgtm\/other/, /<another name>$/]],
  },
  {
    what: "a release of a lost state",
    live: { releases: [release("lgtm/my-lgtm", { values: valuesOf(otherId) })] },
    refused: [["lgtmReleaseName", /my-lgtm/, /stack lgtm\/other/, /stackId 2222/]],
  },
  {
    what: "a release that Helm by hand has installed, of the stack's own chart",
    live: { releases: [release("lgtm/my-lgtm", { revision: 1 })] },
    refused: [
      [
        "lgtmReleaseName",
        /my-lgtm/,
        /chart lgtm-distributed 3.0.1.*whoever installed it/,
        /npm run adopt$/,
      ],
    ],
  },
  {
    what: "a release of another chart, whose name is not harmless",
    live: { releases: [release("otel/otel-collector", { chart: "a\u001bb", version: "1\n2" })] },
    refused: [["otelCollectorReleaseName", /otel/, /\(chart ab 12\)/, /^(?!.*adopt)/]],
  },
  {
    what: "a release of Flux in a namespace that stays",
    asks: claimed(existing),
    live: {
      namespaces: { lgtm: {} },
      releases: [
        release("lgtm/my-lgtm", {
          objects: [{ apiVersion: "v1", kind: "Service", metadata: { name: "a", ...flux } }],
        }),
      ],
    },
    refused: [["lgtmReleaseName", /my-lgtm/, /belongs to Flux HelmRelease monitoring/]],
  },
  {
    what: "objects that Argo CD has rendered from the chart, without a release",
    asks: claimed(existing),
    live: { namespaces: { lgtm: {} }, objects: { "Service lgtm/my-lgtm-loki-gateway": argo } },
    refused: [
      [
        "lgtmReleaseName",
        /my-lgtm/,
        /^Service lgtm\/my-lgtm-loki-gateway is there.*belongs to Argo CD/,
      ],
    ],
  },
  {
    what: "names of the whole cluster that another stack's release has, in another namespace",
    live: {
      releases: [release("stores/my-lgtm", { values: valuesOf(otherId) })],
      objects: {
        [clusterRole]: ofRelease("stores/my-lgtm"),
        [binding]: ofRelease("stores/my-lgtm"),
      },
    },
    refused: [
      [
        "lgtmReleaseName",
        /^my-lgtm$/,
        /^ClusterRole my-lgtm-grafana-clusterrole \(one per cluster\), ClusterRoleBinding .* \(one per cluster\) are there already, and belong to Helm release stores\/my-lgtm of stack lgtm\/other/,
        /^pulumi config set lgtm:lgtmReleaseName <another name>$/,
      ],
    ],
  },
  {
    what: "the same of the collector, of a release that nobody can read",
    live: {
      objects: {
        "ClusterRole otel-collector-opentelemetry-collector": ofRelease("x/otel-collector"),
      },
    },
    refused: [
      ["otelCollectorReleaseName", /otel-collector/, /belongs to Helm release x\/otel-collector$/],
    ],
  },
  {
    what: "names of the whole cluster that its own release has",
    own: deployed(),
    live: { objects: { [clusterRole]: ofRelease("lgtm/my-lgtm") } },
  },
  {
    what: "the name that MinIO's chart has fixed: only another namespace helps",
    asks: claimed(existing),
    live: {
      namespaces: { lgtm: {} },
      objects: { "ServiceAccount lgtm/minio-sa": ofRelease("lgtm/theirs") },
    },
    refused: [
      ["lgtmNamespace", /^lgtm$/, /ServiceAccount lgtm\/minio-sa/, /set lgtm:lgtmNamespace/],
    ],
  },
  {
    what: "an object of the program itself, of another stack",
    asks: claimed(existing),
    live: { namespaces: { lgtm: {} }, objects: { "Service lgtm/my-lgtm-grafana": theirs } },
    refused: [["lgtmReleaseName", /^my-lgtm$/, /belongs to stack lgtm\/other/, /stackId 2222/]],
  },
  {
    what: "an object of the program itself that a release of its own claims: Helm does not give it up",
    own: deployed(),
    live: { objects: { "Service lgtm/my-lgtm-grafana": ofRelease("lgtm/my-lgtm") } },
    refused: [["lgtmReleaseName", /my-lgtm/, /belongs to Helm release lgtm\/my-lgtm/]],
  },
  {
    what: "objects in a namespace that is refused: told with it",
    live: {
      namespaces: { lgtm: theirs },
      objects: { "Service lgtm/my-lgtm-grafana": theirs, [clusterRole]: ofRelease("lgtm/my-lgtm") },
    },
    refused: [
      ["lgtmNamespace", /lgtm/],
      ["lgtmReleaseName", /my-lgtm/, /^ClusterRole/],
    ],
  },
  {
    what: "volumes that are there already in a namespace that stays",
    asks: claimed(existing),
    live: {
      namespaces: { lgtm: {} },
      claims: [
        "my-lgtm-minio",
        "data-my-lgtm-loki-ingester-0",
        "data-my-lgtm-tempo-ingester-1",
        "storage-my-lgtm-mimir-store-gateway-0",
        // Of others: of a release whose name holds this one, of another chart, of another namespace.
        "data-x-my-lgtm-loki-ingester-0",
        "data-my-lgtm-postgres-0",
        "data-my-lgtm-loki-ingester-0-copy",
        "x-my-lgtm-minio",
      ].map((name) => ({ name, namespace: "lgtm" })),
    },
    refused: [
      [
        "lgtmReleaseName",
        /my-lgtm/,
        /already: my-lgtm-minio, data-my-lgtm-loki-ingester-0, data-my-lgtm-tempo-ingester-1, storage-my-lgtm-mimir-store-gateway-0$/,
        /kubectl --context prod --namespace lgtm label persistentvolumeclaims my-lgtm-minio .* lgtm\/stack-id=<a UUID>, and pulumi config set lgtm:stackId <the same UUID>$/,
      ],
    ],
  },
  {
    what: "the same in another namespace that stays",
    asks: claimed({ existingNamespaces: '["lgtm","otel"]' }),
    live: {
      namespaces: { lgtm: {}, otel: {} },
      claims: [{ name: "my-lgtm-minio", namespace: "otel" }],
    },
  },
  {
    what: "the queue of a collector that was there before, for a stack that has an id",
    asks: claimed({ existingNamespaces: '["otel"]' }),
    own: deployed({ namespaces: { lgtm: "lgtm", demo: "flask-app" }, releases: [] }),
    live: {
      namespaces: { otel: {} },
      claims: [{ name: "queue-otel-collector-opentelemetry-collector-0", namespace: "otel" }],
    },
    refused: [["otelCollectorReleaseName", /otel/, /queue-otel/, /lgtm\/stack-id=1111[^ ,]*$/]],
  },
  {
    what: "volumes that the owner has marked as this stack's",
    asks: claimed({ ...existing, stackId: otherId }),
    live: {
      namespaces: { lgtm: {} },
      claims: [{ name: "my-lgtm-minio", namespace: "lgtm", ...theirs }],
    },
  },
  {
    what: "volumes of its own release",
    asks: claimed(existing),
    own: deployed(inExisting),
    live: {
      namespaces: { lgtm: {} },
      claims: [{ name: "my-lgtm-minio", namespace: "lgtm" }],
    },
  },
];

const clusterRows: readonly Row[] = [
  {
    what: "another cluster, by its id",
    own: deployed(),
    live: { clusterId: "cluster-2", namespaces: { lgtm: theirs } },
    refused: [
      [
        "kubernetes:context",
        /prod/,
        /deployed to another cluster \(context prod then\)/,
        /pulumi stack init <name>.*pulumi refresh/,
      ],
    ],
  },
  ...(
    [
      [27, /mimirChartVersion 5\.8\.0$/, ["mimirChartVersion"]],
      [28, /mimirChartVersion 5\.8\.0$/, ["mimirChartVersion"]],
      [29, /./, []],
      [
        24,
        /./,
        ["lokiChartVersion", "tempoChartVersion", "mimirChartVersion", "grafanaChartVersion"],
      ],
    ] as const
  ).map(([kubernetesMinor, fix, keys]): Row => ({
    what: `the maintained charts on Kubernetes 1.${String(kubernetesMinor)}`,
    asks: claimed({ chartSet: "maintained" }),
    live: { kubernetesMinor },
    refused: keys.map((key) => [
      key,
      /^\d+\.\d+\.\d+$/,
      new RegExp(`this cluster has 1\\.${String(kubernetesMinor)}$`),
      key === "mimirChartVersion" ? fix : /^upgrade the cluster, or .*chartSet umbrella$/,
    ]),
  })),
  {
    what: "the umbrella chart on an old Kubernetes",
    live: { kubernetesMinor: 20 },
  },
  ...(["maintained", "umbrella"] as const).map((chartSet): Row => ({
    what: `a stack that is deployed with the other charts, now ${chartSet}`,
    asks: claimed({ chartSet }),
    own: deployed({
      releases: [chartSet === "umbrella" ? "lgtm/my-lgtm-tempo" : "lgtm/my-lgtm"],
    }),
    live: { namespaces: { lgtm: mine } },
    refused: [
      [
        "chartSet",
        new RegExp(chartSet),
        /deployed with the other charts(, which were the default before)? \(Helm release lgtm\/my-lgtm/,
        /^to stay with them: .*chartSet (umbrella|maintained); to move [^;]*: npm run migrate/,
      ],
    ],
  })),
  ...[{ lgtmReleaseName: "new" }, { lgtmNamespace: "new", namespacesToDelete: '["lgtm"]' }].map(
    (names): Row => ({
      what: `the same, and ${Object.keys(names).join()} changed with it`,
      asks: claimed({ chartSet: "maintained", ...names }),
      own: deployed(),
      live: { leavingReleases: [{ release: release("lgtm/my-lgtm"), claims: [] }] },
      refused: [
        [
          "chartSet",
          /^maintained$/,
          /deployed with the other charts.* \(Helm release lgtm\/my-lgtm\)/,
          /chartSet umbrella, and the settings that name them as they were; /,
        ],
      ],
    }),
  ),
  {
    what: "a stack whose state was lost, by its mark, under the other charts",
    asks: claimed({ chartSet: "maintained", stackId: ownId }),
    live: { releases: [release("lgtm/my-lgtm", { values: valuesOf(ownId) })] },
    refused: [["chartSet", /maintained/, /Helm release lgtm\/my-lgtm\)/, /chartSet umbrella/]],
  },
  {
    what: "the volume of somebody's object store, in a namespace that is there",
    asks: claimed({ chartSet: "maintained", existingNamespaces: '["lgtm"]' }),
    live: {
      namespaces: { lgtm: {} },
      claims: [{ name: "data-my-lgtm-object-store-0", namespace: "lgtm" }],
    },
    refused: [
      ["lgtmReleaseName", /^my-lgtm$/, /would take volumes .*: data-my-lgtm-object-store-0/],
    ],
  },
  {
    what: "its own object store's volume, in a namespace that is there",
    asks: claimed({ chartSet: "maintained", existingNamespaces: '["lgtm"]' }),
    own: deployed({ ...inExisting, releases: ["lgtm/my-lgtm-loki"] }),
    live: {
      namespaces: { lgtm: {} },
      claims: [{ name: "data-my-lgtm-object-store-0", namespace: "lgtm" }],
    },
  },
  {
    what: "a release of somebody else's under the name of one store's",
    asks: claimed({ chartSet: "maintained" }),
    live: { releases: [release("lgtm/my-lgtm-tempo", { chart: "tempo-distributed" })] },
    refused: [
      ["lgtmReleaseName", /^my-lgtm$/, /Helm release lgtm\/my-lgtm-tempo is there already/],
    ],
  },
  ...otherStoreRows,
  {
    what: "another cluster, before anything was deployed",
    own: deployed({ namespaces: {}, releases: [] }),
    live: { clusterId: "cluster-2" },
  },
  {
    what: "the same cluster under another context",
    asks: claimed({}, { context: "new" }),
    own: deployed(),
    live: { namespaces: { lgtm: mine } },
  },
  ...([{ clusterId: undefined }, {}] as const).map((live): Row => ({
    what: `another context, and ${"clusterId" in live ? "nobody may read the cluster's id" : "the state has no id of it"}: none of its namespaces is there`,
    asks: claimed({}, { context: "new" }),
    own: deployed("clusterId" in live ? {} : { clusterId: undefined }),
    live: { ...live, namespaces: { lgtm: { uid: "another" } } },
    refused: [["kubernetes:context", /new/, /\(context prod then\)/]],
  })),
  {
    what: "another context, no id, and its namespace is there",
    asks: claimed({}, { context: "new" }),
    own: deployed({ clusterId: undefined }),
    live: { namespaces: { lgtm: mine } },
  },
  {
    what: "no context noted, and no id",
    own: deployed({ clusterId: undefined, context: undefined }),
  },
  {
    what: "nobody may read the cluster's id, and the context is as before",
    own: deployed(),
    live: { clusterId: undefined },
  },
  {
    what: "no id noted, the context as before, and its namespaces are gone",
    own: deployed({ clusterId: undefined }),
  },
  {
    what: "another cluster, no context noted",
    own: deployed({ context: undefined }),
    live: { clusterId: "cluster-2" },
    refused: [["kubernetes:context", /prod/, /deployed to another cluster; up/]],
  },
];

const s3 = { ...data, store: "s3 (a, b, c)" };
const [onVolume, inDatabase] = ["the volume lgtm/my-lgtm-grafana", "the database g at db:5432"];
const many = Array.from({ length: 10 }, (_, index) => `configmap flask-app/${String(index)}`);

const dataRows: readonly Row[] = [
  {
    what: "a namespace goes, with nothing in it",
    asks: claimed(demoOff),
    own: deployed(),
    live: { leaving: [{ ...gone, name: "flask-app" }] },
  },
  {
    what: "a namespace goes, with what others have in it",
    asks: claimed(demoOff, { namespacesToDelete: ["flask-app"] }),
    own: deployed(),
    live: { leaving: [{ ...gone, name: "flask-app", others: many }] },
    refused: [
      [
        "namespacesToDelete",
        /^\["flask-app"\]$/,
        /no longer name namespace flask-app.*what others have there: configmap flask-app\/0, .*\/7 and 2 more$/,
        /^set back the setting that named it, or move these away first$/,
      ],
    ],
  },
  {
    what: "as many as are named: no more than these",
    asks: claimed(demoOff),
    own: deployed(),
    live: { leaving: [{ ...gone, name: "flask-app", others: many.slice(0, 8) }] },
    refused: [["namespacesToDelete", /\[\]/, /flask-app\/7$/]],
  },
  {
    what: "names of others that are not harmless",
    asks: claimed(demoOff),
    own: deployed(),
    live: { leaving: [{ ...gone, name: "flask-app", others: ["role flask-app/\u001b[2Jx"] }] },
    refused: [["namespacesToDelete", /\[\]/, /there: role flask-app\/\[2Jx$/]],
  },
  {
    what: "a namespace goes, with data",
    asks: claimed({ lgtmNamespace: "new" }, { namespacesToDelete: ["else"] }),
    own: deployed(),
    live: { leaving: [{ ...gone, name: "lgtm", claims: ["a", "b"] }] },
    refused: [
      [
        "namespacesToDelete",
        /^\["else"\]$/,
        /with the data in 2 volumes: a, b$/,
        /pulumi config set --path 'lgtm:namespacesToDelete\[1\]' lgtm$/,
      ],
    ],
    notices: [
      /^Data will be deleted: namespace lgtm, with 2 volumes: a, b\.$/,
      /lgtm\/my-lgtm/,
    ].slice(0, 1),
  },
  {
    what: "the same, and its owner has said so",
    asks: claimed({ lgtmNamespace: "new", namespacesToDelete: '["lgtm"]' }),
    own: deployed(),
    live: { leaving: [{ ...gone, name: "lgtm", claims: ["a"] }] },
    notices: [/^Data will be deleted: namespace lgtm, with 1 volume: a\.$/],
  },
  {
    what: "two go with data: each fix adds to the list",
    asks: claimed({ lgtmNamespace: "new", otelCollectorNamespace: "newer" }),
    own: deployed(),
    live: {
      leaving: [
        { ...gone, name: "lgtm", claims: ["a"] },
        { ...gone, name: "otel", claims: ["b"] },
      ],
    },
    refused: [
      ["namespacesToDelete", /\[\]/, /lgtm/, /\[0\]' lgtm$/],
      ["namespacesToDelete", /\[\]/, /otel/, /\[1\]' otel$/],
    ],
    notices: [/namespace lgtm/, /namespace otel/],
  },
  {
    what: "a namespace goes, and what is in it may not be looked at",
    asks: claimed(demoOff),
    own: deployed(),
    live: { leaving: [{ ...gone, name: "flask-app", unseen: ["secrets: no"] }] },
    refused: [
      ["namespacesToDelete", /\[\]/, /may not be looked at: secrets: no/, /\[0\]' flask-app$/],
    ],
    notices: [/namespace flask-app, with 0 volumes, and what may not be looked at/],
  },
  {
    what: "the same, and its owner has said so",
    asks: claimed({ ...demoOff, namespacesToDelete: '["flask-app"]' }),
    own: deployed(),
    live: { leaving: [{ ...gone, name: "flask-app", unseen: ["secrets: no"] }] },
    notices: [/and what may not be looked at\.$/],
  },
  {
    what: "a namespace of its state that is somebody else's by now goes",
    asks: claimed({ ...demoOff, namespacesToDelete: '["flask-app"]' }),
    own: deployed(),
    live: { leaving: [{ ...gone, name: "flask-app", owner: "Flux HelmRelease x" }] },
    refused: [
      [
        "namespacesToDelete",
        /flask-app/,
        /but the one that bears the name now belongs to Flux HelmRelease x$/,
        /pulumi state delete --target-dependents urn:.*::demo; then npm run recover/,
      ],
    ],
  },
  {
    what: "a release from before goes, with a volume that Helm would delete",
    asks: claimed({ lgtmReleaseName: "new" }),
    own: deployed({ id: undefined }),
    live: { leavingReleases: [{ release: release("lgtm/my-lgtm"), claims: ["my-lgtm-minio"] }] },
    refused: [
      [
        "lgtmReleaseName",
        /^new$/,
        /lgtm\/my-lgtm.*would delete my-lgtm-minio/,
        /set the name back/,
      ],
    ],
    notices: [/Data stays.*lgtm\/my-lgtm/],
  },
  {
    what: "a release goes, and Helm keeps its volumes",
    asks: claimed({ lgtmReleaseName: "new" }),
    own: deployed({ data: undefined }),
    live: {
      leavingReleases: [
        { release: release("lgtm/my-lgtm", { values: valuesOf(ownId) }), claims: [] },
      ],
    },
    notices: [/^Data stays and is not read any more: the volumes of Helm release lgtm\/my-lgtm/],
  },
  {
    what: "a release of its state that is somebody else's by now goes",
    asks: claimed({ otelCollectorReleaseName: "new" }),
    own: deployed(),
    live: {
      leavingReleases: [
        {
          release: release("otel/otel-collector", {
            chart: "opentelemetry-collector",
            values: valuesOf(otherId),
          }),
          claims: [],
        },
      ],
    },
    refused: [
      ["otelCollectorReleaseName", /^new$/, /belongs to stack lgtm\/other/, /pulumi state delete/],
    ],
    notices: [/otel\/otel-collector/],
  },
  ...(["logs", "metrics", "traces"] as const).map((signal): Row => ({
    what: `${signal} are kept for less`,
    asks: claimed(
      {},
      {
        data: { ...data, retentionDays: { ...data.retentionDays, [signal]: 1 } },
      },
    ),
    own: deployed(),
    notices: [
      new RegExp(
        `Data will be deleted: ${signal} older than 1 day \\(until now \\d+ days\\), as lgtm:${signal}RetentionDays`,
      ),
    ],
  })),
  {
    what: "data is kept for longer",
    asks: claimed({}, { data: { ...data, retentionDays: { logs: 8, metrics: 31, traces: 8 } } }),
    own: deployed(),
  },
  {
    what: "another store",
    asks: claimed({}, { data: s3 }),
    own: deployed(),
    notices: [
      /^Data stays where it is.*the bundled store \(volume lgtm\/my-lgtm-minio\); new data goes to s3 \(a, b, c\)\. Nothing of it is deleted\.$/,
    ],
  },
  {
    what: "another store, of a stack from before this was noted",
    asks: claimed({}, { data: s3 }),
    own: deployed({ id: undefined }),
    live: { releases: [release("lgtm/my-lgtm", { objects: [claimOf("my-lgtm-minio")] })] },
    notices: [/^Data stays.*the bundled store \(volume lgtm\/my-lgtm-minio\); new data goes to s3/],
  },
  {
    what: "a database of Grafana's in place of its volume",
    asks: claimed({}, { data: { ...data, grafana: inDatabase } }),
    own: deployed({ data: { ...data, grafana: onVolume } }),
    notices: [
      /^Data stays where it is and is not read any more: what people have made in Grafana \(.*\), in the volume lgtm\/my-lgtm-grafana; Grafana goes on with what is in the database g at db:5432\. Nothing is copied, and nothing of it is deleted\.$/,
    ],
  },
  {
    what: "the same, of a stack from before this was noted",
    asks: claimed({ chartSet: "maintained" }, { data: { ...data, grafana: inDatabase } }),
    own: deployed({ releases: ["lgtm/my-lgtm-loki", "lgtm/my-lgtm-grafana"] }),
    live: {
      releases: [
        release("lgtm/my-lgtm-loki", { objects: [claimOf("else")] }),
        release("lgtm/my-lgtm-grafana", { objects: [claimOf("my-lgtm-grafana")] }),
      ],
    },
    notices: [/in the volume lgtm\/my-lgtm-grafana; Grafana goes on/],
  },
  ...[onVolume, undefined].map((grafana): Row => ({
    what: `the database of Grafana's is left for ${grafana ?? "the pod"}`,
    asks: claimed({}, { data: { ...data, ...(grafana !== undefined && { grafana }) } }),
    own: deployed({ data: { ...data, grafana: inDatabase } }),
    notices: [
      new RegExp(
        `in the database g at db:5432; Grafana goes on with what is in ${grafana ?? "its pod, which keeps nothing"}\\. `,
      ),
    ],
  })),
  {
    what: "a database of Grafana's, where what was made went with the pod",
    asks: claimed({}, { data: { ...data, grafana: inDatabase } }),
    own: deployed(),
  },
  {
    what: "a database of Grafana's, as before",
    asks: claimed({}, { data: { ...data, grafana: inDatabase } }),
    own: deployed({ data: { ...data, grafana: inDatabase } }),
  },
  {
    what: "Grafana's volume under another name, which is told with the release",
    asks: claimed({}, { data: { ...data, grafana: "the volume lgtm/new-grafana" } }),
    own: deployed({ data: { ...data, grafana: onVolume } }),
  },
  {
    what: "another place of the bundled store, whose volume goes with its namespace: nothing stays",
    asks: claimed(
      { lgtmNamespace: "new", namespacesToDelete: '["lgtm"]' },
      { data: { ...data, store: "the bundled store (volume new/my-lgtm-minio)" } },
    ),
    own: deployed(),
    live: { leaving: [{ ...gone, name: "lgtm", claims: ["my-lgtm-minio"] }] },
    notices: [/^Data will be deleted/],
  },
];

const all = { ...{ kindRows, namespaceRows, existingRows, nameRows, clusterRows, dataRows } };

describe("whether a stack may take the names that it asks for", () => {
  for (const [group, rows] of Object.entries(all)) {
    describe(group.replace("Rows", ""), () => {
      for (const { what, asks = claimed(), own = fresh, live = {}, ...expected } of rows) {
        it(`${what}: ${expected.refused === undefined ? "it may" : "refused"}`, () => {
          const { problems, notices } = judge(
            asks,
            own,
            marksOf(own, asks.stackId),
            seen(asks, live),
          );
          const { refused = [] } = expected;
          assert.deepEqual(
            problems.map(({ key }) => key),
            refused.map(([key]) => (key.includes(":") ? key : `lgtm:${key}`)),
            problems.map(({ reason }) => reason).join("\n"),
          );
          for (const [index, { value = "", reason, fix }] of problems.entries()) {
            const [, ofValue = /./, ofReason = /./, ofFix = /./] = refused[index] ?? [];
            assert.match(value, ofValue);
            assert.match(reason, ofReason);
            assert.match(fix, ofFix);
          }
          if (expected.notices === undefined && refused.length > 0) return;
          const words = expected.notices ?? [];
          assert.equal(notices.length, words.length, notices.join("\n"));
          for (const [index, notice] of notices.entries())
            assert.match(notice, words[index] ?? /$^/);
        });
      }
    });
  }

  it("has a stack to be deployed in its tests", () => {
    assert.deepEqual(
      Object.values(namespaces),
      claimed().names.namespaces.map(({ name }) => name),
    );
    assert.deepEqual(
      [...deployed().releases],
      claimed().names.releases.map(({ namespace, name }) => `${namespace}/${name}`),
    );
  });
});
