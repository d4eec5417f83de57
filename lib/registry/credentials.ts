/** Logins to registries, as a pull secret of Kubernetes has them. */
import { isRecord } from "../kubernetes/objects";
import { dockerHub, type ImageReference } from "./image-reference";

/** A name and a password, for one registry or a part of it. */
export interface Login {
  /** Registry, and where only a part of it is meant a path: `mirror.example/team`. */
  readonly place: string;
  /** `name:password` */
  readonly nameAndPassword: string;
}

/** The key `.dockerconfigjson` of a Secret of type kubernetes.io/dockerconfigjson. */
export const dockerConfigKey = ".dockerconfigjson";

/** The logins of a Docker configuration; what cannot be read of it is left out. */
export function loginsOf(dockerConfig: string): Login[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(dockerConfig);
  } catch {
    return [];
  }
  const auths = isRecord(parsed) ? parsed["auths"] : undefined;
  return Object.entries(isRecord(auths) ? auths : {}).flatMap(([place, entry]) => {
    const nameAndPassword = isRecord(entry) ? nameAndPasswordOf(entry) : undefined;
    return nameAndPassword === undefined ? [] : [{ place: normal(place), nameAndPassword }];
  });
}

function nameAndPasswordOf(entry: Readonly<Record<string, unknown>>): string | undefined {
  const { auth, username, password } = entry;
  if (typeof username === "string" && typeof password === "string")
    return `${username}:${password}`;
  if (typeof auth !== "string") return undefined;
  const decoded = Buffer.from(auth, "base64").toString();
  return decoded.includes(":") ? decoded : undefined;
}

/** As image references write it: without scheme and version of the API, Docker Hub by its one name. */
function normal(place: string): string {
  const bare = place.replace(/^https?:\/\//, "").replace(/(\/v[12])?\/*$/, "");
  const [host = "", ...path] = bare.split("/");
  const hub = ["index.docker.io", "registry-1.docker.io"].includes(host);
  return [hub ? dockerHub : host, ...path].join("/");
}

/** The login for an image, the most special one; undefined where there is none. */
export function loginFor(
  logins: readonly Login[],
  { registry, repository }: Pick<ImageReference, "registry" | "repository">,
): Login | undefined {
  return logins
    .filter(({ place }) => {
      const [host = "", ...path] = place.split("/");
      const folder = path.join("/");
      const within = folder === "" || `${repository}/`.startsWith(`${folder}/`);
      return within && sameHost(host, registry);
    })
    .sort((one, other) => other.place.length - one.place.length)[0];
}

/** Whether a host is the one, or is meant by `*`, which stands for one part of a name, as Kubernetes reads it. */
function sameHost(pattern: string, host: string): boolean {
  const [wanted, given] = [pattern.split("."), host.split(".")];
  return (
    wanted.length === given.length &&
    wanted.every((part, index) => part === "*" || part === given[index])
  );
}
