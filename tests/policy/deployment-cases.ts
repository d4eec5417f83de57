/** Cases of the rules on what is deployed. */
import { type Case, deployment, job, namespace, release } from "./builders";

const enforce = "pod-security.kubernetes.io/enforce";
const enough = {
  resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "64Mi" } },
};
const safe = {
  securityContext: {
    allowPrivilegeEscalation: false,
    runAsNonRoot: true,
    capabilities: { drop: ["ALL"] },
    seccompProfile: { type: "RuntimeDefault" },
  },
};
const stores = { ...namespace({}), props: { metadata: { name: "lgtm" } } };

/** What is deployed: versions, sizes, rights of pods, protection. */
export const deploymentCases: Readonly<Record<string, readonly Case[]>> = {
  "images-pinned": [
    { what: "a version", subject: deployment({ image: "registry:5000/team/app:1.2.3" }) },
    { what: "a digest", subject: deployment({ image: `app@sha256:${"a".repeat(64)}` }) },
    {
      what: "no tag",
      subject: deployment({ image: "registry:5000/team/app" }),
      says: /has no tag/,
    },
    ...["2.3-alpine", "v1.2.3", "RELEASE.2024-12-18T13-15-44Z", "release-7.1"].map((tag) => ({
      what: `the version ${tag}`,
      subject: deployment({ image: `app:${tag}` }),
    })),
    ...["latest", "lgtm", "3", "v2", "stable-ish", "alpine3"].map((tag) => ({
      what: `the tag ${tag}`,
      subject: deployment({ image: `app:${tag}` }),
      says: new RegExp(`tag ${tag}, which is no version`),
    })),
    {
      what: "latest in values",
      subject: release({ values: { image: { repository: "otel/x", tag: "latest" } } }),
      says: /values\.image\.tag/,
    },
    {
      what: "an image that runs first",
      subject: deployment({}, { initContainers: [{ name: "first", image: "busybox" }] }),
      says: /container first/,
    },
  ],
  "charts-pinned": [
    { what: "one version", subject: release({}) },
    {
      what: "a packaged chart",
      subject: release({ chart: "./charts/x-1.0.0.tgz", version: undefined }),
    },
    { what: "no version", subject: release({ version: undefined }), says: /missing/ },
    { what: "a range", subject: release({ version: "^3.0.0" }), says: /\^3\.0\.0/ },
    { what: "a short version", subject: release({ version: "3" }), says: /not one exact version/ },
  ],
  "requests-and-limits": [
    { what: "everything but a processor limit", subject: deployment(enough) },
    { what: "a Job, which has its own rule", subject: job({}) },
    {
      what: "nothing at all",
      subject: deployment({}),
      says: /no cpu request, no memory request, no memory limit/,
    },
    {
      what: "no memory limit",
      subject: deployment({ resources: { requests: { cpu: "1", memory: "1Gi" } } }),
      says: /has no memory limit$/,
    },
  ],
  "job-requests-and-limits": [
    { what: "a Job with both", subject: job(enough) },
    { what: "a Job without", subject: job({}), says: /no memory limit/ },
  ],
  "namespace-pod-security": [
    { what: "baseline", subject: namespace({ [enforce]: "baseline" }) },
    { what: "restricted", subject: namespace({ [enforce]: "restricted" }) },
    { what: "no label", subject: namespace({}), says: /has no label/ },
    {
      what: "privileged",
      subject: namespace({ [enforce]: "privileged" }),
      says: /which is nothing/,
    },
    {
      what: "a word that Kubernetes does not know",
      subject: namespace({ [enforce]: "strict" }),
      says: /no label/,
    },
  ],
  "pods-fit-pod-security": [
    {
      what: "an ordinary pod in baseline",
      subject: deployment({}),
      stack: { subjects: [namespace({ [enforce]: "baseline" })] },
    },
    {
      what: "a careful pod in restricted",
      subject: deployment(safe),
      stack: { subjects: [namespace({ [enforce]: "restricted" })] },
    },
    {
      what: "an ordinary pod in restricted",
      subject: deployment({}),
      stack: { subjects: [namespace({ [enforce]: "restricted" })] },
      says: /may run as root .*enforces restricted/,
    },
    {
      what: "a folder of the node in baseline",
      subject: deployment({}, { volumes: [{ name: "root", hostPath: { path: "/" } }] }),
      stack: { subjects: [namespace({ [enforce]: "baseline" })] },
      says: /hostPath/,
    },
  ],
  "no-node-folders": [
    {
      what: "a folder of the node",
      subject: deployment({}, { volumes: [{ name: "root", hostPath: { path: "/" } }] }),
      says: /mounts \/ of its node/,
    },
    {
      what: "a volume",
      subject: deployment({}, { volumes: [{ name: "data", emptyDir: {} }] }),
    },
  ],
  "prod-data-protected": [
    { what: "a stack that is no production", subject: release({}), stack: { name: "dev" } },
    {
      what: "a protected release",
      subject: { ...release({}), protect: true },
      stack: { name: "prod" },
    },
    {
      what: "another namespace",
      subject: namespace({}),
      stack: { name: "prod", subjects: [release({})] },
    },
    {
      what: "an open release",
      subject: release({}),
      stack: { name: "prod" },
      says: /pulumi destroy would delete/,
    },
    {
      what: "a release of one store's own chart, which leaves the volumes",
      subject: release({ chart: "loki", version: "18.11.0" }),
      stack: { name: "prod" },
    },
    {
      what: "the namespace of a store's own chart",
      subject: stores,
      stack: { name: "prod", subjects: [release({ chart: "./charts/grafana-12.10.4.tgz" })] },
      says: /pulumi destroy would delete/,
    },
    {
      what: "the namespace of a chart that is no store's",
      subject: stores,
      stack: { name: "prod", subjects: [release({ chart: "grafana-agent", version: "1.0.0" })] },
    },
    {
      what: "the stores' namespace",
      subject: stores,
      stack: { name: "eu-prod", subjects: [release({})] },
      says: /pulumi destroy would delete/,
    },
  ],
};
