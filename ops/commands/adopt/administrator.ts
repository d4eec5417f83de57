/** Login and password of the Grafana that runs. */
import { lgtmServiceName } from "../../../config/services";
import type { HelmRelease } from "../../../lib/helm/release";
import type { Cluster } from "../../../lib/kubernetes/cluster";

export interface Administrator {
  /** Where that stands, such as "secret lgtm/my-lgtm-grafana". */
  readonly source: string;
  readonly user: string;
  readonly password: string;
}

interface GrafanaValues {
  readonly grafana?: {
    readonly admin?: {
      readonly existingSecret?: string;
      readonly userKey?: string;
      readonly passwordKey?: string;
    };
    readonly env?: Readonly<Record<string, unknown>>;
  };
}

/**
 * Login and password from where Grafana's pod has them. One that was changed in Grafana itself is in
 * Grafana's database only.
 */
export async function findAdministrator(
  cluster: Cluster,
  { name, namespace, values }: HelmRelease,
): Promise<Administrator | undefined> {
  const { admin = {}, env = {} } = (values as GrafanaValues).grafana ?? {};
  const { existingSecret, userKey = "admin-user", passwordKey = "admin-password" } = admin;
  const secret = existingSecret ?? lgtmServiceName(name, "grafana");
  const found = await cluster.find<{ data?: Readonly<Record<string, string>> }>(
    `/api/v1/namespaces/${namespace}/secrets/${secret}`,
  );
  const inSecret = (key: string): string =>
    Buffer.from(found?.data?.[key] ?? "", "base64").toString();
  // The chart leaves its Secret out of the pod where a variable says the same.
  const [user, password] = [env["GF_SECURITY_ADMIN_USER"], env["GF_SECURITY_ADMIN_PASSWORD"]];
  if (typeof password === "string") {
    const login = typeof user === "string" ? user : inSecret(userKey);
    const source = `the values of Helm release ${namespace}/${name}`;
    return { source, user: login === "" ? "admin" : login, password };
  }
  const [secretUser, secretPassword] = [inSecret(userKey), inSecret(passwordKey)];
  if (secretUser === "" || secretPassword === "") return undefined;
  return { source: `secret ${namespace}/${secret}`, user: secretUser, password: secretPassword };
}
