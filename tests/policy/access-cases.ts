/** Cases of the rules on who gets in. */
import { type Case, deployment, object, release, service } from "./builders";

const planted = "planted-secret-4711";
const holdsSecret = (text: string): boolean => text.includes(planted);

const ingress = (ranges: string) =>
  object(
    "Ingress",
    {
      metadata: { annotations: { "nginx.ingress.kubernetes.io/whitelist-source-range": ranges } },
      spec: { rules: [] },
    },
    "networking.k8s.io/v1",
  );

/** Who gets in: what is reachable, logins, passwords and keys. */
export const accessCases: Readonly<Record<string, readonly Case[]>> = {
  "no-public-service": [
    { what: "a Service inside the cluster", subject: service({ type: "ClusterIP" }) },
    {
      what: "a load balancer with an allow-list",
      subject: service({ type: "LoadBalancer", loadBalancerSourceRanges: ["192.0.2.0/24"] }),
    },
    {
      what: "a load balancer with TLS",
      subject: service(
        { type: "LoadBalancer" },
        { "service.beta.kubernetes.io/aws-load-balancer-ssl-cert": "arn:aws:acm:1" },
      ),
    },
    {
      what: "a load balancer inside the network",
      subject: service(
        { type: "LoadBalancer" },
        { "networking.gke.io/load-balancer-type": "Internal" },
      ),
    },
    {
      what: "an Ingress with TLS",
      subject: object(
        "Ingress",
        { spec: { tls: [{ hosts: ["a.example"] }] } },
        "networking.k8s.io/v1",
      ),
    },
    {
      what: "a load balancer for everybody",
      subject: service({ type: "LoadBalancer" }),
      says: /everybody/,
    },
    {
      what: "an allow-list of everything",
      subject: service({ type: "LoadBalancer", loadBalancerSourceRanges: ["0.0.0.0/0"] }),
      says: /everybody/,
    },
    {
      what: "an allow-list that adds up to everything",
      subject: service({
        type: "LoadBalancer",
        loadBalancerSourceRanges: ["0.0.0.0/1", "128.0.0.0/1"],
      }),
      says: /everybody/,
    },
    {
      what: "an allow-list that adds up to all of IPv6",
      subject: service({
        type: "LoadBalancer",
        loadBalancerSourceRanges: ["192.0.2.0/24", "::/1", "8000::/1"],
      }),
      says: /everybody/,
    },
    {
      what: "an allow-list in clear, in production",
      subject: service({ type: "LoadBalancer", loadBalancerSourceRanges: ["192.0.2.0/24"] }),
      stack: { name: "eu-prod" },
      says: /without TLS in production/,
    },
    {
      what: "a load balancer with TLS, in production",
      subject: service(
        { type: "LoadBalancer" },
        { "service.beta.kubernetes.io/aws-load-balancer-ssl-cert": "arn:aws:acm:1" },
      ),
      stack: { name: "prod" },
    },
    {
      what: "an Ingress with an allow-list and without TLS",
      subject: ingress("192.0.2.0/24, 198.51.100.0/24"),
    },
    {
      what: "the same in production",
      subject: ingress("192.0.2.0/24"),
      stack: { name: "prod" },
      says: /Ingress without TLS in production/,
    },
    {
      what: "an Ingress whose allow-list adds up to everything",
      subject: ingress("0.0.0.0/1,128.0.0.0/1"),
      says: /without TLS and without an allow-list/,
    },
    { what: "a port on every node", subject: service({ type: "NodePort" }), says: /NodePort/ },
    {
      what: "an external address",
      subject: service({ externalIPs: ["192.0.2.1"] }),
      says: /externalIPs/,
    },
    {
      what: "an Ingress in clear",
      subject: object("Ingress", { spec: { rules: [] } }, "networking.k8s.io/v1"),
      says: /without TLS/,
    },
  ],
  "grafana-needs-login": [
    {
      what: "values that keep the login",
      subject: release({ values: { grafana: { "grafana.ini": {} } } }),
    },
    {
      what: "a grafana.ini in which another section is enabled",
      subject: object("ConfigMap", {
        data: { "grafana.ini": "[auth.anonymous]\nenabled = false\n[auth]\nenabled = true\n" },
      }),
    },
    {
      what: "anonymous access in values",
      subject: release({
        values: { grafana: { "grafana.ini": { "auth.anonymous": { enabled: true } } } },
      }),
      says: /auth\.anonymous\.enabled: lets everybody in/,
    },
    {
      what: "anonymous access in the environment",
      subject: deployment({ env: [{ name: "GF_AUTH_ANONYMOUS_ENABLED", value: "true" }] }),
      says: /container main/,
    },
    {
      what: "anonymous access in a rendered grafana.ini",
      subject: object("ConfigMap", {
        data: { "grafana.ini": "[auth.anonymous]\norg_role = Viewer\nenabled = true\n" },
      }),
      says: /grafana\.ini/,
    },
  ],
  "no-default-credentials": [
    {
      what: "a password from a Secret",
      subject: release({
        values: { grafana: { admin: { existingSecret: "ours", passwordKey: "admin-password" } } },
      }),
    },
    {
      what: "a masked password",
      subject: object("Secret", { stringData: { "admin-password": "[secret 1]" } }),
    },
    {
      what: "the chart's own MinIO password",
      subject: object("Secret", {
        data: { rootPassword: Buffer.from("supersecret").toString("base64") },
      }),
      says: /rootPassword .*publicly known/,
    },
    {
      what: "admin as Grafana's password",
      subject: release({ values: { grafana: { adminPassword: "admin" } } }),
      says: /values\.grafana\.adminPassword/,
    },
    {
      what: "a password in a variable",
      subject: deployment({ env: [{ name: "MINIO_ROOT_PASSWORD", value: "minioadmin" }] }),
      says: /MINIO_ROOT_PASSWORD/,
    },
  ],
  "no-secret-in-clear": [
    {
      what: "references to secrets",
      subject: release({
        values: { loki: { aws: { secret_access_key: "${STORAGE_SECRET_ACCESS_KEY}" } } },
      }),
    },
    {
      what: "a configuration that refers to its environment",
      subject: object("ConfigMap", {
        data: { "config.yaml": "s3:\n  secret_access_key: ${KEY}\n  bucket: b\n" },
      }),
    },
    {
      what: "a secret output",
      stack: { outputs: { grafanaAdminPassword: { value: "x", secret: true } } },
    },
    {
      what: "a key in values, even a masked one",
      subject: release({ values: { minio: { rootPassword: "[secret 1]" } } }),
      says: /values\.minio\.rootPassword .*Helm stores values in clear/,
    },
    {
      what: "a key in a ConfigMap",
      subject: object("ConfigMap", {
        data: { "config.yaml": "s3:\n  secret_access_key: abc123\n" },
      }),
      says: /secret_access_key is in clear/,
    },
    {
      what: "a private key in a ConfigMap",
      subject: object("ConfigMap", { data: { key: "-----BEGIN RSA PRIVATE KEY-----\nabc" } }),
      says: /PRIVATE KEY/,
    },
    {
      what: "a key in a variable",
      subject: deployment({ env: [{ name: "AWS_SECRET_ACCESS_KEY", value: "abc123" }] }),
      says: /AWS_SECRET_ACCESS_KEY/,
    },
    {
      what: "a known secret in an annotation",
      subject: object("Service", { metadata: { annotations: { note: `key ${planted}` } } }),
      stack: { holdsSecret },
      says: /metadata\.annotations\.note holds the value of a secret/,
    },
    {
      what: "a password that is shown as an output",
      stack: { outputs: { grafanaAdminPassword: { value: "x", secret: false } } },
      says: /grafanaAdminPassword/,
    },
    {
      what: "a secret setting that is shown as an output, whatever its name says",
      stack: { outputs: { alertContact: { value: "x", secret: false } } },
      says: /alertContact/,
    },
    {
      what: "an output that holds a known secret",
      stack: { holdsSecret, outputs: { url: { value: `http://u:${planted}@h`, secret: false } } },
      says: /output url/,
    },
  ],
};
