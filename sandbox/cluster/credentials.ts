/** Keys, tokens and the kubeconfig of a sandbox. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { writePrivateFile } from "../state";
import type { SandboxPaths } from "../state";

/** Name of the context, the cluster and the user in the sandbox's own kubeconfig. */
export const sandboxContext = "lgtm-sandbox";

/** Files that the control plane's processes need to trust each other; all readable by their owner only. */
export interface Credentials {
  readonly token: string;
  readonly tokenFile: string;
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
  /** Folder in which the API server keeps its self-signed certificate. */
  readonly certificates: string;
}

/** Reads the credentials of a sandbox, or makes them on the first start. They stay across restarts. */
export function credentials(paths: SandboxPaths): Credentials {
  const at = (name: string): string => path.join(paths.cluster, name);
  const tokenFile = at("tokens.csv");
  const serviceAccountKey = at("service-account.key");
  const serviceAccountPublicKey = at("service-account.pub");
  if (!fs.existsSync(tokenFile)) {
    const pair = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    writePrivateFile(serviceAccountKey, pair.privateKey);
    writePrivateFile(serviceAccountPublicKey, pair.publicKey);
    // Last, so that a start that was cut off makes all of them again.
    const random = randomBytes(32).toString("base64url");
    writePrivateFile(tokenFile, `${random},${sandboxContext},${sandboxContext},"system:masters"\n`);
  }
  const token = fs.readFileSync(tokenFile, "utf8").split(",")[0] ?? "";
  const certificates = at("certificates");
  return { token, tokenFile, serviceAccountKey, serviceAccountPublicKey, certificates };
}

/** The certificate that the API server made for itself; undefined until it has. */
export function serverCertificate(credentials: Credentials): string | undefined {
  const file = path.join(credentials.certificates, "apiserver.crt");
  const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  return text.includes("-----END CERTIFICATE-----") ? text : undefined;
}

/** Writes the kubeconfig that reaches the sandbox's API server and nothing else. */
export function writeKubeconfig(
  paths: SandboxPaths,
  server: string,
  certificate: string,
  token: string,
): void {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: sandboxContext,
        cluster: {
          server,
          "certificate-authority-data": Buffer.from(certificate).toString("base64"),
        },
      },
    ],
    users: [{ name: sandboxContext, user: { token } }],
    contexts: [
      { name: sandboxContext, context: { cluster: sandboxContext, user: sandboxContext } },
    ],
    "current-context": sandboxContext,
  };
  // JSON is YAML too.
  writePrivateFile(paths.kubeconfig, `${JSON.stringify(config, undefined, 2)}\n`);
}
