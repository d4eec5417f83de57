/** The setting `grafanaOidc`: people log in to Grafana at a provider of OpenID Connect. */
import { z } from "zod";
import { isHostName, jsonFlag, objectOrNone, webUrl } from "./text-formats";

const fields =
  "name, scopes, apiUrl, roleAttributePath, roleAttributeStrict, allowedDomains, autoLogin and usePkce";
const reason = `must be an object with clientId, authUrl and tokenUrl, and of ${fields} what is needed`;
const byHand =
  "has an issuer, whose endpoints Grafana does not look up: authUrl is authorization_endpoint, tokenUrl token_endpoint and apiUrl userinfo_endpoint of <issuer>/.well-known/openid-configuration";

/** A provider of OpenID Connect; its secret is a secret setting. */
export interface GrafanaOidc {
  /** On the button, after "Sign in with". */
  readonly name: string;
  readonly clientId: string;
  /** With spaces between them. */
  readonly scopes: string;
  /** The provider's `authorization_endpoint`. */
  readonly authUrl: string;
  /** Its `token_endpoint`. */
  readonly tokenUrl: string;
  /** Its `userinfo_endpoint`; empty takes what is in the id token. */
  readonly apiUrl: string;
  /** JMESPath on what the provider says of somebody, to Viewer, Editor, Admin or GrafanaAdmin; empty makes everybody a Viewer. */
  readonly roleAttributePath: string;
  /** Whether nobody gets in to whom that gives no role. */
  readonly roleAttributeStrict: boolean;
  /** Of e-mail addresses; empty is all. */
  readonly allowedDomains: readonly string[];
  /** Whether Grafana's own form is left out. */
  readonly autoLogin: boolean;
  readonly usePkce: boolean;
}

/** Charts take values for templates, and Grafana's file has comments, continued lines and variables. */
const changed = /[#;\\\r\n]|\{\{|\$(__\w+)?\{|%\(/;

const plain = (form: RegExp, message: string) =>
  z
    .string(message)
    .regex(form, message)
    .refine(
      (text) => !changed.test(text),
      "must have no #, ;, \\, {{, ${ and %( in it, which Grafana's file would read as something else",
    );

const endpoint = (key: string) =>
  plain(/^/, `must have a URL as ${key}`).refine(
    (text) => webUrl(text)?.protocol === "https:",
    `must have an https:// URL as ${key}, without a login: codes and tokens go there`,
  );

const closing: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/** Whether brackets and quotes are closed; the rest of JMESPath is Grafana's to read. */
function isClosed(path: string): boolean {
  const unquoted = path.replace(/'[^']*'|"[^"]*"|`[^`]*`/g, "");
  if (/['"`]/.test(unquoted)) return false;
  const open: string[] = [];
  for (const [letter] of unquoted.matchAll(/[()[\]{}]/g)) {
    const close = closing[letter];
    if (close !== undefined) open.push(close);
    else if (open.pop() !== letter) return false;
  }
  return open.length === 0;
}

const rolePath = plain(/\S/, "must have a JMESPath as roleAttributePath, or leave it out")
  .refine(isClosed, "must have a JMESPath as roleAttributePath, with brackets and quotes closed")
  .refine(
    (path) => !/^(['"`])(?:(?!\1).)*\1$/.test(path.trim()),
    "must have a roleAttributePath that asks something: of a text alone Grafana's file takes the quotes away, and nobody would have that role",
  )
  // Raw to the end in Grafana's file.
  .refine((path) => !path.trim().startsWith("`"), "must not begin roleAttributePath with `");

const oidc = z.strictObject(
  {
    name: plain(/^[^\s].{0,63}$/, "must have 1 to 64 characters as name").default("SSO"),
    clientId: plain(/^[\x21-\x7e]{1,256}$/, "must have a text without spaces as clientId"),
    scopes: plain(
      /^[\x21-\x7e]+( [\x21-\x7e]+)*$/,
      "must have scopes with spaces between them, such as openid profile email",
    )
      .refine((scopes) => scopes.split(" ").includes("openid"), "must have openid among its scopes")
      .default("openid profile email"),
    authUrl: endpoint("authUrl"),
    tokenUrl: endpoint("tokenUrl"),
    apiUrl: endpoint("apiUrl").optional(),
    roleAttributePath: rolePath.optional(),
    roleAttributeStrict: jsonFlag("must have true or false as roleAttributeStrict").default(false),
    allowedDomains: z
      .array(
        z.string().refine((domain) => isHostName(domain) && domain.includes(".")),
        "must have a list of domains as allowedDomains, such as example.com",
      )
      .default([]),
    autoLogin: jsonFlag("must have true or false as autoLogin").default(false),
    usePkce: jsonFlag("must have true or false as usePkce").default(true),
  },
  reason,
);

/** Undefined is none: `{}`. */
export const grafanaOidc = objectOrNone(
  z.unknown().transform((given, context): GrafanaOidc => {
    const problem = (message: string) => {
      context.addIssue(message);
      return z.NEVER;
    };
    if (typeof given === "object" && given !== null && "issuer" in given) return problem(byHand);
    const parsed = oidc.safeParse(given);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const inList = issue?.path[0] === "allowedDomains";
      return problem(
        inList
          ? "must have a list of domains as allowedDomains, such as example.com"
          : (issue?.message ?? reason),
      );
    }
    const { apiUrl = "", roleAttributePath = "", ...rest } = parsed.data;
    if (rest.roleAttributeStrict && roleAttributePath === "")
      return problem("must have a roleAttributePath with roleAttributeStrict: nobody would get in");
    return { ...rest, apiUrl, roleAttributePath };
  }),
  reason,
);
