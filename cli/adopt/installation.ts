import { charts } from "../../config/charts";
import type { Cluster } from "../layer/cluster";
import { CliError } from "../layer/errors";
import { type HelmRelease, readRelease } from "../layer/helm";
import type { KubeObject, Metadata } from "../layer/objects";
import { settingOf, type ReleasePlace, type Stack } from "../layer/stack";
import { isStuck } from "../recover/helm-record";

/** Grafana's administrator, as the running Grafana was told. */
export interface Administrator {
  /** `namespace/name` of the Secret. */
  readonly secret: string;
  readonly user: string;
  readonly password: string;
}

/** What somebody has installed by hand. */
export interface Installation {
  readonly lgtm: HelmRelease;
  /** Undefined when the collector was not installed. */
  readonly collector: HelmRelease | undefined;
  readonly administrator: Administrator | undefined;
  /** Types of Services by `namespace/name`, for those that people open. */
  readonly grafanaType: string | undefined;
  readonly demoType: string | undefined;
  readonly demoImage: string | undefined;
}

type Part = keyof typeof charts;

/**
 * Finds what the settings name.
 *
 * @throws CliError when the LGTM release is not there, or Helm was cut off at a release
 */
export async function findInstallation(stack: Stack, cluster: Cluster): Promise<Installation> {
  const [lgtm, collector] = await Promise.all(
    (["lgtm", "otelCollector"] as const).map(async (part) => release(stack, cluster, part)),
  );
  if (lgtm === undefined) throw await notFound(stack, cluster);
  const demo = settingOf(stack, "demoNamespace") ?? "";
  const [administrator, grafanaType, demoType, demoImage] = await Promise.all([
    findAdministrator(cluster, lgtm),
    serviceType(cluster, lgtm.namespace, `${lgtm.name}-grafana`),
    serviceType(cluster, demo, "my-flask-app"),
    imageOf(cluster, demo, "my-flask-app"),
  ]);
  return { lgtm, collector, administrator, grafanaType, demoType, demoImage };
}

function placeOf(stack: Stack, part: Part): ReleasePlace {
  return {
    name: settingOf(stack, `${part}ReleaseName`) ?? "",
    namespace: settingOf(stack, `${part}Namespace`) ?? "",
  };
}

async function release(
  stack: Stack,
  cluster: Cluster,
  part: Part,
): Promise<HelmRelease | undefined> {
  const place = placeOf(stack, part);
  const found = await readRelease(cluster, place);
  if (found === undefined) return undefined;
  const title = `Helm release ${place.namespace}/${place.name}`;
  if (found.chart !== charts[part].name) {
    throw new CliError(`${title} is of chart ${found.chart}, not ${charts[part].name}.`, {
      fix: `name the right one: pulumi config set lgtm:${part}ReleaseName <name>`,
    });
  }
  if (isStuck(found)) {
    throw new CliError(`${title} is ${found.status}: Helm was cut off at it, or is at it now.`, {
      fix: `wait for it, or finish it by hand first: helm rollback ${found.name} -n ${found.namespace}`,
    });
  }
  return found;
}

interface Labelled {
  readonly metadata: Metadata;
}

/** Names where the release is, if it is anywhere. */
async function notFound(stack: Stack, cluster: Cluster): Promise<CliError> {
  const { name, namespace } = placeOf(stack, "lgtm");
  const records = await cluster.list<Labelled>("/api/v1/secrets", {
    labelSelector: "owner=helm,status=deployed",
  });
  const others = await Promise.all(
    records.map(async ({ metadata }) =>
      readRelease(cluster, {
        name: metadata.labels?.["name"] ?? "",
        namespace: metadata.namespace ?? "",
      }),
    ),
  );
  const found = others.find((one) => one?.chart === charts.lgtm.name);
  const message = `There is no Helm release ${name} in namespace ${namespace} of context ${cluster.context}.`;
  const fix =
    found === undefined
      ? `nothing of chart ${charts.lgtm.name} is in this cluster: pulumi up installs it`
      : `it is ${found.namespace}/${found.name}: pulumi config set lgtm:lgtmNamespace ${found.namespace}, pulumi config set lgtm:lgtmReleaseName ${found.name}`;
  return new CliError(message, { fix });
}

interface AdminValues {
  readonly grafana?: {
    readonly admin?: {
      readonly existingSecret?: string;
      readonly userKey?: string;
      readonly passwordKey?: string;
    };
  };
}

async function findAdministrator(
  cluster: Cluster,
  { name, namespace, values }: HelmRelease,
): Promise<Administrator | undefined> {
  const admin = (values as AdminValues).grafana?.admin ?? {};
  const { existingSecret, userKey = "admin-user", passwordKey = "admin-password" } = admin;
  const secret = existingSecret ?? `${name}-grafana`;
  const found = await cluster.find<{ data?: Readonly<Record<string, string>> }>(
    `/api/v1/namespaces/${namespace}/secrets/${secret}`,
  );
  const [user, password] = [userKey, passwordKey].map((key) =>
    Buffer.from(found?.data?.[key] ?? "", "base64").toString(),
  );
  if (user === undefined || password === undefined || user === "" || password === "")
    return undefined;
  return { secret: `${namespace}/${secret}`, user, password };
}

async function serviceType(
  cluster: Cluster,
  namespace: string,
  name: string,
): Promise<string | undefined> {
  const found = await cluster.find<KubeObject & { spec?: { type?: string } }>(
    `/api/v1/namespaces/${namespace}/services/${name}`,
  );
  return found?.spec?.type;
}

interface Deployment {
  readonly spec?: {
    readonly template?: { readonly spec?: { readonly containers?: { image?: string }[] } };
  };
}

async function imageOf(
  cluster: Cluster,
  namespace: string,
  name: string,
): Promise<string | undefined> {
  const found = await cluster.find<Deployment>(
    `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`,
  );
  return found?.spec?.template?.spec?.containers?.[0]?.image;
}
