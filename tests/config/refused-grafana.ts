/** Databases and addresses of Grafana's that cannot work. */
import type { Refused } from "./refused";

const url = "postgres://grafana@db.example:5432/grafana";
const password = { "lgtm:grafanaDatabasePassword": "planted-db-password" };
const client = { "lgtm:grafanaOidcSecret": "planted-client-secret" };
const rootUrl = { grafanaRootUrl: "https://grafana.example.com" };

/** A provider that can be, but for what is given. */
function provider(given: object): string {
  return JSON.stringify({
    clientId: "grafana",
    authUrl: "https://login.example/authorize",
    tokenUrl: "https://login.example/token",
    ...given,
  });
}

const authority = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const form = "must be postgres://<user>@<host>[:<port>]/<name>[?sslmode=<mode>]";

/** Databases and addresses of Grafana's: formats, contradictions and missing or idle secrets. */
export const refusedGrafana: readonly Refused[] = [
  ...[
    ["a host alone", "db.example", form],
    ["no user", "postgres://db.example/grafana", form],
    ["no name", "postgres://grafana@db.example", form],
    ["no host", "postgres://grafana@/grafana", form],
    ["a name with a path", "postgres://grafana@db.example/a/b", form],
    ["a user with a space", "postgres://gra%20fana@db.example/grafana", form],
    ["a user that is no text", "postgres://%ff@db.example/grafana", form],
    ["a port that is none", "postgres://grafana@db.example:99999/grafana", form],
    ["SQLite", "sqlite3:///var/lib/grafana/grafana.db", form],
    ["MySQL", "mysql://grafana@db.example/grafana", "must be a PostgreSQL database"],
    ["an sslmode that Grafana does not know", `${url}?sslmode=prefer`, "must have an sslmode that"],
    ["an empty sslmode", `${url}?sslmode=`, "must have an sslmode that"],
    ["another parameter", `${url}?sslrootcert=/ca.crt`, "must have no parameter but sslmode"],
  ].map(([what = "", value = "", reason = ""]) => ({
    what: `a database of Grafana's with ${what}`,
    set: { grafanaDatabase: value },
    secrets: password,
    shown: value.replace(/:\/\/[^/]*@/, "://[secret]@"),
    reason,
  })),
  {
    what: "a database of Grafana's with the password in its URL",
    set: { grafanaDatabase: "postgres://grafana:planted-in-url@db.example/grafana" },
    secrets: password,
    shown: "postgres://[secret]@db.example/grafana",
    reason: "carries the password in clear",
    never: "planted-in-url",
  },
  {
    what: "a database of Grafana's without a password",
    set: { grafanaDatabase: url },
    shown: "postgres://[secret]@db.example:5432/grafana",
    reason: "needs the password of its user",
    fix: "pulumi config set --secret lgtm:grafanaDatabasePassword",
  },
  {
    what: "a password of no database",
    secrets: password,
    key: "grafanaDatabase",
    reason: "names no database, so lgtm:grafanaDatabasePassword would be ignored",
    fix: "pulumi config rm lgtm:grafanaDatabasePassword",
    never: "planted-db",
  },
  ...["with space", "a'b", "a\\b", "a${HOME}b", "a$__file{/etc/passwd}b", "a%(b)s", ""].map(
    (given) => ({
      what: `the database's password ${JSON.stringify(given)}`,
      set: { grafanaDatabase: url },
      secrets: { "lgtm:grafanaDatabasePassword": given },
      key: "lgtm:grafanaDatabasePassword",
      shown: "[secret]",
      reason: "must be 1 to 128 printable ASCII characters",
      fix: "pulumi config set --secret lgtm:grafanaDatabasePassword",
    }),
  ),
  {
    what: "the database's password in clear",
    set: { grafanaDatabase: url },
    raw: password,
    key: "lgtm:grafanaDatabasePassword",
    shown: "[secret]",
    reason: "is given in clear",
    fix: "pulumi config set --secret lgtm:grafanaDatabasePassword",
    never: "planted-db",
  },
  ...["ca.crt", "-----BEGIN CERTIFICATE-----", `${authority}and more`].map((value) => ({
    what: `the certificates ${JSON.stringify(value)}`,
    set: { grafanaDatabase: url, grafanaDatabaseCa: value },
    secrets: password,
    key: "grafanaDatabaseCa",
    reason: "must be certificates in PEM form",
  })),
  {
    what: "certificates for no database",
    set: { grafanaDatabaseCa: authority },
    reason: "means nothing without lgtm:grafanaDatabase",
    fix: "pulumi config rm lgtm:grafanaDatabaseCa",
  },
  {
    what: "certificates for a connection without any",
    set: { grafanaDatabase: `${url}?sslmode=disable`, grafanaDatabaseCa: authority },
    secrets: password,
    key: "grafanaDatabaseCa",
    reason: "means nothing with sslmode=disable",
    fix: "pulumi config rm lgtm:grafanaDatabaseCa",
  },
  ...[
    ...["grafana.example.com", "https://", "ftp://grafana.example.com"],
    ...[
      "https://example.com/grafana",
      "https://example.com?x=1",
      "https://a:planted-in-url@b.example",
    ],
  ].map((value) => ({
    what: `Grafana's address ${value}`,
    set: { grafanaRootUrl: value },
    shown: value.replace(/:\/\/[^/]*@/, "://[secret]@"),
    reason: "must be https://host[:port] or http://host[:port], without a path",
    never: "planted-in-url",
  })),
  {
    what: "Grafana's address in the tutorial profile",
    stack: "tutorial",
    set: { grafanaRootUrl: "https://grafana.example.com" },
    reason: "contradicts lgtm:profile = tutorial, which tells Grafana nothing of its address",
    fix: "pulumi config rm lgtm:grafanaRootUrl",
  },
  {
    what: "a database in the tutorial profile",
    stack: "tutorial",
    set: { grafanaDatabase: url },
    secrets: password,
    shown: "postgres://[secret]@db.example:5432/grafana",
    reason: "contradicts lgtm:profile = tutorial, which has Grafana's file in its pod",
    fix: "pulumi config rm lgtm:grafanaDatabase",
  },
  ...(
    [
      ["[]", "must be an object with host"],
      ["grafana.example.com", "must be an object with host"],
      ['{"className":"nginx"}', "must be an object with host"],
      ['{"hots":"g.example.com"}', "must be an object with host"],
      ['{"host":"https://g.example.com"}', "must have a host name as host"],
      ['{"host":"g.example.com/grafana"}', "must have a host name as host"],
      ['{"host":"192.0.2.1"}', "must have a host name as host"],
      ['{"host":"*.example.com"}', "must have a host name as host"],
      ['{"host":"g.example.com","tlsSecret":"My Secret"}', "the name of a Secret as tlsSecret"],
      ['{"host":"g.example.com","tlsAtController":1}', "true or false as tlsAtController"],
      ['{"host":"g.example.com","annotations":{"a/b":[1]}}', "texts as values of annotations"],
    ] as const
  ).map(([value, reason]) => ({
    what: `Grafana's Ingress ${value}`,
    set: { grafanaIngress: value },
    reason,
  })),
  {
    what: "an Ingress and links that lead to another host",
    set: {
      grafanaIngress: '{"host":"g.example.com","tlsSecret":"g-tls"}',
      grafanaRootUrl: "https://other.example.com",
    },
    key: "grafanaRootUrl",
    reason: "is another host than that of lgtm:grafanaIngress, g.example.com",
    fix: "pulumi config rm lgtm:grafanaRootUrl, which is then https://g.example.com",
  },
  {
    what: "an Ingress without TLS in production",
    stack: "prod",
    set: { grafanaIngress: '{"host":"g.example.com"}' },
    reason: "opens Grafana outside of the cluster over plain HTTP",
    fix: "pulumi config set --path lgtm:grafanaIngress.clusterIssuer letsencrypt",
  },
  ...(
    [
      ["[]", "must be an object with host and gateway"],
      ['{"host":"g.example.com"}', "must be an object with host and gateway"],
      ['{"gateway":"public"}', "must be an object with host and gateway"],
      ['{"hots":"g.example.com","gateway":"public"}', "must be an object with host and gateway"],
      ['{"host":"192.0.2.1","gateway":"public"}', "must have a host name as host"],
      ['{"host":"*.example.com","gateway":"public"}', "must have a host name as host"],
      ['{"host":"g.example.com","gateway":"gateways/public"}', "the name of a Gateway as gateway"],
      [
        '{"host":"g.example.com","gateway":"public","gatewayNamespace":"a.b"}',
        "the name of a namespace as gatewayNamespace",
      ],
      [
        '{"host":"g.example.com","gateway":"public","sectionName":"a b"}',
        "the name of a listener as sectionName",
      ],
      ['{"host":"g.example.com","gateway":"public","tls":1}', "true or false as tls"],
      [
        '{"host":"g.example.com","gateway":"public","annotations":{"a/b":[1]}}',
        "texts as values of annotations",
      ],
    ] as const
  ).map(([value, reason]) => ({
    what: `Grafana's route ${value}`,
    set: { grafanaRoute: value },
    reason,
  })),
  {
    what: "a route beside an Ingress",
    set: {
      grafanaIngress: '{"host":"g.example.com","tlsSecret":"g-tls"}',
      grafanaRoute: '{"host":"g.example.com","gateway":"public"}',
    },
    key: "grafanaRoute",
    shown: '{"host":"g.example.com","gateway":"public"}',
    reason: "contradicts lgtm:grafanaIngress",
    fix: "pulumi config rm lgtm:grafanaIngress, or pulumi config rm lgtm:grafanaRoute",
  },
  {
    what: "a route and links that lead to another host",
    set: {
      grafanaRoute: '{"host":"g.example.com","gateway":"public"}',
      grafanaRootUrl: "https://other.example.com",
    },
    key: "grafanaRootUrl",
    reason: "is another host than that of lgtm:grafanaRoute, g.example.com",
    fix: "pulumi config rm lgtm:grafanaRootUrl, which is then https://g.example.com",
  },
  {
    what: "a route without TLS in production",
    stack: "prod",
    set: { grafanaRoute: '{"host":"g.example.com","gateway":"public","tls":"false"}' },
    reason: "opens Grafana outside of the cluster over plain HTTP",
    fix: "pulumi config rm --path lgtm:grafanaRoute.tls",
  },
  {
    what: "a route in the tutorial profile",
    stack: "tutorial",
    set: { grafanaRoute: '{"host":"g.example.com","gateway":"public"}' },
    reason: "so it would be ignored",
    fix: "pulumi config rm lgtm:grafanaRoute",
  },
  {
    what: "an Ingress in the tutorial profile",
    stack: "tutorial",
    set: { grafanaIngress: '{"host":"g.example.com"}' },
    reason: "so it would be ignored",
    fix: "pulumi config rm lgtm:grafanaIngress",
  },
  ...(
    [
      ["[]", "must be an object with clientId, authUrl and tokenUrl"],
      ["https://login.example", "must be an object with clientId, authUrl and tokenUrl"],
      [provider({ scope: "openid" }), "must be an object with clientId, authUrl and tokenUrl"],
      [provider({ clientId: undefined }), "a text without spaces as clientId"],
      [provider({ clientId: "a{{b}}" }), "must have no #"],
      [provider({ issuer: "https://login.example" }), "authUrl is authorization_endpoint"],
      [provider({ authUrl: "http://login.example/a" }), "must have an https:// URL as authUrl"],
      [provider({ tokenUrl: "login.example/t" }), "must have an https:// URL as tokenUrl"],
      [provider({ apiUrl: "http://login.example/u" }), "must have an https:// URL as apiUrl"],
      [provider({ scopes: "email,profile" }), "must have openid among its scopes"],
      [provider({ scopes: "openid  email" }), "must have scopes with spaces between them"],
      [provider({ roleAttributePath: "" }), "must have a JMESPath as roleAttributePath"],
      [provider({ roleAttributePath: "contains(groups[*], 'a'" }), "brackets and quotes closed"],
      [provider({ roleAttributePath: "contains(groups[*), 'a']" }), "brackets and quotes closed"],
      [provider({ roleAttributePath: "groups == 'a" }), "brackets and quotes closed"],
      [provider({ roleAttributePath: "'Admin'" }), "nobody would have that role"],
      [provider({ roleAttributePath: "`true` && 'Admin'" }), "must not begin roleAttributePath"],
      [provider({ roleAttributePath: "a || 'Viewer' # all" }), "must have no #"],
      [provider({ roleAttributeStrict: true }), "must have a roleAttributePath"],
      [provider({ allowedDomains: "example.com" }), "a list of domains as allowedDomains"],
      [provider({ allowedDomains: ["@example.com"] }), "a list of domains as allowedDomains"],
      [provider({ autoLogin: "yes" }), "true or false as autoLogin"],
      [provider({ usePkce: 1 }), "true or false as usePkce"],
    ] as const
  ).map(([value, reason]) => ({
    what: `a provider of logins ${value}`,
    set: { ...rootUrl, grafanaOidc: value },
    secrets: client,
    key: "grafanaOidc",
    reason,
  })),
  {
    what: "a provider of logins that could send nobody back",
    set: { grafanaOidc: provider({}) },
    secrets: client,
    reason: "needs the address at which people reach Grafana",
    fix: "pulumi config set lgtm:grafanaRootUrl https://grafana.example.com, or lgtm:grafanaIngress or lgtm:grafanaRoute",
  },
  {
    what: "a provider of logins without the client's secret",
    set: { ...rootUrl, grafanaOidc: provider({}) },
    key: "grafanaOidc",
    reason: "needs the client's secret",
    fix: "pulumi config set --secret lgtm:grafanaOidcSecret",
  },
  {
    what: "a client's secret of no provider",
    secrets: client,
    key: "grafanaOidc",
    reason: "names nobody to log in at, so lgtm:grafanaOidcSecret would be ignored",
    fix: "pulumi config rm lgtm:grafanaOidcSecret",
    never: "planted-client",
  },
  {
    what: "a client's secret that Grafana would replace a part of",
    set: { ...rootUrl, grafanaOidc: provider({}) },
    secrets: { "lgtm:grafanaOidcSecret": "planted${HOME}" },
    key: "lgtm:grafanaOidcSecret",
    shown: "[secret]",
    reason: "must be 1 to 512 printable ASCII characters",
    fix: "pulumi config set --secret lgtm:grafanaOidcSecret",
    never: "planted$",
  },
  {
    what: "a provider of logins in the tutorial profile",
    stack: "tutorial",
    set: { grafanaOidc: provider({}) },
    secrets: client,
    reason: "so it would be ignored",
    fix: "pulumi config rm lgtm:grafanaOidc",
  },
  ...["/etc", "../other", "a/../../b", "~/dashboards", "a//b", "[]"].map((folder) => ({
    what: `dashboards from ${folder}`,
    set: { grafanaFolder: folder },
    reason: "must be a folder of this project",
    fix: "such as dashboards",
  })),
  {
    what: "dashboards from a folder that is not there",
    set: { grafanaFolder: "no-such-folder" },
    reason: "is no folder of this project",
    fix: "mkdir no-such-folder",
  },
  {
    what: "dashboards from a folder of other things",
    set: { grafanaFolder: "examples/own-program" },
    reason: "index.ts is neither a dashboard (.json) nor a file of alert rules",
    fix: "move it out of the folder",
  },
  {
    what: "dashboards in the tutorial profile",
    stack: "tutorial",
    set: { grafanaFolder: "examples/grafana" },
    reason: "has no dashboards and no alerts, so it would be ignored",
    fix: "pulumi config rm lgtm:grafanaFolder",
  },
  ...(["grafana", "demo"] as const).flatMap((service) => [
    ...(
      [
        ["[]", "must be an object with annotations, loadBalancerClass or both"],
        ['{"class":"a"}', "must be an object with annotations, loadBalancerClass or both"],
        ['{"annotations":{"a b":"c"}}', "must have names such as networking.gke.io"],
        ['{"annotations":{"a":{}}}', "must have texts as values of annotations"],
        [
          '{"annotations":{"pulumi.com/skipAwait":"false"}}',
          "must have no annotations of Pulumi's",
        ],
        ['{"loadBalancerClass":"a b"}', "must have a name such as service.k8s.aws/nlb"],
        ['{"loadBalancerClass":""}', "must have a name such as service.k8s.aws/nlb"],
      ] as const
    ).map(([value, reason]) => ({
      what: `${service}Service ${value}`,
      set: { [`${service}Service`]: value },
      reason,
    })),
    {
      what: `${service}Service with a loadBalancerClass and no load balancer`,
      set: { [`${service}Service`]: '{"loadBalancerClass":"service.k8s.aws/nlb"}' },
      reason: "only a LoadBalancer has one",
      fix: `pulumi config set lgtm:${service}ServiceType LoadBalancer`,
    },
  ]),
];
