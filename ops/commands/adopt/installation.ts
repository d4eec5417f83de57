/** Finds what was installed by hand. */
import { charts } from "../../../config/charts";
import { demoNames, lgtmServiceName } from "../../../config/services";
import { type HelmRelease, readRelease, type ReleasePlace } from "../../../lib/helm/release";
import type { Cluster } from "../../../lib/kubernetes/cluster";
import type { KubeObject, Metadata } from "../../../lib/kubernetes/objects";
import { CliError } from "../../../lib/terminal/errors";
import { exitCodes } from "../../../lib/terminal/exit-codes";
import type { Hints } from "../../hints";
import { settingOf, type Stack } from "../../stack";
import { type Administrator, findAdministrator } from "./administrator";
import { refuseUndeployed } from "./preconditions";

export interface Installation {
  readonly lgtm: HelmRelease;
  /** Undefined when the collector was not installed. */
  readonly collector: HelmRelease | undefined;
  readonly administrator: Administrator | undefined;
  /** Types of the Services that people open; undefined for one that is not there. */
  readonly grafanaType: string | undefined;
  readonly demoType: string | undefined;
  readonly demoImage: string | undefined;
}

type Part = keyof typeof charts;

/**
 * Finds what the settings name.
 *
 * @throws CliError when the LGTM release is not there, the collector is under another name, or Helm
 *   has not finished with a release
 */
export async function findInstallation(
  stack: Stack,
  cluster: Cluster,
  hints: Hints,
): Promise<Installation> {
  const [lgtm, collector] = await Promise.all(
    (["lgtm", "otelCollector"] as const).map(async (part) => release(stack, cluster, part, hints)),
  );
  if (lgtm === undefined) throw await notFound(stack, cluster, hints);
  if (collector === undefined) await refuseOtherCollector(stack, cluster, lgtm, hints);
  const demo = settingOf(stack, "demoNamespace") ?? "";
  const [administrator, grafanaType, demoType, demoImage] = await Promise.all([
    findAdministrator(cluster, lgtm),
    serviceType(cluster, lgtm.namespace, lgtmServiceName(lgtm.name, "grafana")),
    serviceType(cluster, demo, demoNames.app),
    imageOf(cluster, demo, demoNames.app),
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
  hints: Hints,
): Promise<HelmRelease | undefined> {
  const place = placeOf(stack, part);
  const found = await readRelease(cluster, place);
  if (found === undefined) return undefined;
  if (found.chart !== charts[part].name) {
    throw new CliError(
      `Helm release ${place.namespace}/${place.name} is of chart ${found.chart}, not ${charts[part].name}.`,
      {
        fix: `name the right one: ${hints.pulumi(`config set lgtm:${part}ReleaseName <name>`)}`,
        exitCode: exitCodes.usage,
      },
    );
  }
  refuseUndeployed(found);
  return found;
}

interface Labelled {
  readonly metadata: Metadata;
}

/** Only names and labels: each release's data can be a megabyte. */
const metadataOnly = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

/** Every release of one of the two charts, wherever it is; the newest revision of each. */
async function releasesOf(cluster: Cluster, part: Part): Promise<HelmRelease[]> {
  const query = { labelSelector: "owner=helm" };
  const records = await cluster.list<Labelled>("/api/v1/secrets", query, undefined, metadataOnly);
  const places = new Map(
    records.map(({ metadata: { labels, namespace = "" } }) => {
      const name = labels?.["name"] ?? "";
      return [`${namespace}/${name}`, { name, namespace }];
    }),
  );
  const all = await Promise.all([...places.values()].map(async (one) => readRelease(cluster, one)));
  return all.filter((one) => one?.chart === charts[part].name).filter((one) => one !== undefined);
}

function naming(part: Part, { name, namespace }: ReleasePlace, { pulumi }: Hints): string {
  return [
    pulumi(`config set lgtm:${part}Namespace ${namespace}`),
    pulumi(`config set lgtm:${part}ReleaseName ${name}`),
  ].join(" && ");
}

/** Names where the release is, if it is anywhere. */
async function notFound(stack: Stack, cluster: Cluster, hints: Hints): Promise<CliError> {
  const { name, namespace } = placeOf(stack, "lgtm");
  const found = await releasesOf(cluster, "lgtm");
  const fix =
    found.length === 0
      ? `nothing of chart ${charts.lgtm.name} is in this cluster: ${hints.pulumi("up")} installs it`
      : found
          .map((one) => `for ${one.namespace}/${one.name}: ${naming("lgtm", one, hints)}`)
          .join("\n     ");
  return new CliError(
    `There is no Helm release ${name} in namespace ${namespace} of context ${cluster.context}.`,
    { fix },
  );
}

/**
 * The first `up` would install a second collector beside one that already sends to this system.
 *
 * @throws CliError when there is such a collector
 */
async function refuseOtherCollector(
  stack: Stack,
  cluster: Cluster,
  { name }: HelmRelease,
  hints: Hints,
): Promise<void> {
  const others = await releasesOf(cluster, "otelCollector");
  const addresses = (["lokiDistributor", "lokiGateway"] as const).map(
    (service) => `//${lgtmServiceName(name, service)}`,
  );
  const own = others.find(({ values }) =>
    addresses.some((address) => JSON.stringify(values).includes(address)),
  );
  if (own === undefined) return;
  const { name: asked, namespace } = placeOf(stack, "otelCollector");
  throw new CliError(
    `The collector that sends to ${name} is Helm release ${own.namespace}/${own.name}, and the stack names ${namespace}/${asked}.`,
    { fix: naming("otelCollector", own, hints), exitCode: exitCodes.usage },
  );
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
